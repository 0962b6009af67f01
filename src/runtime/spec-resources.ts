import { EstibaError } from "../lib/error.ts";
import { present } from "../lib/present.ts";
import type { SpecCpu, SpecDeviceRule, SpecMemory, SpecResources, SpecRlimit } from "../oci/runtime-spec.ts";
import type { Resources } from "../state/spec/resources.ts";
import type { HostLimits } from "./host-limits.ts";
import { discarded, planBlockIo } from "./spec-block-io.ts";

/** Podman's default number of processes of a container. */
const DEFAULT_PIDS_LIMIT = 2048;
const DEFAULT_NOFILE = 1_048_576;
/** linux/threads.h PID_MAX_LIMIT: the kernel refuses a higher limit of processes. */
const MOST_PIDS = 4_194_304;
/** kernel/sched: MIN_SHARES and MAX_SHARES. */
const LEAST_SHARES = 2;
const MOST_SHARES = 262_144;

/** "Unlimited": 2^64, one above what the kernel has for it, since no JavaScript number is 2^64-1; {@link printSpec} writes that one. */
const RLIM_INFINITY = 2 ** 64;

/** A runtime spec as JSON text. */
export function printSpec(spec: unknown): string {
  return JSON.stringify(spec).replaceAll(String(RLIM_INFINITY), "18446744073709551615");
}

/** What a container gets of the limits it wants, and a line for the user on each that it does not get as wanted. */
export type PlannedResources = {
  readonly resources: SpecResources;
  readonly oomScoreAdj: number | undefined;
  readonly warnings: readonly string[];
};

/**
 * The limits in the runtime spec's words, right for both versions of cgroups: what is converted between them (weights, swap) converts the
 * runtime. A limit that this kernel cannot keep is left out with a warning, as both peers do; a default one silently. Memory plus swap is
 * twice the memory unless given. Pure. Source: runtime-spec config-linux.md, "Control groups".
 * @throws `unsupported` for cgroup v2 files on a host without v2.
 */
export function planResources(wanted: Resources, devices: SpecDeviceRule[], host: HostLimits): PlannedResources {
  const warnings: string[] = [];
  const resources: SpecResources = { devices };
  const pids = planPids(wanted, host, warnings);
  if (pids !== undefined) resources.pids = { limit: pids };
  const memory = planMemory(wanted, host, warnings);
  if (Object.keys(memory).length > 0) resources.memory = memory;
  const cpu = planCpu(wanted, host, warnings);
  if (Object.keys(cpu).length > 0) resources.cpu = cpu;
  const blockIo = planBlockIo(wanted, host, warnings);
  if (Object.keys(blockIo).length > 0) resources.blockIO = blockIo;
  if (wanted.cgroupFiles !== undefined) resources.unified = planFiles(wanted.cgroupFiles, host);
  return { resources, oomScoreAdj: planOomScore(wanted, host, warnings), warnings };
}

function planPids({ pidsLimit }: Resources, host: HostLimits, warnings: string[]): number | undefined {
  const limit = pidsLimit ?? DEFAULT_PIDS_LIMIT;
  // A cgroup begins without a limit, and crun cannot write "none" to one of v1.
  if (limit <= 0) return undefined;
  if (!host.controllers.includes("pids")) {
    if (pidsLimit !== undefined) warnings.push(discarded("pids limit capabilities", "PIDs limit"));
    return undefined;
  }
  if (limit > MOST_PIDS)
    warnings.push(`the kernel allows no more than ${MOST_PIDS} for --pids-limit: the container gets that`);
  return Math.min(limit, MOST_PIDS);
}

function planMemory(wanted: Resources, host: HostLimits, warnings: string[]): SpecMemory {
  const limit = positive(wanted.memoryBytes);
  const reservation = positive(wanted.memoryReservationBytes);
  const { memorySwapBytes, memorySwappiness: swappiness, oomKillDisable } = wanted;
  const swap = memorySwapBytes ?? (limit === undefined ? undefined : limit * 2);
  checkMemory(wanted);
  warnings.push(...memoryWarnings(wanted, host));
  if (!host.controllers.includes("memory")) return {};
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(reservation === undefined ? {} : { reservation }),
    ...(swap === undefined || !host.swapAccounting ? {} : { swap }),
    ...(swappiness === undefined || host.unified ? {} : { swappiness }),
    ...(oomKillDisable !== true || host.unified ? {} : { disableOOMKiller: true }),
  };
}

/** Throws `invalid` for limits of memory that contradict each other. */
export function checkMemory(wanted: Resources): void {
  const what = memoryFault(wanted);
  if (what === undefined) return;
  throw new EstibaError("invalid", {
    reason: "resources.contradictory_memory",
    what,
    fix: "for example --memory 512m --memory-swap 1g --memory-reservation 256m",
  });
}

// In Podman's words.
function memoryFault({ memoryBytes, memoryReservationBytes = 0, memorySwapBytes = 0 }: Resources): string | undefined {
  const limit = positive(memoryBytes);
  if (limit === undefined)
    return memorySwapBytes > 0 ? "you should always set a memory limit when using a memoryswap limit" : undefined;
  if (memorySwapBytes > 0 && memorySwapBytes < limit)
    return "minimum memoryswap limit should be larger than memory limit";
  return memoryReservationBytes > limit
    ? "minimum memory limit cannot be less than memory reservation limit"
    : undefined;
}

function memoryWarnings(wanted: Resources, host: HostLimits): string[] {
  const { memorySwapBytes: swap, memorySwappiness: swappiness, oomKillDisable } = wanted;
  const has = host.controllers.includes("memory");
  const limited = positive(wanted.memoryBytes) !== undefined;
  const warnings: string[] = [];
  if (!has && limited) warnings.push(discarded("memory limit capabilities", "Limitation"));
  if (!has && positive(wanted.memoryReservationBytes) !== undefined)
    warnings.push(discarded("memory soft limit capabilities", "Limitation"));
  if (!has && !limited && swap !== undefined) warnings.push(discarded("swap limit capabilities", "Limitation"));
  if (has && swap !== undefined && !host.swapAccounting) warnings.push(NO_SWAP_LIMIT);
  if (swappiness !== undefined && (!has || host.unified))
    warnings.push(discarded("memory swappiness capabilities", "Memory swappiness"));
  if (oomKillDisable === true && (!has || host.unified)) warnings.push(NO_OOM_KILL_DISABLE);
  return warnings;
}

function planCpu(wanted: Resources, host: HostLimits, warnings: string[]): SpecCpu {
  const quota = wanted.cpuQuotaUs === 0 ? undefined : wanted.cpuQuotaUs;
  const period = positive(wanted.cpuPeriodUs);
  const times = { shares: planShares(wanted, warnings), quota, period };
  const sets = { cpus: wanted.cpusetCpus, mems: wanted.cpusetMems };
  const realTime = { realtimeRuntime: wanted.cpuRtRuntimeUs, realtimePeriod: positive(wanted.cpuRtPeriodUs) };
  const cpu: SpecCpu = {};
  if (host.controllers.includes("cpu")) Object.assign(cpu, present(times));
  else {
    if (times.shares !== undefined) warnings.push(discarded("CPU shares", "Shares"));
    if (period !== undefined) warnings.push(discarded("CPU cfs period", "Period"));
    if (quota !== undefined) warnings.push(discarded("CPU cfs quota", "Quota"));
  }
  if (host.controllers.includes("cpuset")) Object.assign(cpu, present(sets));
  else if ((sets.cpus ?? sets.mems) !== undefined) warnings.push(discarded("cpuset", "CPUset"));
  if (host.realTime && !host.unified) Object.assign(cpu, present(realTime));
  else if (Object.keys(present(realTime)).length > 0)
    warnings.push(discarded("CPU real-time scheduling", "Real-time limits"));
  return cpu;
}

function planShares({ cpuShares }: Resources, warnings: string[]): number | undefined {
  if (cpuShares === undefined || cpuShares === 0) return undefined;
  if (cpuShares > MOST_SHARES)
    warnings.push(`the kernel allows no more than ${MOST_SHARES} for --cpu-shares: the container gets that`);
  return Math.min(Math.max(cpuShares, LEAST_SHARES), MOST_SHARES);
}

function planOomScore({ oomScoreAdjust: score }: Resources, host: HostLimits, warnings: string[]): number | undefined {
  if (score === undefined || score >= host.leastOomScore) return score;
  warnings.push(
    `this host allows no less than ${host.leastOomScore} for --oom-score-adj (CAP_SYS_RESOURCE is missing): the container gets that`,
  );
  return host.leastOomScore;
}

function planFiles(files: Readonly<Record<string, string>>, host: HostLimits): Record<string, string> {
  if (host.unified) return { ...files };
  throw new EstibaError("unsupported", {
    reason: "resources.no_cgroup_v2",
    what: `--cgroup-conf "${Object.keys(files).join(", ")}" needs cgroup v2, and this host has cgroup v1`,
    fix: "leave it out, or boot the host with systemd.unified_cgroup_hierarchy=1",
  });
}

const NO_SWAP_LIMIT =
  "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.";
const NO_OOM_KILL_DISABLE = "Your kernel does not support OomKillDisable. OomKillDisable discarded.";

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

type Ulimits = Readonly<Record<string, { readonly soft: number; readonly hard: number }>>;

/** Resource limits of the process: those asked for, and Podman's defaults for open files and processes; none above what the host allows. */
export function planRlimits(wanted: Ulimits, host: Pick<HostLimits, "hardLimits">): SpecRlimit[] {
  const all: Ulimits = {
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
export function clampedLimits(wanted: Ulimits, host: Pick<HostLimits, "hardLimits">): string[] {
  return Object.entries(wanted)
    .filter(
      ([name, { hard }]) => (hard < 0 ? RLIM_INFINITY : hard) > (host.hardLimits?.[name] ?? Number.POSITIVE_INFINITY),
    )
    .map(([name]) => name);
}
