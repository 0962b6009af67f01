import {
  anything,
  flag,
  integer,
  list,
  map,
  number,
  object,
  oneOf,
  request,
  type Schema,
  text,
  textMap,
  texts,
  time,
  titled,
} from "../../openapi/schema.ts";

const health = { "Test?": texts, "Interval?": integer, "Timeout?": integer, "Retries?": integer };
const healthcheck: Schema = object({ ...health, "StartPeriod?": integer, "StartInterval?": integer });

const mount: Schema = object({
  Type: text,
  "Source?": text,
  Target: text,
  "ReadOnly?": flag,
  "Consistency?": text,
  "BindOptions?": object({ "Propagation?": text, "NonRecursive?": flag, "CreateMountpoint?": flag }),
  "VolumeOptions?": object({
    "NoCopy?": flag,
    "Labels?": textMap,
    "DriverConfig?": object({ "Name?": text, "Options?": textMap }),
    "Subpath?": text,
  }),
  "TmpfsOptions?": object({ "SizeBytes?": integer, "Mode?": integer }),
  "ImageOptions?": object({ "Subpath?": text }),
});

const file: Schema = object({ Name: text, "UID?": text, "GID?": text, "Mode?": integer });

const containerSpec: Schema = titled(
  "ServiceContainerSpec",
  object({
    Image: text,
    "Labels?": textMap,
    "Command?": texts,
    "Args?": texts,
    "Hostname?": text,
    "Env?": texts,
    "Dir?": text,
    "User?": text,
    "Groups?": texts,
    "Devices?": texts,
    "Privileged?": flag,
    "Privileges?": object({
      "NoNewPrivileges?": flag,
      "Seccomp?": object({ "Mode?": text }),
      "AppArmor?": object({ "Mode?": text }),
    }),
    "TTY?": flag,
    "OpenStdin?": flag,
    "ReadOnly?": flag,
    "Init?": flag,
    "Mounts?": list(mount),
    "StopSignal?": text,
    "StopGracePeriod?": integer,
    "Healthcheck?": healthcheck,
    "Hosts?": texts,
    "DNSConfig?": object({ "Nameservers?": texts, "Search?": texts, "Options?": texts }),
    "Secrets?": list(object({ "File?": file, SecretID: text, "SecretName?": text })),
    "Configs?": list(object({ "File?": file, ConfigID: text, "ConfigName?": text })),
    "Isolation?": text,
    "Sysctls?": textMap,
    "CapabilityAdd?": texts,
    "CapabilityDrop?": texts,
    "Ulimits?": list(object({ Name: text, Soft: integer, Hard: integer })),
    "OomScoreAdj?": integer,
  }),
);

const attachment: Schema = object({ Target: text, "Aliases?": texts, "DriverOpts?": textMap });

/** `TaskTemplate` of a service, `Spec` of a task. */
const taskSpec: Schema = titled(
  "TaskSpec",
  object({
    ContainerSpec: containerSpec,
    "Resources?": object({
      "Limits?": object({ "NanoCPUs?": integer, "MemoryBytes?": integer, "Pids?": integer }),
      "Reservations?": object({ "NanoCPUs?": integer, "MemoryBytes?": integer, "GenericResources?": list(anything) }),
    }),
    "RestartPolicy?": object({
      "Condition?": oneOf("any", "on-failure", "none"),
      "Delay?": number,
      "MaxAttempts?": integer,
      "Window?": number,
    }),
    "Placement?": object({
      "Constraints?": texts,
      "Preferences?": list(object({ "Spread?": object({ "SpreadDescriptor?": text }) })),
      "MaxReplicas?": integer,
      "Platforms?": list(anything),
    }),
    "Networks?": list(attachment),
    "LogDriver?": object({ "Name?": text, "Options?": textMap }),
    "ForceUpdate?": integer,
    "Runtime?": text,
  }),
);

const rule: Schema = object({
  "Parallelism?": integer,
  "Delay?": number,
  "FailureAction?": oneOf("pause", "continue", "rollback"),
  "Monitor?": number,
  "MaxFailureRatio?": number,
  "Order?": oneOf("stop-first", "start-first"),
  "ProgressDeadline?": number,
});

const port: Schema = object({
  "Name?": text,
  "Protocol?": oneOf("tcp", "udp", "sctp"),
  TargetPort: integer,
  "PublishedPort?": integer,
  "PublishMode?": oneOf("ingress", "host"),
});
const endpointSpec: Schema = object({ "Mode?": oneOf("vip", "dnsrr"), "Ports?": list(port) });

const mode: Schema = object({
  "Replicated?": object({ "Replicas?": integer }),
  "Global?": object({}),
  "ReplicatedJob?": object({ "MaxConcurrent?": integer, "TotalCompletions?": integer }),
  "GlobalJob?": object({}),
});

const FIELDS = {
  Name: text,
  Labels: textMap,
  TaskTemplate: taskSpec,
  Mode: mode,
  EndpointSpec: endpointSpec,
};

/** Jobs have no rules of updates. */
const spec: Schema = object({ ...FIELDS, "UpdateConfig?": rule, "RollbackConfig?": rule });

/** What a client sends to have a service made or changed. */
export const serviceRequest: Schema = request("ServiceRequest", {
  ...FIELDS,
  UpdateConfig: rule,
  RollbackConfig: rule,
  Networks: list(attachment),
});

export const version: Schema = object({ Index: integer });

export const service: Schema = titled(
  "Service",
  object({
    ID: text,
    Version: version,
    CreatedAt: time,
    UpdatedAt: time,
    Spec: spec,
    "PreviousSpec?": spec,
    Endpoint: object({
      Spec: endpointSpec,
      "Ports?": list(port),
      "VirtualIPs?": list(object({ NetworkID: text, "Addr?": text })),
    }),
    "UpdateStatus?": object({ State: text, StartedAt: time, "CompletedAt?": time, Message: text }),
    "JobStatus?": object({ JobIteration: version, LastExecution: time }),
    "ServiceStatus?": object({ RunningTasks: integer, DesiredTasks: integer, CompletedTasks: integer }),
  }),
);

export const task: Schema = titled(
  "Task",
  object({
    ID: text,
    Version: version,
    CreatedAt: time,
    UpdatedAt: time,
    Labels: map(text),
    Spec: taskSpec,
    ServiceID: text,
    "Slot?": integer,
    "NodeID?": text,
    Status: object({
      Timestamp: time,
      State: text,
      Message: text,
      "Err?": text,
      "ContainerStatus?": object({ ContainerID: text, PID: integer, ExitCode: integer }),
      PortStatus: object({ "Ports?": list(port) }),
    }),
    DesiredState: text,
    NetworksAttachments: list(anything),
    "JobIteration?": version,
  }),
);
