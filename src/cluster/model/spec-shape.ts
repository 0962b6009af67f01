import type { ServiceSpec } from "./service.ts";

/** The format that a part of a spec came with; where it has one of a few values, that of each. */
export type Since = number | ReadonlyMap<string, number>;

type Plain = string | number | boolean | undefined;
type KeysOf<T> = T extends unknown ? keyof T : never;
type At<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;
type Item<T> = T extends readonly (infer E)[] ? E : T;
/** Each part of T that has a name, to any depth; what users name has none. */
type Shape<T> = [T] extends [Plain] ? Since : ShapeOfItem<Item<Exclude<T, Plain>>>;
type ShapeOfItem<T> = [T] extends [Plain]
  ? Since
  : string extends KeysOf<T>
    ? Since
    : { readonly [K in KeysOf<T>]-?: Shape<At<T, K>> };

const values = (...names: readonly string[]): ReadonlyMap<string, number> => new Map(names.map((name) => [name, 1]));

const RULE = {
  parallelism: 1,
  delayMs: 1,
  order: values("stop-first", "start-first"),
  monitorMs: 1,
  failureAction: values("pause", "continue", "rollback"),
  maxFailureRatio: 1,
  progressMs: 1,
} as const;

const ID_RANGE = { from: 1, to: 1, size: 1, relative: 1 } as const;

const STARTUP = { test: 1, intervalMs: 1, timeoutMs: 1, retries: 1, successes: 1 } as const;

const MOUNT = {
  type: values("bind", "volume", "image", "tmpfs", "devpts"),
  target: 1,
  readOnly: 1,
  source: 1,
  propagation: 1,
  recursive: 1,
  createSource: 1,
  flags: 1,
  chown: 1,
  idmap: { uids: ID_RANGE, gids: ID_RANGE },
  subpath: 1,
  createSubpath: 1,
  overlay: { upper: 1, work: 1 },
  copy: 1,
  labels: 1,
  options: 1,
  imageId: 1,
  chainId: 1,
  fileSystem: 1,
} as const;

const RATE = { path: 1, rate: 1 } as const;

const CONTAINER = {
  image: 1,
  name: 1,
  command: 1,
  entrypoint: 1,
  env: 1,
  workdir: 1,
  user: 1,
  groupAdd: 1,
  hostname: 1,
  process: {
    umask: 1,
    init: 1,
    timeoutSeconds: 1,
    baseEnv: 1,
    unsetEnv: 1,
    unsetAllEnv: 1,
    envMerge: 1,
    systemd: values("auto", "always", "never"),
    sdnotify: values("container", "conmon", "ignore"),
    pidFile: 1,
    monitorPidFile: 1,
  },
  identity: {
    domainname: 1,
    noHostname: 1,
    noHosts: 1,
    noResolvConf: 1,
    givenDnsOnly: 1,
    hostsFile: 1,
    hostUsers: 1,
    noPasswd: 1,
    passwdEntry: 1,
    groupEntry: 1,
    timezone: 1,
  },
  rootfs: { path: 1, overlay: 1 },
  pod: { id: 1, infra: 1, init: values("once", "always", "sidecar"), cgroup: 1 },
  requires: 1,
  labels: 1,
  annotations: 1,
  tty: 1,
  interactive: 1,
  stdinStays: 1,
  autoRemove: 1,
  stopSignal: 1,
  stopTimeout: 1,
  network: 1,
  networks: {
    network: 1,
    ipv4: 1,
    ipv6: 1,
    mac: 1,
    aliases: 1,
    links: { name: 1, target: 1 },
    interfaceName: 1,
    gatewayPriority: 1,
    sysctls: 1,
    ofTask: 1,
  },
  standbyNames: 1,
  ports: {
    hostIp: 1,
    hostPort: 1,
    containerPort: 1,
    protocol: values("tcp", "udp", "sctp"),
    range: 1,
    share: { group: 1, standby: 1, elsewhere: 1 },
    among: { first: 1, last: 1 },
  },
  publishAll: 1,
  expose: 1,
  addHosts: 1,
  dns: 1,
  dnsSearch: 1,
  dnsOptions: 1,
  mounts: MOUNT,
  volumesFrom: { container: 1, readOnly: 1 },
  secrets: {
    secret: 1,
    id: 1,
    from: 1,
    type: values("mount", "env"),
    target: 1,
    uid: 1,
    gid: 1,
    mode: 1,
    variable: 1,
  },
  imageVolumes: values("tmpfs", "ignore"),
  namespaces: {
    pid: 1,
    ipc: 1,
    uts: 1,
    cgroup: 1,
    user: {
      mode: 1,
      maps: { uids: { inside: 1, outside: 1, size: 1 }, gids: { inside: 1, outside: 1, size: 1 } },
      size: 1,
      uids: { inside: 1, outside: 1, size: 1 },
      gids: { inside: 1, outside: 1, size: 1 },
    },
  },
  resources: {
    memoryBytes: 1,
    memorySwapBytes: 1,
    memoryReservationBytes: 1,
    memorySwappiness: 1,
    oomKillDisable: 1,
    cpuQuotaUs: 1,
    cpuPeriodUs: 1,
    cpuShares: 1,
    cpuRtPeriodUs: 1,
    cpuRtRuntimeUs: 1,
    cpusetCpus: 1,
    cpusetMems: 1,
    blockWeight: 1,
    blockWeightDevices: { path: 1, weight: 1 },
    readBps: RATE,
    writeBps: RATE,
    readIops: RATE,
    writeIops: RATE,
    pidsLimit: 1,
    shmBytes: 1,
    oomScoreAdjust: 1,
    cgroupFiles: 1,
    cgroupParent: 1,
    cgroupWithoutMonitor: 1,
  },
  security: {
    privileged: 1,
    capAdd: 1,
    capDrop: 1,
    capDefaults: 1,
    readOnlyRoot: 1,
    readOnlyTmpfs: 1,
    noNewPrivileges: 1,
    seccomp: 1,
    apparmor: 1,
    procOptions: 1,
    mask: 1,
    unmask: 1,
    deviceRules: 1,
    cdiFolders: 1,
  },
  ulimits: 1,
  sysctls: 1,
  devices: 1,
  runtime: 1,
  log: {
    driver: values("k8s-file", "json-file", "journald", "passthrough", "none"),
    path: 1,
    sizeMax: 1,
    sizeText: 1,
    fileMax: 1,
    tag: 1,
    labels: 1,
    env: 1,
  },
  restart: { name: values("no", "always", "on-failure", "unless-stopped"), maxRetries: 1 },
  schedule: { cron: 1, timezone: 1, missed: values("skip", "run") },
  healthcheck: {
    test: 1,
    intervalMs: 1,
    timeoutMs: 1,
    retries: 1,
    startPeriodMs: 1,
    startIntervalMs: 1,
    onFailure: values("none", "kill", "restart", "stop"),
    logDestination: 1,
    maxLogCount: 1,
    maxLogSize: 1,
    startup: STARTUP,
  },
  createCommand: 1,
  idFile: 1,
  origin: 1,
} as const;

/**
 * All parts of a service's spec, with the format that each came with. What is added to the spec in a later version gets the next number here,
 * by which others refuse it, or are passed over, that are of an earlier one.
 */
export const SPEC_SHAPE: Shape<ServiceSpec> = {
  name: 1,
  labels: 1,
  mode: {
    kind: values("replicated", "global", "replicated-job", "global-job"),
    replicas: 1,
    total: 1,
    concurrent: 1,
  },
  container: CONTAINER,
  placement: { constraints: 1, spread: 1, maxPerNode: 1, strategy: values("spread", "binpack") },
  reserve: { nanoCpus: 1, memoryBytes: 1 },
  restart: { condition: values("any", "on-failure", "none"), delayMs: 1, maxAttempts: 1, windowMs: 1 },
  update: RULE,
  rollback: RULE,
  force: 1,
  endpoint: values("vip", "dnsrr"),
  files: { kind: values("secret", "config"), id: 1, name: 1, target: 1, uid: 1, gid: 1, mode: 1 },
};
