import type { StatsAnswer } from "./answers.ts";

/** Counters at a moment; times in milliseconds since the epoch. */
type Usage = Readonly<
  Record<
    | "cpuNanos"
    | "memoryBytes"
    | "memoryLimitBytes"
    | "processes"
    | "readBytes"
    | "writtenBytes"
    | "inputBytes"
    | "outputBytes"
    | "startedAt"
    | "takenAt",
    number
  >
>;

/** What an answer of stats says; undefined for a container that does not run. */
export function usageOf(answer: StatsAnswer, startedAt: number): Usage | undefined {
  const { cpu_stats: cpu, memory_stats: memory, blkio_stats: blocks, networks = {} } = answer;
  if (memory?.usage === undefined) return undefined;
  const io = (op: string): number =>
    (blocks?.io_service_bytes_recursive ?? [])
      .filter((entry) => entry.op.toLowerCase() === op)
      .reduce((sum, { value }) => sum + value, 0);
  const network = (field: "rx_bytes" | "tx_bytes"): number =>
    Object.values(networks).reduce((sum, counters) => sum + counters[field], 0);
  return {
    cpuNanos: cpu?.cpu_usage?.total_usage ?? 0,
    memoryBytes: memory.usage,
    memoryLimitBytes: memory.limit ?? 0,
    processes: answer.pids_stats?.current ?? 0,
    readBytes: io("read"),
    writtenBytes: io("write"),
    inputBytes: network("rx_bytes"),
    outputBytes: network("tx_bytes"),
    startedAt,
    takenAt: Date.parse(answer.read),
  };
}
