// Answers of Docker's API, as far as they are read here. Field by field as the API has them.

export type PortAnswer = {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
};

/** An element of `GET /containers/json`. */
export type ContainerListed = {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly ImageID: string;
  readonly Command: string;
  readonly Created: number;
  readonly Ports?: readonly PortAnswer[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly State: string;
  readonly Status: string;
  readonly Mounts?: readonly { readonly Destination: string }[] | null;
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, unknown>> | null };
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
};

export type EndpointAnswer = {
  readonly IPAddress?: string;
  readonly GlobalIPv6Address?: string;
};

export type BindingAnswer = { readonly HostIp?: string; readonly HostPort?: string };

/** `GET /containers/{id}/json` */
export type ContainerAnswer = {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string } | null;
  };
  readonly Config: {
    readonly Image: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Tty: boolean;
    readonly OpenStdin: boolean;
    readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null;
  };
  readonly HostConfig: { readonly NetworkMode?: string; readonly AutoRemove?: boolean };
  readonly NetworkSettings: {
    readonly Ports?: Readonly<Record<string, readonly BindingAnswer[] | null>> | null;
    readonly Networks?: Readonly<Record<string, EndpointAnswer>> | null;
  };
};

/** An element of `GET /images/json`. */
export type ImageListed = {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
  readonly RepoDigests?: readonly string[] | null;
  readonly Created: number;
  readonly Size: number;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Containers?: number;
};

/** A line of a pull's, a push's, a load's or a build's progress. */
export type ProgressLine = {
  readonly status?: string;
  readonly stream?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly progress?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly code?: number; readonly message?: string };
  readonly aux?: unknown;
};

/** A line of `GET /events`. */
export type EventLine = {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes?: Readonly<Record<string, string>> | null };
  readonly time: number;
  readonly timeNano: number;
};

type CpuAnswer = {
  readonly cpu_usage?: { readonly total_usage?: number };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
};

/** `GET /containers/{id}/stats` */
export type StatsAnswer = {
  readonly name?: string;
  readonly read: string;
  readonly pids_stats?: { readonly current?: number };
  readonly cpu_stats?: CpuAnswer;
  readonly precpu_stats?: CpuAnswer;
  readonly memory_stats?: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
  readonly networks?: Readonly<Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>>;
};

/** An element of `GET /networks`. */
export type NetworkAnswer = {
  readonly Name: string;
  readonly Id: string;
  readonly Driver: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string }[] | null };
  readonly Containers?: Readonly<Record<string, unknown>> | null;
};

/** An element of `GET /volumes`. */
export type VolumeAnswer = {
  readonly Name: string;
  readonly Driver: string;
  readonly Mountpoint: string;
  readonly CreatedAt?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Options?: Readonly<Record<string, string>> | null;
  readonly Scope?: string;
};
