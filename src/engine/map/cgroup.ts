import { type CgroupFolders, readCgroupFile } from "../../host/cgroup-folders.ts";
import { limitOf, readCgroupUsage } from "../../host/cgroup-usage.ts";
import type { MapUsage } from "./model.ts";

/** What every cgroup has that nobody gave a weight. */
const USUAL = { shares: "1024", weight: "100", blkio: "500", io: "default 100" };

/** What a cgroup uses and what it is limited to, as the kernel has it now; undefined when it is gone. */
export function readMapUsage(folders: CgroupFolders): MapUsage | undefined {
  const usage = readCgroupUsage(folders);
  if (usage === undefined) return undefined;
  const { memoryBytes, memoryLimitBytes, processes, cpuNanos } = usage;
  const read = (controller: string, file: string): string | undefined => {
    const folder = folders.unified ?? folders.v1.get(controller);
    return folder === undefined ? undefined : readCgroupFile(folder, file)?.trim();
  };
  return {
    memoryBytes,
    memoryLimitBytes,
    processes,
    processLimit: limitOf(read("pids", "pids.max")),
    cpuNanos,
    cpus: cpusOf(read, folders.unified !== undefined),
    further: folders.unified === undefined ? furtherV1(read) : furtherV2(read),
  };
}

type Read = (controller: string, file: string) => string | undefined;

function cpusOf(read: Read, unified: boolean): number | undefined {
  const [quota = "max", period = "100000"] = unified
    ? (read("cpu", "cpu.max") ?? "max").split(" ")
    : [read("cpu", "cpu.cfs_quota_us"), read("cpu", "cpu.cfs_period_us")];
  const cpus = Number(quota) / Number(period);
  return cpus > 0 ? cpus : undefined;
}

function furtherV1(read: Read): MapUsage["further"] {
  const whole = readCgroupFile("/sys/fs/cgroup/cpuset", "cpuset.cpus")?.trim();
  return [
    { name: "memory+swap", bytes: limitOf(read("memory", "memory.memsw.limit_in_bytes")) },
    { name: "cpuset", text: unless(read("cpuset", "cpuset.cpus"), whole) },
    { name: "shares", text: unless(read("cpu", "cpu.shares"), USUAL.shares) },
    { name: "blkio weight", text: unless(read("blkio", "blkio.weight"), USUAL.blkio) },
    ...(["read_bps", "write_bps", "read_iops", "write_iops"] as const).map((name) => ({
      name: name.replace("_", " "),
      text: unless(read("blkio", `blkio.throttle.${name}_device`)?.replaceAll("\n", ", ")),
    })),
  ].filter(isThere);
}

function furtherV2(read: Read): MapUsage["further"] {
  return [
    { name: "swap", bytes: limitOf(read("memory", "memory.swap.max")) },
    { name: "cpuset", text: unless(read("cpuset", "cpuset.cpus")) },
    { name: "cpu weight", text: unless(read("cpu", "cpu.weight"), USUAL.weight) },
    { name: "io weight", text: unless(read("io", "io.weight"), USUAL.io) },
    { name: "io", text: unless(read("io", "io.max")?.replaceAll("\n", ", ")) },
  ].filter(isThere);
}

function isThere(limit: MapUsage["further"][number]): boolean {
  return limit.text !== undefined || limit.bytes !== undefined;
}

function unless(text: string | undefined, usual?: string): string | undefined {
  return text === "" || text === usual ? undefined : text;
}
