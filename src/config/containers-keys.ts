/** The tables of containers.conf that belong to an engine; those of other programs (machine, farms) are not looked at. */
export type ConfigSection = "containers" | "engine" | "network";

export type ConfigType = "text" | "number" | "flag" | "list" | "table";

/** A key of containers.conf(5): whether it has an effect here, and which option it stands for, or why it has none. */
export type ConfigKey = { readonly type: ConfigType; readonly supported: boolean; readonly note: string };

const yes = (type: ConfigType, note: string): ConfigKey => ({ type, supported: true, note });
const no = (type: ConfigType, note: string): ConfigKey => ({ type, supported: false, note });

/** Every key that Podman knows; docs/configuration.md shows this table. */
export const KEYS: Readonly<Record<ConfigSection, Readonly<Record<string, ConfigKey>>>> = {
  containers: {
    annotations: yes("list", "`--annotation`"),
    apparmor_profile: yes("text", "`--security-opt apparmor=`"),
    base_hosts_file: yes("text", "`--hosts-file`"),
    cgroup_conf: yes("list", "`--cgroup-conf`"),
    cgroupns: yes("text", "`--cgroupns`"),
    cgroups: yes("text", "`--cgroups`"),
    container_name_as_hostname: yes("flag", "`--hostname`, where the container has a name"),
    default_capabilities: yes("list", "in place of the built-in ones; `--cap-add` and `--cap-drop` start from them"),
    default_sysctls: yes("list", "`--sysctl`, where the namespace is the container's own"),
    default_ulimits: yes("list", "`--ulimit`, but for those that are given"),
    devices: yes("list", "`--device`"),
    dns_options: yes("list", "`--dns-option`, unless any is given"),
    dns_searches: yes("list", "`--dns-search`, unless any is given"),
    dns_servers: yes("list", "`--dns`, unless any is given"),
    env: yes("list", "variables that image and options override"),
    env_host: yes("flag", "`--env-host`"),
    host_containers_internal_ip: no("text", "host.containers.internal is the gateway of the container's network"),
    http_proxy: yes("flag", "`--http-proxy`"),
    init: yes("flag", "`--init`"),
    init_path: yes("text", "`--init-path`, where an init is asked for"),
    interface_name: no("text", "interfaces are called eth0 and so on"),
    ipcns: yes("text", "`--ipc`"),
    keyring: no("flag", "each container has a keyring of its own"),
    label: no("flag", "there is no SELinux support"),
    label_users: no("flag", "there is no SELinux support"),
    log_driver: yes("text", "`--log-driver`"),
    log_path: no("text", "a log lies in the root; `--log-opt path=` moves one"),
    log_size_max: yes("number", "`--log-opt max-size=`"),
    log_tag: yes("text", "`--log-opt tag=`"),
    mounts: yes("list", "`--mount`"),
    netns: yes("text", "`--network`"),
    no_hosts: yes("flag", "`--no-hosts`"),
    oom_score_adj: yes("number", "`--oom-score-adj`"),
    pidns: yes("text", "`--pid`"),
    pids_limit: yes("number", "`--pids-limit`"),
    prepare_volume_on_create: yes("flag", "of `create`: volumes are filled at once, not at the first start"),
    privileged: yes("flag", "`--privileged`"),
    read_only: yes("flag", "`--read-only`"),
    seccomp_profile: yes("text", "`--security-opt seccomp=`"),
    shm_size: yes("text", "`--shm-size`"),
    tz: yes("text", "`--tz`"),
    umask: yes("text", "`--umask`"),
    userns: yes("text", "`--userns`"),
    utsns: yes("text", "`--uts`"),
    volumes: yes("list", "`--volume`"),
  },
  engine: {
    active_service: no("text", "there is no remote client"),
    add_compression: no("list", "a push has one compression"),
    cdi_spec_dirs: yes("list", "`--cdi-spec-dir`"),
    cgroup_manager: no("text", "cgroups are made directly (cgroupfs)"),
    compat_api_enforce_docker_hub: no("flag", "belongs to the API"),
    compose_providers: no("list", "there is a compose of its own"),
    compose_warning_logs: no("flag", "there is a compose of its own"),
    compression_format: yes("text", "`--compression-format` of push"),
    compression_level: yes("number", "`--compression-level` of push"),
    conmon_env_vars: no("list", "conmon has a minimal environment"),
    conmon_path: yes("list", "the first that exists"),
    database_backend: no("text", "the databases are SQLite"),
    detach_keys: yes("text", "`--detach-keys`"),
    enable_port_reservation: no("flag", "ports are held by the kernel's map, at no cost"),
    env: yes("list", "of Estiba itself, such as a proxy; what is set already stays"),
    events_container_create_inspect_data: no("flag", "events have the fields of Podman's default"),
    events_logfile_max_size: no("text", "the log of events lies in the run root, which a reboot empties"),
    events_logfile_path: no("text", "the log of events lies in the run root"),
    events_logger: yes("text", "`none` keeps no events; anything else is the file"),
    exit_command_delay: no("number", "belongs to the API"),
    healthcheck_events: no("flag", "each check is an event"),
    helper_binaries_dir: yes("list", "where catatonit is looked for first"),
    hooks_dir: no("list", "OCI hooks of other programs are not run"),
    image_copy_tmp_dir: no("text", "images are unpacked beside the store, so that nothing is copied twice"),
    image_default_format: no("text", "OCI; `--format` of commit and build"),
    image_default_transport: no("text", "registries"),
    image_parallel_copies: no("number", "six layers at once"),
    image_volume_mode: yes("text", "`--image-volume`"),
    infra_command: yes("text", "`--infra-command` of pod create"),
    infra_image: yes("text", "`--infra-image` of pod create"),
    kube_generate_type: no("text", "`--type` of kube generate"),
    lock_type: no("text", "locks are files"),
    multi_image_archive: no("flag", "`--multi-image-archive` of save"),
    namespace: no("text", "a root of its own does that: `--root`, `--runroot`"),
    network_cmd_options: no("list", "slirp4netns is not used"),
    network_cmd_path: no("text", "slirp4netns is not used"),
    network_config_dir: no("text", "networks are in the database"),
    no_pivot_root: no("flag", "the runtime always pivots"),
    num_locks: no("number", "locks are files: as many as it takes"),
    platform_to_oci_runtime: no("table", "no WebAssembly"),
    pod_exit_policy: yes("text", "`--exit-policy` of pod create"),
    pull_policy: yes("text", "`--pull`"),
    remote: no("flag", "there is no remote client"),
    retry: no("number", "four attempts"),
    retry_delay: no("text", "pauses grow, or are as long as the registry asks for"),
    runtime: yes("text", "`--runtime`"),
    runtime_supports_json: no("list", "found out by the runtime's name"),
    runtime_supports_kvm: no("list", "no virtual machines"),
    runtime_supports_nocgroups: no("list", "found out by the runtime's name"),
    runtimes: yes("table", "paths of runtimes by name"),
    service_destinations: no("table", "there is no remote client"),
    service_timeout: no("number", "`--time` of system service"),
    static_dir: no("text", "`--root`"),
    stop_timeout: yes("number", "`--stop-timeout`"),
    tmp_dir: no("text", "`--runroot`"),
    volume_path: no("text", "`--root`"),
    volume_plugin_timeout: no("number", "plug-ins are not taken"),
    volume_plugins: no("table", "plug-ins are not taken"),
  },
  network: {
    cni_plugin_dirs: no("list", "CNI is not used"),
    default_network: no("text", "the default network is called podman"),
    default_rootless_network_cmd: no("text", "pasta"),
    default_subnet: no("text", "chosen free of the host's and the peers'"),
    default_subnet_pools: no("list", "chosen free of the host's and the peers'"),
    default_subnets: no("list", "chosen free of the host's and the peers'"),
    dns_bind_port: no("number", "53"),
    firewall_driver: no("text", "nftables"),
    netavark_plugin_dirs: no("list", "plug-ins are not taken"),
    network_backend: no("text", "networks are made directly"),
    network_config_dir: no("text", "networks are in the database"),
    pasta_options: no("list", "belongs to rootless networks"),
  },
};

/** Whether a value is of the type; a number may be given as text, as Podman's own files do with sizes. */
export function isKnownType(type: ConfigType, value: unknown): boolean {
  switch (type) {
    case "text":
      return typeof value === "string" || typeof value === "number";
    case "number":
      return typeof value === "number";
    case "flag":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value);
    case "table":
      return typeof value === "object" && value !== null && !Array.isArray(value);
  }
}
