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

/** `max` in v2; in v1 a number beyond any memory. */
function limitOf(text: string | undefined): number | undefined {
  const limit = Number(text?.trim() ?? "max");
  return Number.isSafeInteger(limit) ? limit : undefined;
}
