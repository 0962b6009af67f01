/** Limits; undefined leaves the default, 0 and -1 mean "unlimited" where Podman takes them so. */
export type Resources = {
  readonly memoryBytes?: number;
  /** Memory plus swap in bytes, -1 unlimited. */
  readonly memorySwapBytes?: number;
  readonly memoryReservationBytes?: number;
  readonly cpuQuotaUs?: number;
  readonly cpuPeriodUs?: number;
  readonly cpuShares?: number;
  readonly cpusetCpus?: string;
  readonly pidsLimit?: number;
  readonly shmBytes?: number;
  readonly oomScoreAdjust?: number;
};
