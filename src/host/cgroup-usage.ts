import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { type CgroupFolders, readCgroupFile } from "./cgroup-folders.ts";

/** What the processes of a cgroup use; zero for what the host does not count. */
export type CgroupUsage = {
  readonly cpuNanos: number;
  readonly memoryBytes: number;
  /** Undefined for none. */
  readonly memoryLimitBytes: number | undefined;
  readonly processes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
};

/** Reads a cgroup's counters, of either version; undefined when the cgroup is gone. */
export function readCgroupUsage({ unified, v1 }: CgroupFolders): CgroupUsage | undefined {
  return unified === undefined ? readV1(v1) : readV2(unified);
}

function readV1(folders: ReadonlyMap<string, string>): CgroupUsage | undefined {
  const read = (controller: string, file: string): string | undefined => {
    const folder = folders.get(controller);
    return folder === undefined ? undefined : readCgroupFile(folder, file);
  };
  const [cpu, memory] = [read("cpuacct", "cpuacct.usage"), read("memory", "memory.usage_in_bytes")];
  if (cpu === undefined && memory === undefined) return undefined;
  const io = read("blkio", "blkio.throttle.io_service_bytes_recursive") ?? "";
  return {
    cpuNanos: Number(cpu ?? 0),
    memoryBytes: Number(memory ?? 0),
    memoryLimitBytes: limitOf(read("memory", "memory.limit_in_bytes")),
    processes: Number(read("pids", "pids.current") ?? 0),
    readBytes: sumOf(io, /^\d+:\d+ Read (\d+)$/gm),
    writtenBytes: sumOf(io, /^\d+:\d+ Write (\d+)$/gm),
  };
}

function readV2(folder: string): CgroupUsage | undefined {
  const cpu = readCgroupFile(folder, "cpu.stat");
  if (cpu === undefined) return undefined;
  const io = readCgroupFile(folder, "io.stat") ?? "";
  return {
    cpuNanos: sumOf(cpu, /^usage_usec (\d+)$/gm) * 1000,
    memoryBytes: Number(readCgroupFile(folder, "memory.current") ?? 0),
    memoryLimitBytes: limitOf(readCgroupFile(folder, "memory.max")),
    processes: Number(readCgroupFile(folder, "pids.current") ?? 0),
    readBytes: sumOf(io, /\brbytes=(\d+)/g),
    writtenBytes: sumOf(io, /\bwbytes=(\d+)/g),
  };
}

function sumOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((sum, [, number]) => sum + Number(number), 0);
}

/** What a file of a limit says; undefined for none: `max` in v2, in v1 also a number beyond any memory. */
export function limitOf(text: string | undefined): number | undefined {
  const limit = Number(text?.trim() ?? "max");
  return Number.isSafeInteger(limit) ? limit : undefined;
}

/** The lowest memory limit of a cgroup and of those above it, such as a pod's; undefined for none. */
export function lowestMemoryLimit({ unified, v1 }: CgroupFolders): number | undefined {
  const file = unified === undefined ? "memory.limit_in_bytes" : "memory.max";
  const limits: number[] = [];
  for (let folder = unified ?? v1.get("memory") ?? "/"; folder !== "/"; folder = dirname(folder))
    limits.push(limitOf(readCgroupFile(folder, file)) ?? Number.POSITIVE_INFINITY);
  const lowest = Math.min(...limits);
  return Number.isFinite(lowest) ? lowest : undefined;
}

/** Parts of what {@link CgroupUsage} has as a whole. */
export type CgroupDetails = {
  readonly inactiveFileBytes: number;
  readonly kernelNanos: number;
  readonly userNanos: number;
};

/** Ticks of the clock in a second, in which the kernel counts for programs (sysconf(3), _SC_CLK_TCK). */
const TICKS = 100;

/** Reads them, of either version; zero for what the host does not count. */
export function readCgroupDetails({ unified, v1 }: CgroupFolders): CgroupDetails {
  if (unified !== undefined) {
    const cpu = readCgroupFile(unified, "cpu.stat") ?? "";
    return {
      inactiveFileBytes: sumOf(readCgroupFile(unified, "memory.stat") ?? "", /^inactive_file (\d+)$/gm),
      kernelNanos: sumOf(cpu, /^system_usec (\d+)$/gm) * 1000,
      userNanos: sumOf(cpu, /^user_usec (\d+)$/gm) * 1000,
    };
  }
  const read = (controller: string, file: string): string =>
    readCgroupFile(v1.get(controller) ?? "/nonexistent", file) ?? "";
  const cpu = read("cpuacct", "cpuacct.stat");
  return {
    inactiveFileBytes: sumOf(read("memory", "memory.stat"), /^total_inactive_file (\d+)$/gm),
    kernelNanos: sumOf(cpu, /^system (\d+)$/gm) * (1e9 / TICKS),
    userNanos: sumOf(cpu, /^user (\d+)$/gm) * (1e9 / TICKS),
  };
}

/** The time of all processors together since boot, as Docker counts it: proc(5), /proc/stat, but for time spent for guests. */
export function readSystemNanos(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const ticks = line.split(/\s+/).slice(1, 9).map(Number);
  return ticks.reduce((sum, count) => sum + count, 0) * (1e9 / TICKS);
}
