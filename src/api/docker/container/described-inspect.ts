import {
  anything,
  flag,
  integer,
  list,
  map,
  nullable,
  number,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
  textMap,
  texts,
  time,
  titled,
} from "../../openapi/schema.ts";
import {
  DEVICE_LIMITS,
  endpoint,
  LIMITS,
  PROCESS,
  portBindings,
  restartPolicy,
  STATE,
  ulimits,
} from "./described-limits.ts";

const STATUS: Schema = oneOf("created", "running", "paused", "restarting", "removing", "exited", "dead");

const state: Schema = titled(
  "ContainerState",
  object({
    Status: STATUS,
    ...STATE,
  }),
);

const mountPoint: Schema = titled(
  "MountPoint",
  object({
    Type: text,
    "Name?": text,
    Source: text,
    Destination: text,
    "Driver?": text,
    Mode: text,
    RW: flag,
    Propagation: text,
  }),
);

const hostConfig: Schema = titled(
  "HostConfig",
  object({
    ...LIMITS,
    ...nullable(DEVICE_LIMITS),
    MemorySwappiness: orNull(integer),
    OomKillDisable: flag,
    OomScoreAdj: integer,
    ShmSize: integer,
    CgroupParent: text,
    Ulimits: ulimits,
    AutoRemove: flag,
    AutoRemoveImage: flag,
    "Init?": flag,
    Runtime: text,
    RestartPolicy: restartPolicy,
    LogConfig: object({ Type: text, Config: textMap }),
    Annotations: textMap,
    GroupAdd: orNull(texts),
    Binds: orNull(texts),
    Tmpfs: textMap,
    VolumesFrom: orNull(texts),
    VolumeDriver: text,
    NetworkMode: text,
    PortBindings: portBindings,
    PublishAllPorts: flag,
    Dns: texts,
    DnsOptions: texts,
    DnsSearch: texts,
    ExtraHosts: orNull(texts),
    HostsFile: text,
    Privileged: flag,
    ReadonlyRootfs: flag,
    CapAdd: orNull(texts),
    CapDrop: orNull(texts),
    SecurityOpt: orNull(texts),
    "MaskedPaths?": texts,
    "ReadonlyPaths?": texts,
    Cgroup: text,
    CgroupConf: orNull(textMap),
    IpcMode: text,
    PidMode: text,
    UTSMode: text,
    UsernsMode: text,
    CgroupnsMode: text,
    Sysctls: textMap,
    Links: orNull(texts),
    Devices: list(object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text })),
    ContainerIDFile: text,
    ConsoleSize: list(integer),
    Isolation: text,
    KernelMemory: integer,
    DiskQuota: integer,
    CpuCount: integer,
    CpuPercent: integer,
    IOMaximumIOps: integer,
    IOMaximumBandwidth: integer,
  }),
);

/** How it is connected. */
export const networkSettings: Schema = titled(
  "NetworkSettings",
  object({
    Bridge: text,
    SandboxID: text,
    SandboxKey: text,
    HairpinMode: flag,
    LinkLocalIPv6Address: text,
    LinkLocalIPv6PrefixLen: integer,
    Ports: portBindings,
    EndpointID: text,
    Gateway: text,
    IPAddress: text,
    IPPrefixLen: integer,
    IPv6Gateway: text,
    GlobalIPv6Address: text,
    GlobalIPv6PrefixLen: integer,
    MacAddress: text,
    Networks: map(endpoint),
  }),
);

export const inspected: Schema = titled(
  "ContainerInspectResponse",
  object({
    Id: text,
    Created: time,
    Path: text,
    Args: texts,
    State: state,
    Image: text,
    ResolvConfPath: text,
    HostnamePath: text,
    HostsPath: text,
    LogPath: text,
    Name: text,
    RestartCount: integer,
    Driver: text,
    Platform: text,
    MountLabel: text,
    ProcessLabel: text,
    AppArmorProfile: text,
    ExecIDs: orNull(texts),
    HostConfig: hostConfig,
    GraphDriver: object({ Name: text, Data: orNull(textMap) }),
    "SizeRw?": integer,
    "SizeRootFs?": integer,
    Mounts: list(mountPoint),
    Config: titled("ContainerConfig", object({ ...PROCESS, "StopTimeout?": integer, "Secrets?": list(anything) })),
    NetworkSettings: networkSettings,
  }),
);

const port: Schema = titled("Port", object({ "IP?": text, PrivatePort: integer, "PublicPort?": integer, Type: text }));

export const listed: Schema = list(
  titled(
    "ContainerSummary",
    object({
      Id: text,
      Names: texts,
      Image: text,
      ImageID: text,
      Command: text,
      Created: integer,
      Ports: list(port),
      "SizeRw?": integer,
      "SizeRootFs?": integer,
      Labels: textMap,
      State: STATUS,
      Status: text,
      HostConfig: object({ NetworkMode: text }),
      NetworkSettings: object({ Networks: map(endpoint) }),
      Mounts: list(mountPoint),
    }),
  ),
);

const cpu: Schema = titled(
  "CpuStats",
  object({
    cpu_usage: object({ total_usage: integer, usage_in_kernelmode: integer, usage_in_usermode: integer }),
    "system_cpu_usage?": integer,
    "online_cpus?": integer,
    throttling_data: object({ periods: integer, throttled_periods: integer, throttled_time: integer }),
  }),
);

export const stats: Schema = titled(
  "ContainerStats",
  object({
    name: text,
    id: text,
    read: time,
    preread: time,
    pids_stats: object({ "current?": integer }),
    blkio_stats: object({
      io_service_bytes_recursive: orNull(list(object({ major: integer, minor: integer, op: text, value: integer }))),
      io_serviced_recursive: orNull(list(anything)),
    }),
    num_procs: integer,
    storage_stats: object({}),
    cpu_stats: cpu,
    precpu_stats: cpu,
    memory_stats: object({ "usage?": integer, "limit?": integer, "stats?": map(number) }),
    "networks?": map(
      object({
        rx_bytes: integer,
        rx_packets: integer,
        rx_errors: integer,
        rx_dropped: integer,
        tx_bytes: integer,
        tx_packets: integer,
        tx_errors: integer,
        tx_dropped: integer,
      }),
    ),
  }),
);

/** What differs from an image: 0 changed, 1 added, 2 deleted. */
export const changesOf: Schema = list(titled("FilesystemChange", object({ Path: text, Kind: integer })));
