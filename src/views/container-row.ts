import type { ContainerSize } from "../engine/container-size.ts";
import type { NamespaceNumbers } from "../engine/kernel-namespaces.ts";
import type { ContainerSummary } from "../engine/list.ts";
import type { PodShare } from "../engine/pod/list.ts";
import { humanDuration } from "../lib/duration.ts";
import { formatSize } from "../lib/size.ts";
import type { PortMapping } from "../state/spec/network.ts";

/** The fields of `ps --format`, named as Podman and Docker name them. */
export type ContainerRow = {
  readonly ID: string;
  readonly Image: string;
  readonly ImageID: string;
  readonly Command: string;
  readonly CreatedAt: string;
  readonly CreatedHuman: string;
  readonly RunningFor: string;
  readonly Status: string;
  readonly State: string;
  readonly Ports: string;
  readonly Names: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Networks: string;
  readonly Mounts: readonly string[];
  /** How many volumes it has: Docker's. */
  readonly LocalVolumes: string;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly StartedAt: number;
  readonly ExitedAt: number;
  readonly AutoRemove: boolean;
  readonly Exited: boolean;
  readonly IsInfra: boolean;
  readonly Restarts: number;
  readonly Pod: string;
  readonly PodName: string;
  readonly Size: string;
} & NamespaceColumns & { readonly Namespaces: NamespaceColumns };

type NamespaceColumns = Readonly<Record<"Cgroup" | "IPC" | "MNT" | "NET" | "PIDNS" | "User" | "UTS", string>>;

/** What is shown only when it is asked for. */
export type RowDetails = {
  readonly size?: ContainerSize | undefined;
  readonly namespaces?: NamespaceNumbers | undefined;
  /** Of one in a pod: the pod's name, and the ports of the network that they share. */
  readonly pod?: PodShare | undefined;
};

export const COMMAND_WIDTH = 17;

/** A row of the table. Pure: `now` in milliseconds. */
export function containerRow(
  listed: ContainerSummary,
  now: number,
  noTrunc: boolean,
  { size, namespaces, pod }: RowDetails = {},
): ContainerRow {
  const { record } = listed;
  const command = record.process.args.join(" ");
  const podId = record.spec.pod?.id;
  const columns = namespaceColumns(namespaces);
  const created = `${humanDuration(now - record.createdAt)} ago`;
  return {
    ID: noTrunc ? record.id : record.id.slice(0, 12),
    Image: record.imageName,
    ImageID: noTrunc ? record.imageId : record.imageId.slice(0, 12),
    Command: noTrunc || command.length <= COMMAND_WIDTH ? command : `${command.slice(0, COMMAND_WIDTH)}...`,
    CreatedAt: goTime(record.createdAt),
    CreatedHuman: created,
    RunningFor: created,
    Status: statusText(listed, now),
    State: listed.status,
    Ports: formatPorts(listed, pod?.ports),
    Names: record.name,
    Labels: record.labels,
    Networks: networkNames(record).join(",") || record.spec.network,
    Mounts: record.mounts.map(({ target }) => target),
    LocalVolumes: String(record.volumes.length),
    ...runColumns(listed),
    AutoRemove: record.spec.autoRemove,
    IsInfra: record.spec.pod?.infra === true,
    Pod: podId === undefined ? "" : noTrunc ? podId : podId.slice(0, 12),
    PodName: pod?.name ?? "",
    Size: sizeText(size),
    ...columns,
    Namespaces: columns,
  };
}

function runColumns(listed: ContainerSummary) {
  const { state, exit } = listed;
  return {
    Pid: isUp(listed) ? (state?.init?.pid ?? 0) : 0,
    ExitCode: exit?.code ?? 0,
    StartedAt: Math.floor((state?.startedAt ?? exit?.startedAt ?? 0) / 1000),
    ExitedAt: Math.floor((exit?.finishedAt ?? 0) / 1000),
    Exited: listed.status === "exited",
    Restarts: state?.restartCount ?? 0,
  };
}

/** A size as `ps --size` shows it. */
export function sizeText(size: ContainerSize | undefined): string {
  const compact = (bytes: number): string => formatSize(bytes).replace(" ", "");
  return size === undefined ? "" : `${compact(size.own)} (virtual ${compact(size.root)})`;
}

function namespaceColumns(numbers: NamespaceNumbers | undefined): NamespaceColumns {
  return {
    Cgroup: numbers?.cgroup ?? "",
    IPC: numbers?.ipc ?? "",
    MNT: numbers?.mnt ?? "",
    NET: numbers?.net ?? "",
    PIDNS: numbers?.pid ?? "",
    User: numbers?.user ?? "",
    UTS: numbers?.uts ?? "",
  };
}

function namespacesJson(numbers: NamespaceNumbers | undefined): Record<string, string> {
  if (numbers === undefined) return {};
  const { cgroup, ipc, mnt, net, pid, user, uts } = numbers;
  return { Mnt: mnt, Cgroup: cgroup, Ipc: ipc, Net: net, Pidns: pid, Uts: uts, User: user };
}

/** One element of `ps --format json`, as Podman's. */
export function containerJson(
  listed: ContainerSummary,
  now: number,
  { size, namespaces, pod }: RowDetails = {},
): Record<string, unknown> {
  const { record, state, exit } = listed;
  const row = containerRow(listed, now, true);
  return {
    AutoRemove: record.spec.autoRemove,
    Command: record.process.args,
    Created: Math.floor(record.createdAt / 1000),
    CreatedAt: row.CreatedHuman,
    Exited: listed.status === "exited",
    ExitCode: row.ExitCode,
    ExitedAt: row.ExitedAt,
    Id: record.id,
    Image: record.imageName,
    ImageID: record.imageId,
    IsInfra: row.IsInfra,
    Labels: record.labels,
    Mounts: record.mounts.map(({ target }) => target),
    Names: [record.name],
    Namespaces: namespacesJson(namespaces),
    Networks: networkNames(record),
    Pid: row.Pid,
    Pod: row.Pod,
    PodName: pod?.name ?? "",
    Ports: (isUp(listed) ? [...(state?.ports ?? []), ...sharedPorts(listed, pod?.ports)] : []).map((port) => ({
      host_ip: port.hostIp,
      container_port: port.containerPort,
      host_port: port.hostPort,
      range: port.range,
      protocol: port.protocol,
    })),
    Restarts: state?.restartCount ?? 0,
    Size: size === undefined ? null : { rootFsSize: size.root, rwSize: size.own },
    StartedAt: Math.floor((state?.startedAt ?? exit?.startedAt ?? 0) / 1000),
    State: listed.status,
    Status: row.Status,
  };
}

function isUp({ status }: ContainerSummary): boolean {
  return status === "running" || status === "paused" || status === "stopping" || status === "initialized";
}

function statusText({ record, status, state, exit }: ContainerSummary, now: number): string {
  switch (status) {
    case "created":
      return exit === undefined ? "Created" : `Exited (${exit.code}) ${humanDuration(now - exit.finishedAt)} ago`;
    case "initialized":
      return "Initialized";
    case "running":
      return `Up ${humanDuration(now - (state?.startedAt ?? record.createdAt))}${healthText(state)}`;
    case "paused":
      return "Paused";
    case "stopping":
      return "Stopping";
    case "restarting":
      return exit === undefined
        ? "Restarting"
        : `Restarting (${exit.code}) ${humanDuration(now - exit.finishedAt)} ago`;
    case "exited":
      return exit === undefined ? "Exited" : `Exited (${exit.code}) ${humanDuration(now - exit.finishedAt)} ago`;
  }
}

function healthText(state: ContainerSummary["state"]): string {
  return state?.health === undefined ? "" : ` (${state.health.status})`;
}

/** `0.0.0.0:8080->80/tcp`, ranges in one piece, as Podman prints them. */
export function formatPort(port: PortMapping): string {
  const range = (first: number): string => (port.range > 1 ? `${first}-${first + port.range - 1}` : String(first));
  const host = port.hostIp === "" ? "0.0.0.0" : port.hostIp.includes(":") ? `[${port.hostIp}]` : port.hostIp;
  return `${host}:${range(port.hostPort)}->${range(port.containerPort)}/${port.protocol}`;
}

function inRanges(ports: readonly string[]): string[] {
  const ranges: { first: number; last: number; protocol: string }[] = [];
  for (const text of ports) {
    const [port = "", protocol = ""] = text.split("/");
    const before = ranges.at(-1);
    if (before?.protocol === protocol && Number(port) === before.last + 1) before.last += 1;
    else ranges.push({ first: Number(port), last: Number(port), protocol });
  }
  return ranges.map(({ first, last, protocol }) => `${first === last ? first : `${first}-${last}`}/${protocol}`);
}

function formatPorts(listed: ContainerSummary, ofPod: readonly PortMapping[] = []): string {
  const own = isUp(listed) ? (listed.state?.ports ?? []) : listed.record.spec.ports;
  const published = [...own, ...sharedPorts(listed, ofPod)];
  const covered = new Set(
    published.flatMap((port) =>
      Array.from({ length: port.range }, (_, index) => `${port.containerPort + index}/${port.protocol}`),
    ),
  );
  const only = listed.record.exposed.filter((port) => !covered.has(port));
  return [...published.map(formatPort), ...inRanges(only)].join(", ");
}

// The infra container has them itself.
function sharedPorts(listed: ContainerSummary, ofPod: readonly PortMapping[] = []): readonly PortMapping[] {
  return listed.record.spec.pod?.infra === true || !isUp(listed) ? [] : ofPod;
}

/** `2026-01-31 12:00:00 +0000 UTC`, as Go prints a time. */
function goTime(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " +0000 UTC");
}

function networkNames({ spec }: ContainerSummary["record"]): string[] {
  if (spec.network !== "bridge") return [];
  return spec.networks?.map(({ network }) => network) ?? ["bridge"];
}
