import {
  flag,
  integer,
  list,
  nameSet,
  object,
  orNull,
  type Schema,
  text,
  textMap,
  texts,
  time,
  titled,
} from "../../openapi/schema.ts";

type Fields = Readonly<Record<string, Schema>>;

/** Limits that `create`, `update` and `inspect` have alike. */
export const LIMITS: Fields = {
  Memory: integer,
  MemorySwap: integer,
  MemoryReservation: integer,
  NanoCpus: integer,
  CpuPeriod: integer,
  CpuQuota: integer,
  CpuShares: integer,
  CpuRealtimePeriod: integer,
  CpuRealtimeRuntime: integer,
  CpusetCpus: text,
  CpusetMems: text,
  PidsLimit: integer,
  BlkioWeight: integer,
};

const rates: Schema = list(object({ Path: text, Rate: integer }));

/** Limits of single devices. */
export const DEVICE_LIMITS: Fields = {
  BlkioWeightDevice: list(object({ Path: text, Weight: integer })),
  BlkioDeviceReadBps: rates,
  BlkioDeviceWriteBps: rates,
  BlkioDeviceReadIOps: rates,
  BlkioDeviceWriteIOps: rates,
};

export const restartPolicy: Schema = titled("RestartPolicy", object({ "Name?": text, "MaximumRetryCount?": integer }));

export const ulimits: Schema = list(titled("Ulimit", object({ Name: text, Soft: integer, Hard: integer })));

/** `PortBindings`, and `Ports` of a running container: by `80/tcp`. */
export const portBindings: Schema = {
  type: "object",
  additionalProperties: orNull(list(titled("PortBinding", object({ "HostIp?": text, "HostPort?": text })))),
};

/** A health check as it is asked for; times in nanoseconds. */
export const healthConfig: Schema = titled(
  "HealthConfig",
  object({
    "Test?": orNull(texts),
    "Interval?": integer,
    "Timeout?": integer,
    "StartPeriod?": integer,
    "StartInterval?": integer,
    "Retries?": integer,
  }),
);

/** Docker's description of how a container is connected to a network. */
export const endpoint: Schema = titled(
  "EndpointSettings",
  object({
    "IPAMConfig?": orNull(object({ "IPv4Address?": text, "IPv6Address?": text })),
    "Links?": orNull(texts),
    "Aliases?": orNull(texts),
    "MacAddress?": text,
    "DriverOpts?": orNull(textMap),
    "NetworkID?": text,
    "EndpointID?": text,
    "Gateway?": text,
    "IPAddress?": text,
    "IPPrefixLen?": integer,
    "IPv6Gateway?": text,
    "GlobalIPv6Address?": text,
    "GlobalIPv6PrefixLen?": integer,
    "DNSNames?": orNull(texts),
    "GwPriority?": integer,
  }),
);

/** A health check's results. */
const health: Schema = titled(
  "Health",
  object({
    Status: text,
    FailingStreak: integer,
    Log: orNull(list(object({ Start: time, End: time, ExitCode: integer, Output: text }))),
  }),
);

/** What is told of a container's state alike. */
export const STATE: Fields = {
  Running: flag,
  Paused: flag,
  Restarting: flag,
  OOMKilled: flag,
  Dead: flag,
  Pid: integer,
  ExitCode: integer,
  Error: text,
  StartedAt: time,
  FinishedAt: time,
  "Health?": health,
};

/** What a container or an image says about its process. */
export const PROCESS: Fields = {
  Hostname: text,
  Domainname: text,
  User: text,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  "ExposedPorts?": nameSet,
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: orNull(texts),
  Cmd: orNull(texts),
  "Healthcheck?": healthConfig,
  Image: text,
  Volumes: orNull(nameSet),
  WorkingDir: text,
  Entrypoint: orNull(texts),
  OnBuild: orNull(texts),
  Labels: orNull(textMap),
  "StopSignal?": text,
};
