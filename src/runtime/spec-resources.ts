import type { SpecDeviceRule, SpecResources, SpecRlimit } from "../oci/runtime-spec.ts";
import type { Resources } from "../state/spec/resources.ts";

/** Podman's default number of processes of a container. */
const DEFAULT_PIDS_LIMIT = 2048;
const DEFAULT_NOFILE = 1_048_576;

/** "Unlimited": 2^64, one above what the kernel has for it, since no JavaScript number is 2^64-1; {@link printSpec} writes that one. */
const RLIM_INFINITY = 2 ** 64;

/** A runtime spec as JSON text. */
export function printSpec(spec: unknown): string {
  return JSON.stringify(spec).replaceAll(String(RLIM_INFINITY), "18446744073709551615");
}

/** What the host can give: limits beyond it are left out or clamped. */
export type HostLimits = {
  /** The engine's own hard limits by name; undefined where it may raise them. */
  readonly hardLimits: Readonly<Record<string, number>> | undefined;
  /** Whether the kernel accounts swap for cgroups. */
  readonly swapAccounting: boolean;
};

/** The cgroup limits. Memory plus swap is twice the memory unless given, as both peers have it. */
export function planResources(wanted: Resources, devices: SpecDeviceRule[], host: HostLimits): SpecResources {
  const limit = wanted.pidsLimit ?? DEFAULT_PIDS_LIMIT;
  // A cgroup begins without a limit, and crun cannot write "none" to one of v1.
  const resources: SpecResources = { devices, ...(limit > 0 ? { pids: { limit } } : {}) };
  const memory = planMemory(wanted, host);
  if (memory !== undefined) resources.memory = memory;
  const cpu = {
    ...(wanted.cpuShares === undefined ? {} : { shares: wanted.cpuShares }),
    ...(wanted.cpuQuotaUs === undefined ? {} : { quota: wanted.cpuQuotaUs }),
    ...(wanted.cpuPeriodUs === undefined ? {} : { period: wanted.cpuPeriodUs }),
    ...(wanted.cpusetCpus === undefined ? {} : { cpus: wanted.cpusetCpus }),
  };
  if (Object.keys(cpu).length > 0) resources.cpu = cpu;
  return resources;
}

function planMemory(wanted: Resources, host: HostLimits): SpecResources["memory"] {
  const { memoryBytes: limit, memorySwapBytes, memoryReservationBytes: reservation } = wanted;
  if (limit === undefined && reservation === undefined) return undefined;
  const swap = memorySwapBytes ?? (limit === undefined ? undefined : limit * 2);
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(reservation === undefined ? {} : { reservation }),
    ...(swap === undefined || !host.swapAccounting ? {} : { swap }),
  };
}

/** Resource limits of the process: those asked for, and Podman's defaults for open files and processes; none above what the host allows. */
export function planRlimits(
  wanted: Readonly<Record<string, { soft: number; hard: number }>>,
  host: HostLimits,
): SpecRlimit[] {
  const all = {
    nofile: { soft: DEFAULT_NOFILE, hard: DEFAULT_NOFILE },
    nproc: { soft: DEFAULT_NOFILE, hard: DEFAULT_NOFILE },
    ...wanted,
  };
  return Object.entries(all).map(([name, { soft, hard }]) => {
    const ceiling = host.hardLimits?.[name] ?? Number.POSITIVE_INFINITY;
    const clamp = (value: number): number => Math.min(value < 0 ? RLIM_INFINITY : value, ceiling, RLIM_INFINITY);
    return {
      type: `RLIMIT_${name.toUpperCase()}` as const,
      soft: clamp(soft),
      hard: clamp(hard),
    };
  });
}

/** The names of the explicit limits that were clamped: the user is told once. */
export function clampedLimits(
  wanted: Readonly<Record<string, { soft: number; hard: number }>>,
  host: HostLimits,
): string[] {
  return Object.entries(wanted)
    .filter(
      ([name, { hard }]) => (hard < 0 ? RLIM_INFINITY : hard) > (host.hardLimits?.[name] ?? Number.POSITIVE_INFINITY),
    )
    .map(([name]) => name);
}
