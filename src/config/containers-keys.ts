/** The tables of containers.conf that belong to an engine; those of other programs (machine, farms) are not looked at. */
export type ConfigSection = "containers" | "engine" | "network";

export type ConfigType = "text" | "number" | "flag" | "list" | "table";

/**
 * A key of containers.conf(5): its type, whether it has an effect here, and which option it stands for, or why it has none. Plain data, since
 * Debian's own file sets some keys, and every command looks them up: a hundred calls would take a quarter of a millisecond.
 */
export type ConfigKey = readonly [type: ConfigType, supported: boolean, note: string];

/** Every key that Podman knows; docs/configuration.md shows this table. */
export const KEYS: Readonly<Record<ConfigSection, Readonly<Record<string, ConfigKey>>>> = {
  containers: {
    annotations: ["list", true, "`--annotation`"],
    apparmor_profile: ["text", true, "`--security-opt apparmor=`"],
    base_hosts_file: ["text", true, "`--hosts-file`"],
    cgroup_conf: ["list", true, "`--cgroup-conf`"],
    cgroupns: ["text", true, "`--cgroupns`"],
    cgroups: ["text", true, "`--cgroups`"],
    container_name_as_hostname: ["flag", true, "`--hostname`, where the container has a name"],
    default_capabilities: ["list", true, "in place of the built-in ones; `--cap-add` and `--cap-drop` start from them"],
    default_sysctls: ["list", true, "`--sysctl`, where the namespace is the container's own"],
    default_ulimits: ["list", true, "`--ulimit`, but for those that are given"],
    devices: ["list", true, "`--device`"],
    dns_options: ["list", true, "`--dns-option`, unless any is given"],
    dns_searches: ["list", true, "`--dns-search`, unless any is given"],
    dns_servers: ["list", true, "`--dns`, unless any is given"],
    env: ["list", true, "variables that image and options override"],
    env_host: ["flag", true, "`--env-host`"],
    host_containers_internal_ip: ["text", false, "host.containers.internal is the gateway of the container's network"],
    http_proxy: ["flag", true, "`--http-proxy`"],
    init: ["flag", true, "`--init`"],
    init_path: ["text", true, "`--init-path`, where an init is asked for"],
    interface_name: ["text", false, "interfaces are called eth0 and so on"],
    ipcns: ["text", true, "`--ipc`"],
    keyring: ["flag", false, "each container has a keyring of its own"],
    label: ["flag", false, "there is no SELinux support"],
    label_users: ["flag", false, "there is no SELinux support"],
    log_driver: ["text", true, "`--log-driver`"],
    log_path: ["text", false, "a log lies in the root; `--log-opt path=` moves one"],
    log_size_max: ["number", true, "`--log-opt max-size=`"],
    log_tag: ["text", true, "`--log-opt tag=`"],
    mounts: ["list", true, "`--mount`"],
    netns: ["text", true, "`--network`"],
    no_hosts: ["flag", true, "`--no-hosts`"],
    oom_score_adj: ["number", true, "`--oom-score-adj`"],
    pidns: ["text", true, "`--pid`"],
    pids_limit: ["number", true, "`--pids-limit`"],
    prepare_volume_on_create: ["flag", true, "of `create`: volumes are filled at once, not at the first start"],
    privileged: ["flag", true, "`--privileged`"],
    read_only: ["flag", true, "`--read-only`"],
    seccomp_profile: ["text", true, "`--security-opt seccomp=`"],
    shm_size: ["text", true, "`--shm-size`"],
    tz: ["text", true, "`--tz`"],
    umask: ["text", true, "`--umask`"],
    userns: ["text", true, "`--userns`"],
    utsns: ["text", true, "`--uts`"],
    volumes: ["list", true, "`--volume`"],
  },
  engine: {
    active_service: ["text", false, "there is no remote client"],
    add_compression: ["list", false, "a push has one compression"],
    cdi_spec_dirs: ["list", true, "`--cdi-spec-dir`"],
    cgroup_manager: ["text", false, "cgroups are made directly (cgroupfs)"],
    compat_api_enforce_docker_hub: ["flag", false, "belongs to the API"],
    compose_providers: ["list", false, "there is a compose of its own"],
    compose_warning_logs: ["flag", false, "there is a compose of its own"],
    compression_format: ["text", true, "`--compression-format` of push"],
    compression_level: ["number", true, "`--compression-level` of push"],
    conmon_env_vars: ["list", false, "conmon has a minimal environment"],
    conmon_path: ["list", true, "the first that exists"],
    database_backend: ["text", false, "the databases are SQLite"],
    detach_keys: ["text", true, "`--detach-keys`"],
    enable_port_reservation: ["flag", false, "ports are held by the kernel's map, at no cost"],
    env: ["list", true, "of Estiba itself, such as a proxy; what is set already stays"],
    events_container_create_inspect_data: ["flag", false, "events have the fields of Podman's default"],
    events_logfile_max_size: ["text", false, "the log of events lies in the run root, which a reboot empties"],
    events_logfile_path: ["text", false, "the log of events lies in the run root"],
    events_logger: ["text", true, "`none` keeps no events; anything else is the file"],
    exit_command_delay: ["number", false, "belongs to the API"],
    healthcheck_events: ["flag", false, "each check is an event"],
    helper_binaries_dir: ["list", true, "where catatonit is looked for first"],
    hooks_dir: ["list", false, "OCI hooks of other programs are not run"],
    image_copy_tmp_dir: ["text", false, "images are unpacked beside the store, so that nothing is copied twice"],
    image_default_format: ["text", false, "OCI; `--format` of commit and build"],
    image_default_transport: ["text", false, "registries"],
    image_parallel_copies: ["number", false, "six layers at once"],
    image_volume_mode: ["text", true, "`--image-volume`"],
    infra_command: ["text", true, "`--infra-command` of pod create"],
    infra_image: ["text", true, "`--infra-image` of pod create"],
    kube_generate_type: ["text", false, "`--type` of kube generate"],
    lock_type: ["text", false, "locks are files"],
    multi_image_archive: ["flag", false, "`--multi-image-archive` of save"],
    namespace: ["text", false, "a root of its own does that: `--root`, `--runroot`"],
    network_cmd_options: ["list", false, "slirp4netns is not used"],
    network_cmd_path: ["text", false, "slirp4netns is not used"],
    network_config_dir: ["text", false, "networks are in the database"],
    no_pivot_root: ["flag", false, "the runtime always pivots"],
    num_locks: ["number", false, "locks are files: as many as it takes"],
    platform_to_oci_runtime: ["table", false, "no WebAssembly"],
    pod_exit_policy: ["text", true, "`--exit-policy` of pod create"],
    pull_policy: ["text", true, "`--pull`"],
    remote: ["flag", false, "there is no remote client"],
    retry: ["number", false, "four attempts"],
    retry_delay: ["text", false, "pauses grow, or are as long as the registry asks for"],
    runtime: ["text", true, "`--runtime`"],
    runtime_supports_json: ["list", false, "found out by the runtime's name"],
    runtime_supports_kvm: ["list", false, "no virtual machines"],
    runtime_supports_nocgroups: ["list", false, "found out by the runtime's name"],
    runtimes: ["table", true, "paths of runtimes by name"],
    service_destinations: ["table", false, "there is no remote client"],
    service_timeout: ["number", false, "`--time` of system service"],
    static_dir: ["text", false, "`--root`"],
    stop_timeout: ["number", true, "`--stop-timeout`"],
    tmp_dir: ["text", false, "`--runroot`"],
    volume_path: ["text", false, "`--root`"],
    volume_plugin_timeout: ["number", false, "plug-ins are not taken"],
    volume_plugins: ["table", false, "plug-ins are not taken"],
  },
  network: {
    cni_plugin_dirs: ["list", false, "CNI is not used"],
    default_network: ["text", false, "the default network is called podman"],
    default_rootless_network_cmd: ["text", false, "pasta"],
    default_subnet: ["text", false, "chosen free of the host's and the peers'"],
    default_subnet_pools: ["list", false, "chosen free of the host's and the peers'"],
    default_subnets: ["list", false, "chosen free of the host's and the peers'"],
    dns_bind_port: ["number", false, "53"],
    firewall_driver: ["text", false, "nftables"],
    netavark_plugin_dirs: ["list", false, "plug-ins are not taken"],
    network_backend: ["text", false, "networks are made directly"],
    network_config_dir: ["text", false, "networks are in the database"],
    pasta_options: ["list", false, "belongs to rootless networks"],
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
