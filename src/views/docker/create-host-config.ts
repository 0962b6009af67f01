import type { ContainerSpec } from "../../state/container.ts";
import { isFileLog, type LogSpec } from "../../state/spec/log.ts";
import type { PortMapping } from "../../state/spec/network.ts";
import type { Resources } from "../../state/spec/resources.ts";
import type { SecuritySpec } from "../../state/spec/security.ts";
import { createMounts, createTmpfs } from "./create-mounts.ts";

/** `HostConfig` of a create. Pure. */
export function createHostConfig(spec: ContainerSpec): Record<string, unknown> {
  return {
    AutoRemove: spec.autoRemove,
    Annotations: Object.keys(spec.annotations).length === 0 ? undefined : spec.annotations,
    Init: spec.process?.init === undefined ? undefined : true,
    Runtime: spec.runtime,
    RestartPolicy:
      spec.restart === undefined
        ? undefined
        : { Name: spec.restart.name, MaximumRetryCount: spec.restart.maxRetries ?? 0 },
    LogConfig: logConfig(spec.log),
    NetworkMode: spec.network === "bridge" ? (spec.networks?.[0]?.network ?? "default") : spec.network,
    PortBindings: portBindings(spec.ports),
    PublishAllPorts: spec.publishAll,
    Dns: spec.dns,
    DnsOptions: spec.dnsOptions,
    DnsSearch: spec.dnsSearch,
    ExtraHosts: spec.addHosts,
    GroupAdd: spec.groupAdd,
    Mounts: createMounts(spec.mounts),
    Tmpfs: createTmpfs(spec),
    VolumesFrom: spec.volumesFrom?.map(
      ({ container, readOnly }) => `${container}${readOnly === undefined ? "" : readOnly ? ":ro" : ":rw"}`,
    ),
    Sysctls: spec.sysctls,
    Ulimits: Object.entries(spec.ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })),
    ...devices(spec.devices),
    ...namespaceModes(spec),
    ...rights(spec.security),
    ...createLimits(spec.resources),
    OomKillDisable: spec.resources.oomKillDisable,
    OomScoreAdj: spec.resources.oomScoreAdjust,
    ShmSize: spec.resources.shmBytes,
    CgroupParent: spec.resources.cgroupParent,
  };
}

type LogConfig = { readonly Type: string; readonly Config: Readonly<Record<string, string>> };

/** A log's driver and options; undefined for the engine's own format of files, which it has when nothing is asked for. Pure. */
export function logConfig(log: LogSpec): LogConfig | undefined {
  const config = logOptions(log);
  if (!isFileLog(log)) return { Type: log.driver, Config: config };
  return Object.keys(config).length === 0 ? undefined : { Type: "json-file", Config: config };
}

/** `--log-opt` as it was given. */
export function logOptions(log: LogSpec): Record<string, string> {
  return {
    ...(log.sizeMax === undefined ? {} : { "max-size": log.sizeText ?? String(log.sizeMax) }),
    ...(log.fileMax === undefined ? {} : { "max-file": String(log.fileMax) }),
    ...(log.tag === undefined ? {} : { tag: log.tag }),
    ...(log.labels === undefined ? {} : { labels: log.labels.join(",") }),
    ...(log.env === undefined ? {} : { env: log.env.join(",") }),
  };
}

/** Published ports as they are asked for: nothing, or the range, for what is to be chosen. */
export function portBindings(ports: readonly PortMapping[]): Record<string, unknown> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { hostIp, hostPort, among, containerPort, protocol, range } of ports) {
    for (let at = 0; at < range; at++) {
      const key = `${containerPort + at}/${protocol}`;
      const chosen = among === undefined ? "" : `${among.first}-${among.last}`;
      const host = hostPort === 0 ? chosen : String(hostPort + at);
      bindings[key] = [...(bindings[key] ?? []), { HostIp: hostIp, HostPort: host }];
    }
  }
  return bindings;
}

function devices(list: readonly string[]): Record<string, unknown> {
  const cdi = list.filter((text) => !text.startsWith("/"));
  return {
    Devices: list
      .filter((text) => text.startsWith("/"))
      .map((text) => {
        const [host = "", second, third] = text.split(":");
        // `HOST:rwm` has no place of its own.
        const inside = second === undefined || !second.startsWith("/") ? host : second;
        const access = third ?? (second?.startsWith("/") === false ? second : undefined);
        return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: access ?? "rwm" };
      }),
    DeviceRequests: cdi.length === 0 ? undefined : [{ Driver: "cdi", DeviceIDs: cdi }],
  };
}

function namespaceModes({ namespaces = {} }: ContainerSpec): Record<string, unknown> {
  const own = (mode: string | undefined): string | undefined => (mode === "private" ? undefined : mode);
  return {
    PidMode: own(namespaces.pid),
    UTSMode: own(namespaces.uts),
    IpcMode: namespaces.ipc,
    CgroupnsMode: namespaces.cgroup,
    UsernsMode: namespaces.user?.mode === "host" ? "host" : undefined,
  };
}

function rights(security: SecuritySpec): Record<string, unknown> {
  const unmasked = security.unmask.includes("ALL");
  return {
    Privileged: security.privileged,
    ReadonlyRootfs: security.readOnlyRoot,
    CapAdd: security.capAdd,
    CapDrop: security.capDrop,
    DeviceCgroupRules: security.deviceRules,
    MaskedPaths: unmasked ? [] : undefined,
    ReadonlyPaths: unmasked ? [] : undefined,
    SecurityOpt: [
      ...(security.noNewPrivileges ? ["no-new-privileges"] : []),
      ...(security.seccomp === "default" ? [] : [`seccomp=${security.seccomp}`]),
      ...(security.apparmor === undefined ? [] : [`apparmor=${security.apparmor}`]),
    ],
  };
}

/** Limits that an update can change, too. */
export function createLimits(limits: Resources): Record<string, unknown> {
  const rates = (list: Resources["readBps"]): object[] | undefined =>
    list?.map(({ path, rate }) => ({ Path: path, Rate: rate }));
  return {
    Memory: limits.memoryBytes,
    MemorySwap: limits.memorySwapBytes,
    MemoryReservation: limits.memoryReservationBytes,
    MemorySwappiness: limits.memorySwappiness,
    CpuPeriod: limits.cpuPeriodUs,
    CpuQuota: limits.cpuQuotaUs,
    CpuShares: limits.cpuShares,
    CpuRealtimePeriod: limits.cpuRtPeriodUs,
    CpuRealtimeRuntime: limits.cpuRtRuntimeUs,
    CpusetCpus: limits.cpusetCpus,
    CpusetMems: limits.cpusetMems,
    PidsLimit: limits.pidsLimit,
    BlkioWeight: limits.blockWeight,
    BlkioWeightDevice: limits.blockWeightDevices?.map(({ path, weight }) => ({ Path: path, Weight: weight })),
    BlkioDeviceReadBps: rates(limits.readBps),
    BlkioDeviceWriteBps: rates(limits.writeBps),
    BlkioDeviceReadIOps: rates(limits.readIops),
    BlkioDeviceWriteIOps: rates(limits.writeIops),
  };
}
