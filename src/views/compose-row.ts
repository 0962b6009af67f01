import type { ContainerSummary } from "../engine/list.ts";
import type { PodShare } from "../engine/pod/list.ts";
import { humanDuration } from "../lib/duration.ts";
import { containerRow } from "./container-row.ts";

/** The fields of `compose ps --format`, named as Docker Compose names them. */
export type ComposeRow = {
  readonly Command: string;
  readonly CreatedAt: string;
  readonly ExitCode: number;
  readonly Health: string;
  readonly ID: string;
  readonly Image: string;
  readonly Labels: string;
  readonly LocalVolumes: string;
  readonly Mounts: string;
  readonly Name: string;
  readonly Names: string;
  readonly Networks: string;
  readonly Ports: string;
  readonly Project: string;
  readonly Publishers: readonly Publisher[];
  readonly RunningFor: string;
  readonly Service: string;
  readonly Size: string;
  readonly State: string;
  readonly Status: string;
};

type Publisher = {
  readonly URL: string;
  readonly TargetPort: number;
  readonly PublishedPort: number;
  readonly Protocol: string;
};

/** A container as `compose ps` lists it, with the time at which its schedule starts it next, in milliseconds since the epoch. */
type ComposeListed = ContainerSummary & {
  readonly dueAt?: number | undefined;
  /** Of one in a pod: the ports of the network that they share. */
  readonly pod?: PodShare | undefined;
};

const COMMAND_WIDTH = 20;

/** A row of `compose ps`. Pure: `now` in milliseconds. */
export function composeRow(listed: ComposeListed, now: number, noTrunc: boolean): ComposeRow {
  const { record, state, exit, status } = listed;
  const { labels } = record;
  const row = containerRow(listed, now, true, { pod: listed.pod });
  const command = row.Command;
  const shown = noTrunc || command.length <= COMMAND_WIDTH - 2 ? command : `${command.slice(0, COMMAND_WIDTH - 3)}…`;
  return {
    Command: JSON.stringify(shown),
    CreatedAt: row.CreatedAt,
    ExitCode: exit?.code ?? 0,
    Health: state?.health?.status ?? "",
    ID: noTrunc ? record.id : record.id.slice(0, 12),
    Image: record.spec.image,
    Labels: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
    LocalVolumes: String(record.volumes.length),
    Mounts: row.Mounts.join(","),
    Name: record.name,
    Names: record.name,
    Networks: row.Networks,
    Ports: row.Ports,
    Project: labels["com.docker.compose.project"] ?? "",
    Publishers: publishersOf(listed),
    RunningFor: row.RunningFor,
    Service: labels["com.docker.compose.service"] ?? "",
    Size: "0B",
    State: status,
    Status: statusOf(row.Status, listed, now),
  };
}

function statusOf(status: string, { dueAt, status: state }: ComposeListed, now: number): string {
  if (dueAt === undefined) return status;
  const next = `next run in ${humanDuration(Math.max(0, dueAt - now)).toLowerCase()}`;
  return state === "created" ? `Scheduled, ${next}` : `${status}, ${next}`;
}

function publishersOf({ state, record, pod }: ComposeListed): Publisher[] {
  const published = (pod?.ports ?? state?.ports ?? record.spec.ports).flatMap(
    ({ hostIp, hostPort, containerPort, protocol, range }) =>
      Array.from({ length: range }, (_, offset) => ({
        URL: hostIp === "" ? "0.0.0.0" : hostIp,
        TargetPort: containerPort + offset,
        PublishedPort: hostPort === 0 ? 0 : hostPort + offset,
        Protocol: protocol,
      })),
  );
  const targets = new Set(published.map(({ TargetPort, Protocol }) => `${TargetPort}/${Protocol}`));
  const exposed = record.exposed
    .filter((port) => !targets.has(port))
    .map((port) => {
      const [target = "0", protocol = "tcp"] = port.split("/");
      return { URL: "", TargetPort: Number(target), PublishedPort: 0, Protocol: protocol };
    });
  return [...published, ...exposed];
}
