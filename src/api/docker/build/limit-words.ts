import type { Query } from "../../http/query.ts";
import { option } from "../container/words.ts";

/** The limits of a build's steps, whose parameters are called alike by every client. Zero is none. */
export function buildLimitWords(query: Query): string[] {
  const number = (name: string): number | undefined => query.integer(name) || undefined;
  return [
    ...option("memory", number("memory")),
    ...option("memory-swap", number("memswap")),
    ...option("cpu-shares", number("cpushares")),
    ...option("cpu-period", number("cpuperiod")),
    ...option("cpu-quota", number("cpuquota")),
    ...option("cpuset-cpus", query.text("cpusetcpus")),
    ...option("cpuset-mems", query.text("cpusetmems")),
    ...option("shm-size", number("shmsize")),
    ...option("cgroup-parent", query.text("cgroupparent")),
  ];
}
