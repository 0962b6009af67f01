import type { ContainerFacts } from "../engine/inspect.ts";
import type { ContainerSummary } from "../engine/list.ts";
import { humanSize } from "../lib/size.ts";
import { DEFAULT_CAPABILITIES } from "../oci/capability.ts";
import type { ContainerRecord } from "../state/container.ts";
import { isFileLog } from "../state/spec/log.ts";
import type { MountSpec } from "../state/spec/mounts.ts";
import type { PortMapping } from "../state/spec/network.ts";
import { inspectHealth, inspectHealthConfig } from "./inspect-health.ts";

/** What the view cannot know by itself: where things lie, and what was worked out when the container started. */
export type InspectFacts = Omit<ContainerFacts, "listed">;

const ZERO_TIME = "0001-01-01T00:00:00Z";

/** `inspect` of one container, field by field as Podman prints it. Pure. */
export function inspectContainer(listed: ContainerSummary, facts: InspectFacts): Record<string, unknown> {
  const { record } = listed;
  const [path = "", ...args] = record.process.args;
  return {
    Id: record.id,
    Created: new Date(record.createdAt).toISOString(),
    Path: path,
    Args: args,
    State: inspectState(listed, facts),
    Image: record.imageId,
    ImageDigest: facts.imageDigest,
    ImageName: record.imageName,
    Rootfs: "",
    Pod: "",
    ResolvConfPath: `${facts.bundle}/files/etc_resolv.conf`,
    HostnamePath: `${facts.bundle}/files/etc_hostname`,
    HostsPath: `${facts.bundle}/files/etc_hosts`,
    StaticDir: facts.staticFolder,
    OCIConfigPath: `${facts.bundle}/config.json`,
    OCIRuntime: facts.runtime,
    ConmonPidFile: `${facts.bundle}/conmon.pid`,
    PidFile: `${facts.bundle}/pidfile`,
    Name: record.name,
    RestartCount: listed.state?.restartCount ?? 0,
    Driver: "overlay",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    EffectiveCaps: facts.capabilities?.effective ?? DEFAULT_CAPABILITIES,
    BoundingCaps: facts.capabilities?.bounding ?? DEFAULT_CAPABILITIES,
    ExecIDs: [],
    GraphDriver: {
      Name: "overlay",
      Data: {
        LowerDir: facts.snapshot.lower,
        MergedDir: facts.snapshot.merged,
        UpperDir: facts.snapshot.upper,
        WorkDir: facts.snapshot.work,
      },
    },
    Mounts: record.mounts.filter(({ type }) => type !== "tmpfs").map((mount) => inspectMount(mount, facts)),
    Dependencies: facts.dependencies,
    NetworkSettings: inspectNetwork(listed),
    Namespace: "",
    IsInfra: false,
    Config: inspectConfig(record, facts),
    HostConfig: inspectHostConfig(record, facts),
  };
}

function isUp(status: ContainerSummary["status"]): boolean {
  return status === "running" || status === "paused" || status === "stopping";
}

function inspectState(
  { status, state, exit }: ContainerSummary,
  { cgroupPath }: InspectFacts,
): Record<string, unknown> {
  const running = isUp(status);
  const alive = running || status === "initialized";
  const time = (ms: number | undefined): string => (ms === undefined ? ZERO_TIME : new Date(ms).toISOString());
  return {
    OciVersion: "1.0.2",
    Status: status,
    Running: running,
    Paused: status === "paused",
    Restarting: status === "restarting",
    OOMKilled: exit?.oomKilled ?? false,
    Dead: false,
    Pid: alive ? (state?.init?.pid ?? 0) : 0,
    ...(alive && state?.monitor !== undefined ? { ConmonPid: state.monitor.pid } : {}),
    ExitCode: exit?.code ?? 0,
    Error: exit?.error ?? "",
    StartedAt: time(state?.startedAt ?? exit?.startedAt),
    FinishedAt: time(exit?.finishedAt),
    CgroupPath: alive ? cgroupPath : "",
    CheckpointedAt: ZERO_TIME,
    RestoredAt: ZERO_TIME,
    ...inspectHealth(state),
  };
}

function inspectMount(mount: MountSpec, facts: InspectFacts): Record<string, unknown> {
  if (mount.type === "volume") {
    const name = mount.source ?? "";
    return {
      Type: "volume",
      Name: name,
      Source: facts.volumePath(name),
      Destination: mount.target,
      Driver: "local",
      Mode: "",
      Options: ["nosuid", "nodev", "rbind"],
      RW: !mount.readOnly,
      Propagation: "rprivate",
    };
  }
  return {
    Type: mount.type,
    Source: mount.type === "bind" ? mount.source : "",
    Destination: mount.target,
    Driver: "",
    Mode: "",
    Options: mount.type === "bind" ? [mount.recursive ? "rbind" : "bind"] : [],
    RW: !mount.readOnly,
    Propagation: mount.type === "bind" ? mount.propagation : "",
  };
}

function inspectNetwork({ record, status, state }: ContainerSummary): Record<string, unknown> {
  const up = isUp(status) || status === "initialized";
  const address = up ? state?.address : undefined;
  const endpoint = inspectEndpoint(address ?? NO_ADDRESS);
  const attached =
    record.spec.network === "bridge"
      ? {
          bridge: {
            ...endpoint,
            NetworkID: "bridge",
            DriverOpts: null,
            IPAMConfig: null,
            Links: null,
            Aliases: [record.id.slice(0, 12)],
          },
        }
      : {};
  return {
    ...endpoint,
    Bridge: "",
    SandboxID: "",
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    Ports: inspectPorts(record, up ? (state?.ports ?? []) : []),
    SandboxKey:
      up && state?.init !== undefined && record.spec.network !== "host" ? `/proc/${state.init.pid}/ns/net` : "",
    Networks: attached,
  };
}

type Address = NonNullable<NonNullable<ContainerSummary["state"]>["address"]>;

const NO_ADDRESS: Address = { ip: "", prefixLength: 0, gateway: "", mac: "" };

function inspectEndpoint(address: Address): Record<string, unknown> {
  return {
    EndpointID: "",
    Gateway: address.gateway,
    IPAddress: address.ip,
    IPPrefixLen: address.prefixLength,
    IPv6Gateway: address.gateway6 ?? "",
    GlobalIPv6Address: address.ip6 ?? "",
    GlobalIPv6PrefixLen: address.prefixLength6 ?? 0,
    MacAddress: address.mac,
  };
}

function inspectPorts(record: ContainerRecord, published: readonly PortMapping[]): Record<string, unknown> {
  const ports: Record<string, { HostIp: string; HostPort: string }[] | null> = {};
  for (const exposed of record.exposed) ports[exposed] = null;
  for (const port of published) {
    for (let index = 0; index < port.range; index++) {
      const key = `${port.containerPort + index}/${port.protocol}`;
      ports[key] = [
        ...(ports[key] ?? []),
        { HostIp: port.hostIp === "" ? "0.0.0.0" : port.hostIp, HostPort: String(port.hostPort + index) },
      ];
    }
  }
  return ports;
}

function inspectConfig(record: ContainerRecord, facts: InspectFacts): Record<string, unknown> {
  const { spec } = record;
  return {
    Hostname: record.hostname,
    Domainname: "",
    User: record.process.user,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: spec.tty,
    OpenStdin: spec.interactive,
    StdinOnce: false,
    Env: facts.environment,
    Cmd: record.process.args.slice(record.process.entrypoint.length),
    Image: record.imageName,
    Volumes: null,
    WorkingDir: record.process.cwd,
    Entrypoint: record.process.entrypoint,
    OnBuild: null,
    Labels: record.labels,
    Annotations: spec.annotations,
    StopSignal: record.process.stopSignal,
    StopTimeout: spec.stopTimeout,
    CreateCommand: null,
    Umask: "0022",
    Timeout: 0,
    Passwd: true,
    ...inspectHealthConfig(record),
  };
}

function securityOptions({ noNewPrivileges, seccomp, apparmor }: ContainerRecord["spec"]["security"]): string[] {
  return [
    ...(noNewPrivileges ? ["no-new-privileges"] : []),
    ...(seccomp === "default" ? [] : [`seccomp=${seccomp}`]),
    ...(apparmor === undefined ? [] : [`apparmor=${apparmor}`]),
  ];
}

function inspectHostConfig(record: ContainerRecord, { cgroupPath, logPath }: InspectFacts): Record<string, unknown> {
  const { spec } = record;
  const { resources, security } = spec;
  return {
    Binds: record.mounts.flatMap((mount) =>
      mount.type === "bind" || mount.type === "volume"
        ? [`${mount.source}:${mount.target}:${mount.readOnly ? "ro" : "rw"}`]
        : [],
    ),
    CgroupManager: "cgroupfs",
    CgroupMode: spec.namespaces?.cgroup ?? "private",
    ContainerIDFile: "",
    LogConfig: {
      Type: spec.log.driver,
      Config: null,
      Path: isFileLog(spec.log) ? logPath : "",
      Tag: spec.log.tag ?? "",
      Size: humanSize(spec.log.sizeMax ?? 0),
    },
    NetworkMode: spec.network,
    PortBindings: inspectPorts({ ...record, exposed: [] }, spec.ports),
    RestartPolicy: { Name: spec.restart?.name ?? "no", MaximumRetryCount: spec.restart?.maxRetries ?? 0 },
    AutoRemove: spec.autoRemove,
    VolumeDriver: "",
    VolumesFrom: null,
    CapAdd: security.capAdd,
    CapDrop: security.capDrop,
    Dns: spec.dns,
    DnsOptions: spec.dnsOptions,
    DnsSearch: spec.dnsSearch,
    ExtraHosts: spec.addHosts,
    GroupAdd: spec.groupAdd,
    IpcMode: spec.namespaces?.ipc ?? "shareable",
    OomScoreAdj: resources.oomScoreAdjust ?? 0,
    PidMode: spec.namespaces?.pid ?? "private",
    Privileged: security.privileged,
    PublishAllPorts: spec.publishAll,
    ReadonlyRootfs: security.readOnlyRoot,
    SecurityOpt: securityOptions(security),
    Tmpfs: Object.fromEntries(
      record.mounts.flatMap((mount) => (mount.type === "tmpfs" ? [[mount.target, mount.options.join(",")]] : [])),
    ),
    UTSMode: spec.namespaces?.uts ?? "private",
    UsernsMode: usernsMode(record),
    ...(record.idMaps === undefined ? {} : { IDMappings: idMappings(record.idMaps) }),
    ShmSize: resources.shmBytes ?? 67_108_864,
    Runtime: "oci",
    Isolation: "",
    CgroupParent: cgroupPath.slice(0, cgroupPath.lastIndexOf("/")),
    ...inspectResources(record),
    Devices: spec.devices,
    Ulimits: Object.entries(spec.ulimits).map(([name, { soft, hard }]) => ({
      Name: `RLIMIT_${name.toUpperCase()}`,
      Soft: soft,
      Hard: hard,
    })),
    Sysctls: spec.sysctls,
  };
}

// Podman says no more than "private" of a mapping, however it came about.
function usernsMode({ spec: { namespaces } }: ContainerRecord): string {
  const mode = namespaces?.user?.mode ?? "host";
  if (mode === "host") return "";
  return mode === "auto" || mode === "keep-id" ? "private" : mode;
}

function idMappings({ uids, gids }: NonNullable<ContainerRecord["idMaps"]>): Record<string, string[]> {
  const words = (ranges: typeof uids) => ranges.map(({ inside, outside, size }) => `${inside}:${outside}:${size}`);
  return { UidMap: words(uids), GidMap: words(gids) };
}

function nanoCpus({ spec: { resources } }: ContainerRecord): number {
  const { cpuQuotaUs: quota, cpuPeriodUs: period } = resources;
  return quota === undefined || period === undefined || quota <= 0 ? 0 : Math.round((quota / period) * 1e9);
}

function inspectResources(record: ContainerRecord): Record<string, unknown> {
  const { resources } = record.spec;
  return {
    CpuShares: resources.cpuShares ?? 0,
    Memory: resources.memoryBytes ?? 0,
    NanoCpus: nanoCpus(record),
    CpuPeriod: resources.cpuPeriodUs ?? 0,
    CpuQuota: resources.cpuQuotaUs ?? 0,
    CpusetCpus: resources.cpusetCpus ?? "",
    MemoryReservation: resources.memoryReservationBytes ?? 0,
    MemorySwap: resources.memorySwapBytes ?? (resources.memoryBytes ?? 0) * 2,
    PidsLimit: resources.pidsLimit ?? 2048,
  };
}
