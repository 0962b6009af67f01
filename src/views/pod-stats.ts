import type { StatsRow } from "./stats-row.ts";

/** One line of `pod stats`, with Podman's names for its columns. */
export type PodStatsRow = Pick<StatsRow, "Name" | "MemUsage" | "MemUsageBytes" | "NetIO" | "BlockIO" | "PIDS"> & {
  readonly Pod: string;
  readonly CID: string;
  readonly CPU: string;
  readonly Mem: string;
};

/** The line of one container, by its line of `stats`; `pod` is the pod's id, cut off. Pure. */
export function podStatsRow(row: StatsRow, pod: string): PodStatsRow {
  const { Name, MemUsage, MemUsageBytes, NetIO, BlockIO, PIDS } = row;
  return {
    CPU: row.CPUPerc,
    MemUsage,
    MemUsageBytes,
    Mem: row.MemPerc,
    NetIO,
    BlockIO,
    PIDS,
    Pod: pod,
    CID: row.ID,
    Name,
  };
}
