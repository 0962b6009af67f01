import { portBindings } from "../../docker/container/described-limits.ts";
import {
  flag,
  integer,
  list,
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
import { mount } from "../container/described-inspect.ts";

const STATUS: Schema = oneOf("Created", "Running", "Paused", "Exited", "Stopped", "Dead", "Degraded", "Error");

/** An element of the list. */
export const podRow: Schema = titled(
  "LibpodPodSummary",
  object({
    Cgroup: text,
    Containers: list(object({ Id: text, Names: text, Status: text, RestartCount: integer })),
    Created: time,
    Id: text,
    InfraId: text,
    Name: text,
    Namespace: text,
    Networks: texts,
    Status: STATUS,
    Labels: textMap,
  }),
);

const infraConfig: Schema = object({
  PortBindings: portBindings,
  HostNetwork: flag,
  StaticIP: text,
  StaticMAC: text,
  NoManageResolvConf: flag,
  DNSServer: orNull(texts),
  DNSSearch: orNull(texts),
  DNSOption: orNull(texts),
  NoManageHosts: flag,
  HostAdd: orNull(texts),
  Networks: texts,
  NetworkOptions: orNull(textMap),
  pid_ns: text,
  userns: text,
  uts_ns: text,
});

/** All about a pod. */
export const podInspected: Schema = titled(
  "LibpodPodInspect",
  object({
    Id: text,
    Name: text,
    Created: time,
    "CreateCommand?": texts,
    ExitPolicy: text,
    State: STATUS,
    Hostname: text,
    "Labels?": textMap,
    CreateCgroup: flag,
    CgroupParent: text,
    "CgroupPath?": text,
    CreateInfra: flag,
    "InfraContainerID?": text,
    "InfraConfig?": infraConfig,
    "SharedNamespaces?": texts,
    NumContainers: integer,
    "Containers?": list(object({ Id: text, Name: text, State: text })),
    "cpu_period?": integer,
    "cpu_quota?": integer,
    "cpu_shares?": integer,
    "cpuset_cpus?": text,
    "cpuset_mems?": text,
    "devices?": list(object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text })),
    "mounts?": list(mount),
    "volumes_from?": texts,
    "memory_limit?": integer,
    "memory_swap?": integer,
    "blkio_weight?": integer,
    "blkio_weight_device?": list(object({ Path: text, Weight: integer })),
    "device_read_bps?": list(object({ Path: text, Rate: integer })),
    "device_write_bps?": list(object({ Path: text, Rate: integer })),
    "security_opt?": texts,
    "RestartPolicy?": text,
    "Env?": texts,
  }),
);

/** What a member uses, as text. */
export const podUsage: Schema = titled(
  "LibpodPodStats",
  object({
    CPU: text,
    MemUsage: text,
    MemUsageBytes: text,
    Mem: text,
    NetIO: text,
    BlockIO: text,
    PIDS: text,
    Pod: text,
    CID: text,
    Name: text,
  }),
);

/** What a verb did to a pod. */
export const podReport: Schema = titled("LibpodPodReport", object({ Errs: orNull(texts), Id: text }));
