import { dirname } from "node:path";
import { formatUsage } from "../../lib/size.ts";
import { parseDevice } from "../../runtime/spec-devices.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { isFileLog } from "../../state/spec/log.ts";
import type { SecuritySpec } from "../../state/spec/security.ts";
import type { InspectFacts } from "../container-inspect.ts";
import { inspectBinds, inspectTmpfs } from "./mounts.ts";
import { inspectNamespaces } from "./namespaces.ts";
import { inspectBindings } from "./network.ts";
import { inspectMemory, inspectPidsLimit, inspectResources } from "./resources.ts";

const DEFAULT_SHM_BYTES = 67_108_864;

/** `HostConfig` of inspect: how the container stands to the host. */
export function inspectHostConfig(record: ContainerRecord, facts: InspectFacts): Record<string, unknown> {
  const { spec } = record;
  const { security, resources } = spec;
  const modes = inspectNamespaces(record, facts);
  return {
    Binds: inspectBinds(record.mounts),
    CgroupManager: "cgroupfs",
    CgroupMode: modes.CgroupMode,
    ContainerIDFile: spec.idFile ?? "",
    LogConfig: inspectLog(record, facts),
    NetworkMode: spec.network,
    PortBindings: inspectBindings(record),
    RestartPolicy: { Name: spec.restart?.name ?? "no", MaximumRetryCount: spec.restart?.maxRetries ?? 0 },
    AutoRemove: spec.autoRemove,
    AutoRemoveImage: false,
    Annotations: spec.annotations,
    VolumeDriver: "",
    VolumesFrom: spec.volumesFrom?.map(({ container }) => container) ?? null,
    ...inspectCapabilities(security),
    ...inspectNames(record),
    IpcMode: modes.IpcMode,
    Cgroup: "",
    Cgroups: "default",
    Links: null,
    OomScoreAdj: resources.oomScoreAdjust ?? 0,
    PidMode: modes.PidMode,
    Privileged: security.privileged,
    PublishAllPorts: spec.publishAll,
    ReadonlyRootfs: security.readOnlyRoot,
    SecurityOpt: securityOptions(security),
    Tmpfs: inspectTmpfs(record.mounts),
    UTSMode: modes.UTSMode,
    UsernsMode: modes.UsernsMode,
    IDMappings: modes.IDMappings,
    ShmSize: resources.shmBytes ?? DEFAULT_SHM_BYTES,
    Runtime: "oci",
    ConsoleSize: [0, 0],
    Isolation: "",
    ...inspectResources(record, parentOf(record, facts)),
    // As in Podman, a privileged container has all devices of the host, and none is listed.
    Devices: security.privileged ? [] : inspectDevices(spec.devices),
    ...inspectMemory(record),
    Init: spec.process?.init === undefined ? undefined : true,
    PidsLimit: inspectPidsLimit(record),
    Ulimits: facts.rlimits.map(({ type, soft, hard }) => ({ Name: type, Soft: limit(soft), Hard: limit(hard) })),
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    CgroupConf: resources.cgroupFiles ?? null,
    Sysctls: spec.sysctls,
  };
}

// Where nothing was asked for, Podman says nothing either.
function parentOf({ spec }: ContainerRecord, { cgroupPath }: InspectFacts): string {
  if (spec.pod?.cgroup === true) return dirname(cgroupPath);
  return spec.resources.cgroupParent ?? "";
}

function inspectLog({ spec: { log } }: ContainerRecord, { logPath }: InspectFacts): Record<string, unknown> {
  return {
    Type: log.driver,
    Config: log.fileMax === undefined ? null : { "max-file": String(log.fileMax) },
    Path: isFileLog(log) ? logPath : "",
    Tag: log.tag ?? "",
    Size: formatUsage(log.sizeMax ?? 0),
  };
}

function inspectNames({ spec }: ContainerRecord): Record<string, unknown> {
  return {
    Dns: spec.dns,
    DnsOptions: spec.dnsOptions,
    DnsSearch: spec.dnsSearch,
    ExtraHosts: spec.addHosts,
    HostsFile: spec.identity?.hostsFile ?? "",
    GroupAdd: spec.groupAdd,
  };
}

function inspectCapabilities({ capAdd, capDrop }: SecuritySpec): Record<string, unknown> {
  return { CapAdd: capAdd, CapDrop: capDrop };
}

function securityOptions({ noNewPrivileges, seccomp, apparmor, unmask }: SecuritySpec): string[] {
  return [
    ...(noNewPrivileges ? ["no-new-privileges"] : []),
    ...(seccomp === "default" ? [] : [`seccomp=${seccomp}`]),
    ...(apparmor === undefined ? [] : [`apparmor=${apparmor}`]),
    ...(unmask.includes("ALL") ? ["unmask=all"] : []),
  ];
}

/** Devices as `inspect` tells them. */
export function inspectDevices(devices: readonly string[]): Record<string, unknown>[] {
  return devices.map((text) => {
    const { source, target, access } = parseDevice(text) ?? { source: text, target: text, access: "" };
    return { PathOnHost: source, PathInContainer: target, CgroupPermissions: access };
  });
}

/** Beyond what a signed number of 64 bits holds is no limit: -1. */
function limit(value: number): number {
  return value > 2 ** 62 ? -1 : value;
}
