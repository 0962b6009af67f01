import { healthConfig } from "../../docker/container/described-limits.ts";
import {
  flag,
  integer,
  list,
  map,
  object,
  orNull,
  request,
  type Schema,
  text,
  textMap,
  texts,
} from "../../openapi/schema.ts";

type Fields = Readonly<Record<string, Schema>>;

/** A namespace: of one's own, the host's, another container's (`value`). */
export const namespace: Schema = request("LibpodNamespace", { nsmode: text, value: text });

const idMap: Schema = list(object({ "container_id?": integer, "host_id?": integer, "size?": integer }));

/** Whose processes they are outside. */
export const OWNERS: Fields = {
  userns: namespace,
  idmappings: request("LibpodIdMappings", { UIDMap: idMap, GIDMap: idMap }),
};

/** Limits as the runtime's specification has them. */
export const limits: Schema = request("LibpodResourceLimits", {
  memory: request("LibpodMemoryLimits", {
    limit: integer,
    swap: integer,
    reservation: integer,
    swappiness: integer,
    disableOOMKiller: flag,
  }),
  cpu: request("LibpodCpuLimits", {
    shares: integer,
    quota: integer,
    period: integer,
    realtimeRuntime: integer,
    realtimePeriod: integer,
    cpus: text,
    mems: text,
  }),
  pids: request("LibpodPidsLimit", { limit: integer }),
  blockIO: request("LibpodBlockIo", { weight: integer }),
});

const rates: Schema = map(object({ "rate?": integer }));

/** Limits of devices, by their paths. */
export const DEVICES: Fields = {
  weightDevice: map(object({ "weight?": integer })),
  throttleReadBpsDevice: rates,
  throttleWriteBpsDevice: rates,
  throttleReadIOPSDevice: rates,
  throttleWriteIOPSDevice: rates,
};

const attachment: Schema = request("LibpodPerNetworkOptions", {
  static_ips: texts,
  static_mac: text,
  aliases: texts,
  interface_name: text,
  options: textMap,
});

/** How a container or a pod reaches the network and is reached. */
export const NETWORKING: Fields = {
  netns: namespace,
  networks: map(attachment),
  Networks: map(attachment),
  networkOrder: texts,
  cni_networks: texts,
  static_ip: text,
  static_ipv6: text,
  static_mac: text,
  portmappings: list(
    request("LibpodPortMapping", {
      container_port: integer,
      host_port: integer,
      host_ip: text,
      range: integer,
      protocol: text,
    }),
  ),
  dns_server: texts,
  dns_search: texts,
  dns_option: texts,
  hostadd: texts,
};

/** What is mounted. */
export const MOUNTS: Fields = {
  mounts: list(request("LibpodMount", { type: text, source: text, destination: text, options: texts })),
  volumes: list(request("LibpodNamedVolume", { Name: text, Dest: text, Options: texts, IsAnonymous: flag })),
  overlay_volumes: list(request("LibpodOverlayVolume", { source: text, destination: text, options: texts })),
  image_volumes: list(
    request("LibpodImageVolume", { Source: text, Destination: text, ReadWrite: flag, subPath: text }),
  ),
  volumes_from: texts,
};

const IDENTITY: Fields = {
  name: text,
  pod: text,
  hostname: text,
  labels: textMap,
  annotations: textMap,
  remove: flag,
  oci_runtime: text,
  restart_policy: text,
  restart_tries: integer,
  dependencyContainers: texts,
  log_configuration: request("LibpodLogConfig", { driver: text, path: text, size: integer, options: textMap }),
  timezone: text,
  hostusers: texts,
  passwd_entry: text,
  group_entry: text,
  manage_password: flag,
  use_image_hosts: flag,
  use_image_hostname: flag,
  base_hosts_file: text,
  init_container_type: text,
  containerCreateCommand: texts,
};

const PROCESS: Fields = {
  command: texts,
  entrypoint: texts,
  env: textMap,
  env_host: flag,
  envmerge: texts,
  unsetenv: texts,
  unsetenvall: flag,
  httpproxy: flag,
  work_dir: text,
  user: text,
  groups: texts,
  terminal: flag,
  stdin: flag,
  stop_signal: integer,
  stop_timeout: integer,
  timeout: integer,
  systemd: text,
  sdnotifyMode: text,
  umask: text,
  init: flag,
  init_path: text,
  conmon_pid_file: text,
  healthconfig: healthConfig,
  health_check_on_failure_action: integer,
  startupHealthConfig: object({
    "Test?": orNull(texts),
    "Interval?": integer,
    "Timeout?": integer,
    "Retries?": integer,
    "Successes?": integer,
  }),
  healthLogDestination: text,
  healthMaxLogCount: integer,
  healthMaxLogSize: integer,
};

const SECURITY: Fields = {
  privileged: flag,
  cap_add: texts,
  cap_drop: texts,
  read_only_filesystem: flag,
  read_write_tmpfs: flag,
  seccomp_profile_path: text,
  seccomp_policy: text,
  apparmor_profile: text,
  no_new_privileges: flag,
  selinux_opts: texts,
  mask: texts,
  unmask: texts,
  procfs_opts: texts,
  sysctl: textMap,
  pidns: namespace,
  ipcns: namespace,
  utsns: namespace,
  cgroupns: namespace,
};

const RESOURCES: Fields = {
  resource_limits: limits,
  ...DEVICES,
  unified: textMap,
  oom_score_adj: integer,
  shm_size: integer,
  cgroup_parent: text,
  cgroups_mode: text,
  r_limits: list(request("LibpodRlimit", { type: text, soft: integer, hard: integer })),
  devices: list(object({ "path?": text })),
  device_cgroup_rule: list(
    object({ "allow?": flag, "type?": text, "major?": integer, "minor?": integer, "access?": text }),
  ),
  secrets: list(request("LibpodSecretUse", { Source: text, Target: text, UID: integer, GID: integer, Mode: integer })),
  secret_env: textMap,
};

/** The body of `POST /libpod/containers/create`: what of Podman's `SpecGenerator` is read. */
export const containerRequest: Schema = request("LibpodContainerCreateRequest", {
  image: text,
  rootfs: text,
  rootfs_overlay: flag,
  image_os: text,
  image_arch: text,
  image_variant: text,
  image_volume_mode: text,
  ...IDENTITY,
  ...PROCESS,
  ...SECURITY,
  ...OWNERS,
  ...RESOURCES,
  ...MOUNTS,
  ...NETWORKING,
  expose: textMap,
  publish_image_ports: flag,
});

/** The body of `POST /libpod/containers/{name}/update`. */
export const updateRequest: Schema = request("LibpodContainerUpdateRequest", {
  memory: object({ "limit?": integer, "swap?": integer, "reservation?": integer, "swappiness?": integer }),
  cpu: object({ "shares?": integer, "quota?": integer, "period?": integer, "cpus?": text, "mems?": text }),
  pids: object({ "limit?": integer }),
  blockIO: object({ "weight?": integer }),
  BlkIOWeightDevice: list(object({ "Path?": text, "Weight?": integer })),
  DeviceReadBPs: list(object({ "Path?": text, "Rate?": integer })),
  DeviceWriteBPs: list(object({ "Path?": text, "Rate?": integer })),
  DeviceReadIOPs: list(object({ "Path?": text, "Rate?": integer })),
  DeviceWriteIOPs: list(object({ "Path?": text, "Rate?": integer })),
  health_cmd: text,
  health_interval: text,
  health_retries: integer,
  health_timeout: text,
  health_start_period: text,
  health_on_failure: text,
  no_healthcheck: flag,
  Env: texts,
  UnsetEnv: texts,
});
