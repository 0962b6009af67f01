/** A published port. */
export type PortOption = {
  /** The port in the container, 1 to 65535. */
  readonly container: number;
  /** The port on the host; undefined or 0 for a free one, which {@link Container.port} tells. */
  readonly host?: number;
  /** The host's address; undefined for all of them. */
  readonly hostIp?: string;
  /** `tcp` when undefined. */
  readonly protocol?: "tcp" | "udp" | "sctp";
};

/** What is mounted into a container at `target`, an absolute path in it. */
export type MountOption =
  /** A file or folder of the host; `source` is absolute. */
  | { readonly type: "bind"; readonly source: string; readonly target: string; readonly readOnly?: boolean }
  /** A volume by name, made on first use; without `source` an anonymous one, which goes with the container. */
  | { readonly type: "volume"; readonly source?: string; readonly target: string; readonly readOnly?: boolean }
  /** A file system in memory. */
  | { readonly type: "tmpfs"; readonly target: string; readonly sizeBytes?: number };

/** How a container's health is checked, over what its image says. */
export type HealthOption = {
  /** `["CMD", ...argv]`, `["CMD-SHELL", script]`, `["HTTP", url]`, `["TCP", ":port"]`, or `["NONE"]`. */
  readonly test: readonly string[];
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly startPeriodMs?: number;
  readonly retries?: number;
};

/** What a container is to be; what is left out is as with `estiba run`. */
export type ContainerOptions = {
  /** An image's name or id. One that is not here is pulled, unless `pull` says otherwise. */
  readonly image: string;
  readonly pull?: "missing" | "always" | "newer" | "never";
  readonly name?: string;
  /** The arguments after the image; undefined takes the image's CMD. */
  readonly command?: readonly string[];
  /** Instead of the image's ENTRYPOINT; an empty list clears it. */
  readonly entrypoint?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workdir?: string;
  /** `name|uid[:group|gid]` */
  readonly user?: string;
  readonly hostname?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports?: readonly PortOption[];
  readonly mounts?: readonly MountOption[];
  /** `none`, `host`, or the names of networks; undefined for the default one. */
  readonly network?: "none" | "host" | readonly string[];
  /** Further names by which the containers of its networks find it. */
  readonly aliases?: readonly string[];
  readonly memoryBytes?: number;
  /** Processors, such as 1.5. */
  readonly cpus?: number;
  readonly pidsLimit?: number;
  readonly privileged?: boolean;
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  readonly readOnlyRoot?: boolean;
  readonly tty?: boolean;
  /** Keep stdin open. */
  readonly stdin?: boolean;
  readonly stopSignal?: string;
  /** Between the stop signal and SIGKILL; 10 when undefined. */
  readonly stopTimeoutSeconds?: number;
  readonly restart?: "no" | "always" | "unless-stopped" | "on-failure";
  readonly health?: HealthOption;
  /** Remove it, with its anonymous volumes, when it ends. */
  readonly autoRemove?: boolean;
};
