import { type StatsFacts, statsRow } from "../stats-row.ts";

/** An element of `GET /libpod/containers/stats`. Pure. */
export function libpodStats(facts: StatsFacts): Record<string, unknown> {
  const row = statsRow(facts);
  const { memoryBytes = 0, takenAt = Date.now(), startedAt = takenAt, cpuNanos = 0 } = facts.usage ?? {};
  return {
    AvgCPU: row.AvgCPU,
    ContainerID: row.ContainerID,
    Name: row.Name,
    PerCPU: null,
    CPU: row.CPU,
    CPUNano: Math.round(cpuNanos),
    CPUSystemNano: 0,
    SystemNano: Math.round(takenAt * 1e6),
    MemUsage: memoryBytes,
    MemLimit: row.MemLimit,
    MemPerc: row.MemLimit === 0 ? 0 : (100 * memoryBytes) / row.MemLimit,
    NetInput: row.NetInput,
    NetOutput: row.NetOutput,
    // What newer clients read instead.
    Network: { eth0: { RxBytes: row.NetInput, TxBytes: row.NetOutput } },
    BlockInput: row.BlockInput,
    BlockOutput: row.BlockOutput,
    PIDs: row.PIDs,
    UpTime: Math.round(cpuNanos),
    Duration: Math.round((takenAt - startedAt) * 1e6),
  };
}
