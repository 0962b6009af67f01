import { availableParallelism, totalmem } from "node:os";
import { cgroupFoldersOf } from "../host/cgroup-folders.ts";
import {
  type CgroupDetails,
  type CgroupUsage,
  lowestMemoryLimit,
  readCgroupDetails,
  readCgroupUsage,
  readSystemNanos,
} from "../host/cgroup-usage.ts";
import { type NetworkUsage, readNetworkUsage } from "../host/network-usage.ts";
import type { ContainerRecord } from "../state/container.ts";
import type { Engine } from "./engine.ts";
import { isRunning, observe } from "./status.ts";

/** What a container uses at a moment; times in milliseconds since the epoch. */
export type ContainerUsage = Omit<CgroupUsage, "memoryLimitBytes"> &
  NetworkUsage & {
    /** The host's memory when there is no lower limit. */
    readonly memoryLimitBytes: number;
    readonly startedAt: number;
    readonly takenAt: number;
  };

/** Reads what a container uses now; undefined when it does not run. Takes no lock. */
export function readUsage(engine: Engine, record: ContainerRecord): ContainerUsage | undefined {
  const { status, state } = observe(engine, record);
  if (state?.init === undefined || !isRunning({ status })) return undefined;
  const { pid } = state.init;
  const folders = cgroupFoldersOf(pid);
  // Without a cgroup of its own it would be the caller's.
  const isOwn = (folders.unified ?? [...folders.v1.values()].join(" ")).includes(record.id);
  const usage = isOwn ? readCgroupUsage(folders) : undefined;
  if (usage === undefined) return undefined;
  const total = totalmem();
  return {
    ...usage,
    ...readNetworkUsage(pid),
    memoryLimitBytes: Math.min(lowestMemoryLimit(folders) ?? total, total),
    startedAt: state.startedAt ?? Date.now(),
    takenAt: performance.timeOrigin + performance.now(),
  };
}

/** What Docker's clients work out percentages with, beside {@link ContainerUsage}. */
export type UsageDetails = {
  /** Of the container's memory, what is cache that can be dropped at once. */
  readonly inactiveFileBytes: number;
  readonly kernelNanos: number;
  readonly userNanos: number;
  /** Of all processors together, since boot. */
  readonly systemNanos: number;
  readonly onlineCpus: number;
};

/** Reads these for a container; zero for one that does not run. */
export function readUsageDetails(engine: Engine, record: ContainerRecord): UsageDetails {
  const { state } = observe(engine, record);
  const times = state?.init === undefined ? undefined : readCgroupDetails(cgroupFoldersOf(state.init.pid));
  return { ...(times ?? NO_DETAILS), systemNanos: readSystemNanos(), onlineCpus: availableParallelism() };
}

const NO_DETAILS: CgroupDetails = { inactiveFileBytes: 0, kernelNanos: 0, userNanos: 0 };
