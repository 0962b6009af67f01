import { isDeepStrictEqual } from "node:util";
import { plainSpec } from "../../engine/plain-spec.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { LogSpec } from "../../state/spec/log.ts";
import type { IdentityOptions, ProcessOptions } from "../../state/spec/process.ts";
import type { Resources } from "../../state/spec/resources.ts";
import type { SecuritySpec } from "../../state/spec/security.ts";

/** The part is written into the YAML, or says nothing of what runs; `pod.ts`, `container.ts` and `volumes.ts` tell what they leave out of it. */
const SAID = "";

/** Each part of a spec: the option that Kubernetes has no field for, or `SAID`. A new part has to be decided here. */
type Options<T> = { readonly [K in keyof Required<T>]: string };

const CONTAINER: Options<ContainerSpec> = {
  image: SAID,
  name: SAID,
  command: SAID,
  entrypoint: SAID,
  env: SAID,
  workdir: SAID,
  user: SAID,
  groupAdd: SAID,
  hostname: SAID,
  process: SAID,
  identity: SAID,
  rootfs: "--rootfs",
  pod: SAID,
  requires: "--requires",
  labels: SAID,
  annotations: SAID,
  tty: SAID,
  interactive: SAID,
  stdinStays: SAID,
  autoRemove: "--rm",
  stopSignal: "--stop-signal",
  stopTimeout: SAID,
  network: SAID,
  networks: SAID,
  standbyNames: "names on standby",
  ports: SAID,
  publishAll: "--publish-all",
  expose: "--expose",
  addHosts: SAID,
  dns: SAID,
  dnsSearch: SAID,
  dnsOptions: SAID,
  mounts: SAID,
  volumesFrom: SAID,
  secrets: SAID,
  imageVolumes: "--image-volume",
  namespaces: SAID,
  resources: SAID,
  security: SAID,
  ulimits: "--ulimit",
  sysctls: SAID,
  devices: SAID,
  runtime: "--runtime",
  log: SAID,
  restart: SAID,
  schedule: "a schedule",
  healthcheck: SAID,
  createCommand: SAID,
  idFile: SAID,
  origin: SAID,
};

const PROCESS: Options<ProcessOptions> = {
  umask: "--umask",
  init: "--init",
  timeoutSeconds: SAID,
  baseEnv: SAID,
  unsetEnv: "--unsetenv",
  unsetAllEnv: "--unsetenv-all",
  envMerge: "--env-merge",
  systemd: "--systemd",
  sdnotify: "--sdnotify",
  pidFile: "--pidfile",
  monitorPidFile: "--conmon-pidfile",
};

const IDENTITY: Options<IdentityOptions> = {
  domainname: "--domainname",
  noHostname: "--no-hostname",
  noHosts: "--no-hosts",
  hostsFile: "--hosts-file",
  noResolvConf: "--dns none",
  givenDnsOnly: SAID,
  hostUsers: "--hostuser",
  noPasswd: "--passwd=false",
  passwdEntry: "--passwd-entry",
  groupEntry: "--group-entry",
  timezone: "--tz",
};

/** Of a pod; YAML says some of them of a container. */
const RESOURCES: Options<Resources> = {
  memoryBytes: "--memory",
  memorySwapBytes: "--memory-swap",
  memoryReservationBytes: "--memory-reservation",
  memorySwappiness: "--memory-swappiness",
  oomKillDisable: "--oom-kill-disable",
  cpuQuotaUs: "--cpus",
  cpuPeriodUs: SAID,
  cpuShares: "--cpu-shares",
  cpuRtPeriodUs: "--cpu-rt-period",
  cpuRtRuntimeUs: "--cpu-rt-runtime",
  cpusetCpus: "--cpuset-cpus",
  cpusetMems: "--cpuset-mems",
  blockWeight: "--blkio-weight",
  blockWeightDevices: "--blkio-weight-device",
  readBps: "--device-read-bps",
  writeBps: "--device-write-bps",
  readIops: "--device-read-iops",
  writeIops: "--device-write-iops",
  pidsLimit: "--pids-limit",
  shmBytes: "--shm-size",
  oomScoreAdjust: "--oom-score-adj",
  cgroupFiles: "--cgroup-conf",
  cgroupParent: "--cgroup-parent",
  cgroupWithoutMonitor: "--cgroups",
};

const CONTAINER_RESOURCES: Options<Resources> = {
  ...RESOURCES,
  memoryBytes: SAID,
  memoryReservationBytes: SAID,
  cpuQuotaUs: SAID,
  cpuShares: SAID,
};

const SECURITY: Options<SecuritySpec> = {
  privileged: SAID,
  capAdd: SAID,
  capDrop: SAID,
  capDefaults: SAID,
  readOnlyRoot: SAID,
  readOnlyTmpfs: SAID,
  noNewPrivileges: SAID,
  seccomp: SAID,
  apparmor: SAID,
  procOptions: "--security-opt proc-opts",
  mask: "--security-opt mask",
  unmask: SAID,
  deviceRules: "--device-cgroup-rule",
  cdiFolders: SAID,
};

const LOG: Options<LogSpec> = {
  driver: "--log-driver",
  path: "--log-opt path",
  sizeMax: "--log-opt max-size",
  sizeText: SAID,
  fileMax: "--log-opt max-file",
  tag: "--log-opt tag",
  labels: "--log-opt labels",
  env: "--log-opt env",
};

const PLAIN = plainSpec({ image: "", process: { systemd: "auto" } });

/** The options of a container that Kubernetes YAML has no fields for. */
export function unsaidOptions(spec: ContainerSpec): string[] {
  return [
    ...unsaid(spec, CONTAINER, PLAIN),
    ...unsaid(spec.process, PROCESS, PLAIN.process),
    ...unsaid(spec.identity, IDENTITY),
    ...unsaid(spec.resources, CONTAINER_RESOURCES),
    ...unsaid(spec.security, SECURITY, PLAIN.security),
    ...unsaid(spec.log, LOG, PLAIN.log),
  ];
}

/** The same of the limits that a pod has for its containers together. */
export function unsaidLimits(resources: Resources): string[] {
  return unsaid(resources, RESOURCES);
}

/** Those of the options given that are not what a plain container has. */
function unsaid<T extends object>(given: T | undefined, options: Options<T>, plain?: Partial<T>): string[] {
  const keys = Object.keys(given ?? {}) as (keyof T)[];
  return keys.flatMap((key) => {
    const value = given?.[key];
    const same = isEmpty(value) || isDeepStrictEqual(value, plain?.[key]);
    return options[key] === SAID || same ? [] : [options[key]];
  });
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === false ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0)
  );
}
