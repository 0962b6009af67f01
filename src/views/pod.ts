import type { PodFacts } from "../engine/pod/inspect.ts";
import type { PodSummary } from "../engine/pod/list.ts";
import { humanDuration } from "../lib/duration.ts";
import { goTime } from "../lib/go-template/time.ts";
import type { Resources } from "../state/spec/resources.ts";
import { inspectDevices } from "./inspect/host-config.ts";
import { inspectMounts } from "./inspect/mounts.ts";
import { bindingsOf } from "./inspect/network.ts";

/** The fields of `pod ps --format`, named as Podman's. */
export type PodRow = {
  readonly Id: string;
  readonly Name: string;
  readonly Status: string;
  readonly Created: string;
  readonly InfraID: string;
  readonly InfraId: string;
  readonly NumberOfContainers: number;
  readonly ContainerIds: string;
  readonly ContainerNames: string;
  readonly ContainerStatuses: string;
  readonly Restarts: string;
  readonly Cgroup: string;
  readonly Namespace: string;
  readonly Namespaces: string;
  readonly Networks: string;
  readonly Labels: Readonly<Record<string, string>>;
};

/** A row of the table. Pure: `now` in milliseconds. */
export function podRow({ pod, status, members, cgroupParent }: PodSummary, now: number, noTrunc: boolean): PodRow {
  const short = (id: string): string => (noTrunc ? id : id.slice(0, 12));
  const infra = short(pod.infraId ?? "");
  return {
    Id: short(pod.id),
    Name: pod.name,
    Status: status,
    Created: `${humanDuration(now - pod.createdAt)} ago`,
    InfraID: infra,
    InfraId: infra,
    NumberOfContainers: members.length,
    ContainerIds: members.map(({ record }) => short(record.id)).join(","),
    ContainerNames: members.map(({ record }) => record.name).join(","),
    ContainerStatuses: members.map((member) => member.status).join(","),
    Restarts: String(members.reduce((sum, { state }) => sum + (state?.restartCount ?? 0), 0)),
    Cgroup: cgroupParent,
    Namespace: "",
    Namespaces: pod.share.join(","),
    Networks: podNetworks({ pod, members }).join(","),
    Labels: pod.labels,
  };
}

/** One element of `pod ps --format json`, as Podman's. */
export function podJson(summary: PodSummary): Record<string, unknown> {
  const { pod, status, members, cgroupParent } = summary;
  return {
    Cgroup: cgroupParent,
    Containers: members.map(({ record, state, ...member }) => ({
      Id: record.id,
      Names: record.name,
      Status: member.status,
      RestartCount: state?.restartCount ?? 0,
    })),
    Created: goTime(pod.createdAt),
    Id: pod.id,
    InfraId: pod.infraId ?? "",
    Name: pod.name,
    Namespace: "",
    Networks: podNetworks(summary),
    Status: status,
    Labels: pod.labels,
  };
}

/** `pod inspect` of one pod, as Podman's. What is undefined is not in the JSON. */
export function inspectPodDocument(summary: PodFacts): Record<string, unknown> {
  const { pod, status, members, cgroupParent, cgroupPath } = summary;
  const { restart } = pod;
  return {
    Id: pod.id,
    Name: pod.name,
    Created: goTime(pod.createdAt),
    CreateCommand: pod.createCommand,
    ExitPolicy: pod.exitPolicy,
    State: status,
    Hostname: pod.infraId === undefined ? "" : pod.hostname,
    Labels: Object.keys(pod.labels).length === 0 ? undefined : pod.labels,
    CreateCgroup: pod.shareParent,
    CgroupParent: cgroupParent,
    CgroupPath: pod.shareParent ? cgroupPath : undefined,
    CreateInfra: pod.infraId !== undefined,
    InfraContainerID: pod.infraId,
    InfraConfig: infraConfig(summary),
    SharedNamespaces: pod.share.length === 0 ? undefined : pod.share,
    NumContainers: members.length,
    Containers: members.length === 0 ? undefined : members.map(containerOf),
    ...limits(summary),
    RestartPolicy: restart === undefined ? undefined : restart.name,
    Env: pod.defaults.env.length === 0 ? undefined : pod.defaults.env,
  };
}

/** What a template of `pod inspect` finds: what is not in the JSON has no value, and the fields have Podman's names of them, too. */
export function podTemplateFields(summary: PodFacts): Record<string, unknown> {
  const { resources, defaults, labels, share, restart } = summary.pod;
  const document = inspectPodDocument(summary);
  return {
    ...document,
    CgroupPath: document["CgroupPath"] ?? "",
    Containers: document["Containers"] ?? [],
    CreateCommand: document["CreateCommand"] ?? [],
    Env: defaults.env,
    InfraContainerID: document["InfraContainerID"] ?? "",
    InfraConfig: document["InfraConfig"] ?? null,
    Labels: labels,
    RestartPolicy: restart?.name ?? "",
    SharedNamespaces: share,
    ...limitTemplateFields(document, resources),
  };
}

function limitTemplateFields(
  document: Readonly<Record<string, unknown>>,
  resources: Resources,
): Record<string, unknown> {
  return {
    BlkioWeight: resources.blockWeight ?? 0,
    BlkioWeightDevice: document["blkio_weight_device"] ?? [],
    BlkioDeviceReadBps: document["device_read_bps"] ?? [],
    BlkioDeviceWriteBps: document["device_write_bps"] ?? [],
    CPUPeriod: resources.cpuPeriodUs ?? 0,
    CPUQuota: resources.cpuQuotaUs ?? 0,
    CPUShares: resources.cpuShares ?? 0,
    CPUSetCPUs: resources.cpusetCpus ?? "",
    CPUSetMems: resources.cpusetMems ?? "",
    Devices: document["devices"] ?? [],
    MemoryLimit: resources.memoryBytes ?? 0,
    MemorySwap: document["memory_swap"] ?? 0,
    Mounts: document["mounts"] ?? [],
    SecurityOpts: document["security_opt"] ?? [],
    VolumesFrom: document["volumes_from"] ?? [],
  };
}

function containerOf({ record, status }: PodSummary["members"][number]): Record<string, string> {
  return { Id: record.id, Name: record.name, State: status };
}

function infraConfig(summary: PodSummary): Record<string, unknown> | undefined {
  const infra = infraOf(summary)?.record;
  if (infra === undefined) return undefined;
  const { spec } = infra;
  const [first] = spec.networks ?? [];
  const { pid = "private", uts = "private", user } = spec.namespaces ?? {};
  const list = (values: readonly string[]): readonly string[] | null => (values.length === 0 ? null : values);
  return {
    PortBindings: bindingsOf(spec.ports),
    HostNetwork: spec.network === "host",
    StaticIP: first?.ipv4 ?? "",
    StaticMAC: first?.mac ?? "",
    NoManageResolvConf: spec.identity?.noResolvConf === true,
    DNSServer: list(spec.dns),
    DNSSearch: list(spec.dnsSearch),
    DNSOption: list(spec.dnsOptions),
    NoManageHosts: spec.identity?.noHosts === true,
    HostAdd: list(spec.addHosts),
    Networks: podNetworks(summary),
    NetworkOptions: null,
    pid_ns: pid,
    userns: user?.mode ?? "host",
    uts_ns: uts,
  };
}

function limits(summary: PodFacts): Record<string, unknown> {
  const { resources, defaults } = summary.pod;
  const infra = infraOf(summary)?.record;
  const mounts = inspectMounts(infra?.mounts ?? [], summary);
  const { seccomp, apparmor, noNewPrivileges } = defaults.security;
  const options = [
    ...(noNewPrivileges === true ? ["no-new-privileges"] : []),
    ...(seccomp === undefined ? [] : [`seccomp=${seccomp}`]),
    ...(apparmor === undefined ? [] : [`apparmor=${apparmor}`]),
  ];
  return {
    cpu_period: resources.cpuPeriodUs,
    cpu_quota: resources.cpuQuotaUs,
    cpu_shares: resources.cpuShares,
    cpuset_cpus: resources.cpusetCpus,
    cpuset_mems: resources.cpusetMems,
    devices: defaults.devices.length === 0 ? undefined : inspectDevices(defaults.devices),
    mounts: mounts.length === 0 ? undefined : mounts,
    volumes_from: infra?.spec.volumesFrom?.map(({ container }) => container),
    memory_limit: resources.memoryBytes,
    memory_swap: memorySwap(resources),
    blkio_weight: resources.blockWeight,
    blkio_weight_device: resources.blockWeightDevices?.map(({ path, weight }) => ({ Path: path, Weight: weight })),
    device_read_bps: rates(resources.readBps),
    device_write_bps: rates(resources.writeBps),
    security_opt: options.length === 0 ? undefined : options,
  };
}

// As with a container's: where memory is limited, swap is, too.
function memorySwap({ memoryBytes = 0, memorySwapBytes }: Resources): number | undefined {
  return memorySwapBytes ?? (memoryBytes > 0 ? memoryBytes * 2 : undefined);
}

function rates(limits: Resources["readBps"]): Record<string, unknown>[] | undefined {
  return limits?.map(({ path, rate }) => ({ Path: path, Rate: rate }));
}

function infraOf({ pod, members }: Pick<PodSummary, "pod" | "members">): PodSummary["members"][number] | undefined {
  return members.find(({ record }) => record.id === pod.infraId);
}

function podNetworks(summary: Pick<PodSummary, "pod" | "members">): string[] {
  const spec = infraOf(summary)?.record.spec;
  if (spec?.network !== "bridge") return [];
  return spec.networks?.map(({ network }) => network) ?? ["bridge"];
}
