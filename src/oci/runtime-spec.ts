/**
 * The OCI runtime spec's `config.json` as Estiba writes it: Linux containers, names and casing as the specification has them.
 * Source: opencontainers/runtime-spec, config.md and config-linux.md, version 1.0.2 (what crun 1.8 and runc 1.1 read).
 */
export type RuntimeSpec = {
  ociVersion: string;
  process: SpecProcess;
  root: { path: string; readonly?: boolean };
  hostname?: string;
  domainname?: string;
  mounts: SpecMount[];
  hooks?: SpecHooks;
  annotations?: Record<string, string>;
  linux: SpecLinux;
};

export type SpecProcess = {
  terminal?: boolean;
  /** Rows and columns; only with `terminal`. */
  consoleSize?: { height: number; width: number };
  user: SpecUser;
  args: string[];
  /** `KEY=VALUE` strings. */
  env: string[];
  /** Absolute path inside the root. */
  cwd: string;
  capabilities?: SpecCapabilities;
  rlimits?: SpecRlimit[];
  noNewPrivileges?: boolean;
  apparmorProfile?: string;
  selinuxLabel?: string;
  oomScoreAdj?: number;
  ioPriority?: { class: "IOPRIO_CLASS_RT" | "IOPRIO_CLASS_BE" | "IOPRIO_CLASS_IDLE"; priority: number };
};

export type SpecUser = { uid: number; gid: number; umask?: number; additionalGids?: number[] };

/** Each list holds names with the `CAP_` prefix. */
export type SpecCapabilities = {
  bounding: string[];
  effective: string[];
  permitted: string[];
  inheritable: string[];
  ambient: string[];
};

export type SpecRlimit = { type: `RLIMIT_${string}`; soft: number; hard: number };

export type SpecMount = {
  /** Absolute path inside the root. */
  destination: string;
  type?: string;
  source?: string;
  options?: string[];
  uidMappings?: SpecIdMapping[];
  gidMappings?: SpecIdMapping[];
};

export type SpecIdMapping = { containerID: number; hostID: number; size: number };

type SpecHook = { path: string; args?: string[]; env?: string[] /** Seconds. */; timeout?: number };

export type SpecHooks = {
  prestart?: SpecHook[];
  createRuntime?: SpecHook[];
  createContainer?: SpecHook[];
  startContainer?: SpecHook[];
  poststart?: SpecHook[];
  poststop?: SpecHook[];
};

export type SpecNamespaceType = "pid" | "network" | "mount" | "ipc" | "uts" | "user" | "cgroup" | "time";

export type SpecLinux = {
  /** Without `path` a new namespace is made. */
  namespaces: { type: SpecNamespaceType; path?: string }[];
  uidMappings?: SpecIdMapping[];
  gidMappings?: SpecIdMapping[];
  devices?: SpecDevice[];
  cgroupsPath?: string;
  resources?: SpecResources;
  rootfsPropagation?: "shared" | "slave" | "private" | "unbindable" | "rshared" | "rslave" | "rprivate";
  seccomp?: SpecSeccomp;
  sysctl?: Record<string, string>;
  maskedPaths?: string[];
  readonlyPaths?: string[];
  mountLabel?: string;
  intelRdt?: { closID?: string; l3CacheSchema?: string; memBwSchema?: string };
  personality?: { domain: "LINUX" | "LINUX32"; flags?: string[] };
};

export type SpecDevice = {
  type: "c" | "b" | "u" | "p";
  path: string;
  major?: number;
  minor?: number;
  /** Permission bits, such as 0o666. */
  fileMode?: number;
  uid?: number;
  gid?: number;
};

export type SpecDeviceRule = {
  allow: boolean;
  type?: "a" | "c" | "b";
  major?: number;
  minor?: number;
  /** Some of `r`, `w`, `m`. */
  access?: string;
};

export type SpecResources = {
  devices?: SpecDeviceRule[];
  memory?: SpecMemory;
  cpu?: SpecCpu;
  pids?: { /** -1: without limit. */ limit: number };
  blockIO?: SpecBlockIo;
  hugepageLimits?: { pageSize: string; limit: number }[];
  network?: { classID?: number; priorities?: { name: string; priority: number }[] };
  rdma?: Record<string, { hcaHandles?: number; hcaObjects?: number }>;
  /** File name to content, cgroup v2 only. */
  unified?: Record<string, string>;
};

/** Bytes; -1 means without limit. */
export type SpecMemory = {
  limit?: number;
  reservation?: number;
  /** Memory and swap together. */
  swap?: number;
  kernel?: number;
  kernelTCP?: number;
  /** 0 to 100. */
  swappiness?: number;
  disableOOMKiller?: boolean;
  useHierarchy?: boolean;
  checkBeforeUpdate?: boolean;
};

/** Times in microseconds. */
export type SpecCpu = {
  shares?: number;
  quota?: number;
  burst?: number;
  period?: number;
  realtimeRuntime?: number;
  realtimePeriod?: number;
  cpus?: string;
  mems?: string;
  idle?: number;
};

type SpecThrottle = { major: number; minor: number; rate: number };

export type SpecBlockIo = {
  /** 10 to 1000. */
  weight?: number;
  leafWeight?: number;
  weightDevice?: { major: number; minor: number; weight?: number; leafWeight?: number }[];
  throttleReadBpsDevice?: SpecThrottle[];
  throttleWriteBpsDevice?: SpecThrottle[];
  throttleReadIOPSDevice?: SpecThrottle[];
  throttleWriteIOPSDevice?: SpecThrottle[];
};

export type SpecSeccompAction =
  | "SCMP_ACT_ALLOW"
  | "SCMP_ACT_ERRNO"
  | "SCMP_ACT_KILL"
  | "SCMP_ACT_KILL_PROCESS"
  | "SCMP_ACT_KILL_THREAD"
  | "SCMP_ACT_LOG"
  | "SCMP_ACT_NOTIFY"
  | "SCMP_ACT_TRACE"
  | "SCMP_ACT_TRAP";

export type SpecSeccompOperator =
  | "SCMP_CMP_NE"
  | "SCMP_CMP_LT"
  | "SCMP_CMP_LE"
  | "SCMP_CMP_EQ"
  | "SCMP_CMP_GE"
  | "SCMP_CMP_GT"
  | "SCMP_CMP_MASKED_EQ";

/** `value` is the mask and `valueTwo` the datum of `SCMP_CMP_MASKED_EQ`. */
export type SpecSeccompArg = { index: number; value: number; valueTwo?: number; op: SpecSeccompOperator };

export type SpecSeccompRule = {
  names: string[];
  action: SpecSeccompAction;
  /** For `SCMP_ACT_ERRNO` and `SCMP_ACT_TRACE`; EPERM when absent. */
  errnoRet?: number;
  args?: SpecSeccompArg[];
};

export type SpecSeccomp = {
  defaultAction: SpecSeccompAction;
  /** EPERM when absent. */
  defaultErrnoRet?: number;
  /** `SCMP_ARCH_*`. */
  architectures?: string[];
  /** `SECCOMP_FILTER_FLAG_*`. */
  flags?: string[];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls?: SpecSeccompRule[];
};
