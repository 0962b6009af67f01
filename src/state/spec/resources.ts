/** Limits; undefined leaves the default, 0 and -1 mean "unlimited" where Podman takes them so. */
export type Resources = {
  readonly memoryBytes?: number;
  /** Memory plus swap in bytes, -1 unlimited. */
  readonly memorySwapBytes?: number;
  readonly memoryReservationBytes?: number;
  /** 0 to 100; cgroup v1 only. */
  readonly memorySwappiness?: number;
  /** cgroup v1 only. */
  readonly oomKillDisable?: boolean;
  readonly cpuQuotaUs?: number;
  readonly cpuPeriodUs?: number;
  readonly cpuShares?: number;
  /** Real-time scheduling; cgroup v1 only. */
  readonly cpuRtPeriodUs?: number;
  readonly cpuRtRuntimeUs?: number;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  /** 10 to 1000. */
  readonly blockWeight?: number;
  readonly blockWeightDevices?: readonly BlockDeviceWeight[];
  /** Bytes per second. */
  readonly readBps?: readonly BlockDeviceRate[];
  readonly writeBps?: readonly BlockDeviceRate[];
  /** Operations per second. */
  readonly readIops?: readonly BlockDeviceRate[];
  readonly writeIops?: readonly BlockDeviceRate[];
  readonly pidsLimit?: number;
  readonly shmBytes?: number;
  readonly oomScoreAdjust?: number;
  /** cgroup v2 files by name and what to write to them. */
  readonly cgroupFiles?: Readonly<Record<string, string>>;
  /** An absolute path below the cgroup mounts, in whose place the engine's own parent stands otherwise. */
  readonly cgroupParent?: string;
  /** The monitor stays in the caller's cgroup. */
  readonly cgroupWithoutMonitor?: boolean;
};

/** A block device of the host by its path; what stands there counts when the container starts. */
export type BlockDeviceRate = { readonly path: string; readonly rate: number };

export type BlockDeviceWeight = { readonly path: string; readonly weight: number };
