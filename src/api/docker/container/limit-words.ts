import { badRequest } from "../../http/api-error.ts";
import type { Fields } from "../fields.ts";
import { flag, option, options } from "./words.ts";

const NANO = 1e9;

/** Limits of `HostConfig`, or of an update, as options of `create` and `update`. */
export function limitWords(host: Fields): string[] {
  return [
    ...updatableWords(host),
    ...flag("oom-kill-disable", host.flag("OomKillDisable")),
    ...option("oom-score-adj", host.count("OomScoreAdj")),
    ...option("shm-size", host.count("ShmSize")),
    ...option("cgroup-parent", host.text("CgroupParent")),
    ...options(
      "ulimit",
      host.list("Ulimits").map((limit) => {
        const [soft, hard] = [limit.integer("Soft") ?? 0, limit.integer("Hard") ?? 0];
        return `${limit.text("Name") ?? ""}=${soft}:${hard}`;
      }),
    ),
  ];
}

/** Those that a running container can change. 0 is "as it is". */
export function updatableWords(host: Fields): string[] {
  const cpus = host.count("NanoCpus");
  const swappiness = host.integer("MemorySwappiness");
  return [
    ...option("memory", memoryOf(host)),
    ...option("memory-swap", host.count("MemorySwap")),
    ...option("memory-reservation", host.count("MemoryReservation")),
    ...option("memory-swappiness", swappiness === -1 ? undefined : swappiness),
    ...option("cpus", cpus === undefined ? undefined : cpus / NANO),
    ...option("cpu-period", host.count("CpuPeriod")),
    ...option("cpu-quota", host.count("CpuQuota")),
    ...option("cpu-shares", host.count("CpuShares")),
    ...option("cpu-rt-period", host.count("CpuRealtimePeriod")),
    ...option("cpu-rt-runtime", host.count("CpuRealtimeRuntime")),
    ...option("cpuset-cpus", host.text("CpusetCpus")),
    ...option("cpuset-mems", host.text("CpusetMems")),
    ...option("pids-limit", host.count("PidsLimit")),
    ...option("blkio-weight", host.count("BlkioWeight")),
    ...deviceWords("blkio-weight-device", host.list("BlkioWeightDevice"), "Weight"),
    ...deviceWords("device-read-bps", host.list("BlkioDeviceReadBps"), "Rate"),
    ...deviceWords("device-write-bps", host.list("BlkioDeviceWriteBps"), "Rate"),
    ...deviceWords("device-read-iops", host.list("BlkioDeviceReadIOps"), "Rate"),
    ...deviceWords("device-write-iops", host.list("BlkioDeviceWriteIOps"), "Rate"),
  ];
}

/** Docker's: with less hardly any runtime can begin. */
const LEAST_MEMORY = 6 * 1024 * 1024;

function memoryOf(host: Fields): number | undefined {
  const bytes = host.count("Memory");
  if (bytes !== undefined && bytes > 0 && bytes < LEAST_MEMORY) throw badRequest("Minimum memory limit allowed is 6MB");
  return bytes;
}

function deviceWords(name: string, devices: readonly Fields[], field: "Weight" | "Rate"): string[] {
  return options(
    name,
    devices.map((device) => `${device.text("Path") ?? ""}:${device.integer(field) ?? 0}`),
  );
}
