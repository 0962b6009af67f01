import type { Build } from "./build-section.ts";
import type { Deploy, DeviceRequest } from "./deploy.ts";
import type { Own } from "./own.ts";
import type { Bytes, Extensions, Mapping, Milliseconds } from "./project.ts";
import type { Mount } from "./service-mount.ts";

/** Variables of a container; null takes the variable away even where the image sets it. */
export type Environment = Readonly<Record<string, string | null>>;

/** One service in canonical form. An attribute that is absent was not given; the engine's or the image's default holds. */
export type Service = {
  readonly profiles?: readonly string[];
  readonly annotations?: Mapping;
  readonly attach?: boolean;
  readonly build?: Build;
  readonly develop?: { readonly watch?: readonly WatchRule[] } & Extensions;
  readonly blkio_config?: BlockIo;
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly cgroup_parent?: string;
  readonly cgroup?: "host" | "private";
  readonly cpu_count?: number;
  readonly cpu_percent?: number;
  readonly cpu_period?: number;
  readonly cpu_quota?: number;
  readonly cpu_rt_period?: number;
  readonly cpu_rt_runtime?: number;
  readonly cpus?: number;
  readonly cpuset?: string;
  readonly cpu_shares?: number;
  /** null: the image's. An empty list: none. */
  readonly command: readonly string[] | null;
  readonly configs?: readonly FileReference[];
  readonly container_name?: string;
  readonly credential_spec?: {
    readonly config?: string;
    readonly file?: string;
    readonly registry?: string;
  } & Extensions;
  /** With the edges that links, volumes_from and `service:x` namespaces imply. */
  readonly depends_on?: Readonly<Record<string, Dependency>>;
  readonly deploy?: Deploy;
  readonly device_cgroup_rules?: readonly string[];
  readonly devices?: readonly Device[];
  readonly dns?: readonly string[];
  readonly dns_opt?: readonly string[];
  readonly dns_search?: readonly string[];
  readonly domainname?: string;
  /** null: the image's. An empty list: none. One that is not null drops the image's CMD too. */
  readonly entrypoint: readonly string[] | null;
  readonly provider?: Provider;
  /** What env_file and environment make together; project variables are already in it. */
  readonly environment?: Environment;
  /** Only where env files were not resolved (`resolveEnvironment: false`). */
  readonly env_file?: readonly EnvFile[];
  readonly expose?: readonly string[];
  readonly external_links?: readonly string[];
  /** `name=address`, one entry for each address. */
  readonly extra_hosts?: readonly string[];
  readonly group_add?: readonly string[];
  readonly gpus?: readonly DeviceRequest[];
  readonly hostname?: string;
  readonly healthcheck?: Healthcheck;
  readonly image?: string;
  readonly init?: boolean;
  readonly ipc?: string;
  readonly isolation?: string;
  readonly labels?: Mapping;
  /** Only where env files were not resolved. */
  readonly label_file?: readonly string[];
  readonly links?: readonly string[];
  readonly logging?: { readonly driver?: string; readonly options?: Mapping } & Extensions;
  readonly mem_limit?: Bytes;
  readonly mem_reservation?: Bytes;
  /** -1: unlimited. */
  readonly memswap_limit?: Bytes;
  readonly mem_swappiness?: number;
  readonly mac_address?: string;
  readonly models?: Readonly<Record<string, ServiceModel | null>>;
  readonly network_mode?: string;
  /** At least `default`, unless network_mode is given. */
  readonly networks?: Readonly<Record<string, ServiceNetwork | null>>;
  readonly oom_kill_disable?: boolean;
  readonly oom_score_adj?: number;
  readonly pid?: string;
  readonly pids_limit?: number;
  readonly platform?: string;
  readonly ports?: readonly Port[];
  readonly privileged?: boolean;
  readonly pull_policy?: string;
  readonly pull_refresh_after?: string;
  readonly read_only?: boolean;
  readonly restart?: string;
  readonly runtime?: string;
  readonly scale?: number;
  readonly secrets?: readonly FileReference[];
  readonly security_opt?: readonly string[];
  readonly shm_size?: Bytes;
  readonly stdin_open?: boolean;
  readonly stop_grace_period?: Milliseconds;
  readonly stop_signal?: string;
  readonly storage_opt?: Mapping;
  readonly sysctls?: Mapping;
  /** `path[:options]`. */
  readonly tmpfs?: readonly string[];
  readonly tty?: boolean;
  readonly ulimits?: Readonly<Record<string, Ulimit>>;
  readonly use_api_socket?: boolean;
  readonly user?: string;
  readonly userns_mode?: string;
  readonly uts?: string;
  readonly volumes?: readonly Mount[];
  readonly volumes_from?: readonly string[];
  readonly working_dir?: string;
  readonly pre_start?: readonly InitHook[];
  readonly post_start?: readonly Hook[];
  readonly pre_stop?: readonly Hook[];
  readonly "x-estiba"?: Own | null;
} & Extensions;

export type Condition = "service_started" | "service_healthy" | "service_completed_successfully";

export type Dependency = {
  readonly condition: Condition;
  /** The dependent is restarted when this one is recreated or restarted by a command. */
  readonly restart?: boolean;
  readonly required: boolean;
} & Extensions;

export type Healthcheck = {
  /** Begins with CMD, CMD-SHELL or NONE. */
  readonly test?: readonly string[];
  readonly timeout?: Milliseconds;
  readonly interval?: Milliseconds;
  readonly retries?: number;
  readonly start_period?: Milliseconds;
  readonly start_interval?: Milliseconds;
  readonly disable?: boolean;
} & Extensions;

export type Port = {
  readonly name?: string;
  readonly mode: string;
  readonly host_ip?: string;
  readonly target: number;
  /** One port, or a range such as `8000-9000` of which one is taken; absent: any free port. */
  readonly published?: string;
  readonly protocol: string;
  readonly app_protocol?: string;
} & Extensions;

export type ServiceNetwork = {
  readonly aliases?: readonly string[];
  readonly driver_opts?: Mapping;
  readonly gw_priority?: number;
  readonly interface_name?: string;
  readonly ipv4_address?: string;
  readonly ipv6_address?: string;
  readonly link_local_ips?: readonly string[];
  readonly mac_address?: string;
  readonly priority?: number;
} & Extensions;

/** A secret or a config in a container. The target of a config is `/<source>`, of a secret `/run/secrets/<source>`, where none is given. */
export type FileReference = {
  readonly source: string;
  readonly target?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly mode?: number;
} & Extensions;

export type EnvFile = { readonly path: string; readonly required: boolean; readonly format?: string };

export type Device = { readonly source: string; readonly target?: string; readonly permissions?: string } & Extensions;

/** A single number, or both. */
export type Ulimit = number | ({ readonly soft: number; readonly hard: number } & Extensions);

/** A command in the running container. */
export type Hook = {
  readonly command: readonly string[] | null;
  readonly user?: string;
  readonly privileged?: boolean;
  readonly working_dir?: string;
  readonly environment?: Environment;
} & Extensions;

/** A container of its own that runs to its end before the service's containers are made. */
export type InitHook = Hook & { readonly image?: string; readonly per_replica?: boolean };

export type WatchRule = {
  readonly path: string;
  readonly action: "rebuild" | "sync" | "restart" | "sync+restart" | "sync+exec";
  readonly target?: string;
  readonly exec?: Hook;
  readonly include?: readonly string[];
  readonly ignore?: readonly string[];
  readonly initial_sync?: boolean;
} & Extensions;

export type Provider = {
  readonly type: string;
  readonly options?: Readonly<Record<string, readonly string[]>>;
} & Extensions;

export type ServiceModel = { readonly endpoint_var?: string; readonly model_var?: string } & Extensions;

export type BlockIo = {
  readonly weight?: number;
  readonly weight_device?: readonly { readonly path: string; readonly weight: number }[];
  readonly device_read_bps?: readonly { readonly path: string; readonly rate: Bytes }[];
  readonly device_write_bps?: readonly { readonly path: string; readonly rate: Bytes }[];
  readonly device_read_iops?: readonly { readonly path: string; readonly rate: number }[];
  readonly device_write_iops?: readonly { readonly path: string; readonly rate: number }[];
} & Extensions;
