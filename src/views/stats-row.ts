import type { ContainerUsage } from "../engine/stats.ts";
import { goDuration } from "../lib/go-duration.ts";
import { formatBinaryUsage, formatUsage } from "../lib/size.ts";

/** One line of `stats`, with Podman's names for its columns, and Docker's `Container`. */
export type StatsRow = {
  ID: string;
  ContainerID: string;
  Container: string;
  Name: string;
  /** Percent of one processor since the last reading, or, in the first one, since the start. */
  CPU: number;
  CPUPerc: string;
  /** The same, always since the start. */
  AvgCPU: number;
  AVGCPU: string;
  MemUsage: string;
  MemUsageBytes: string;
  MemLimit: number;
  MemPerc: string;
  NetIO: string;
  NetInput: number;
  NetOutput: number;
  BlockIO: string;
  BlockInput: number;
  BlockOutput: number;
  PIDs: number;
  PIDS: string;
  /** Time on processors. */
  UpTime: string;
  Up: string;
  CPUNano: number;
};

export type StatsFacts = {
  readonly id: string;
  readonly name: string;
  /** Undefined for a container that does not run: all is zero. */
  readonly usage: ContainerUsage | undefined;
  readonly previous: ContainerUsage | undefined;
  readonly noTrunc: boolean;
};

/** The line of one container. Pure. */
export function statsRow({ id, name, usage, previous, noTrunc }: StatsFacts): StatsRow {
  const shown = noTrunc ? id : id.slice(0, 12);
  const [cpu, average] = usage === undefined ? [0, 0] : [cpuShare(usage, previous), cpuShare(usage, undefined)];
  const { memoryBytes = 0, memoryLimitBytes = 0, cpuNanos = 0, processes = 0 } = usage ?? {};
  const { inputBytes = 0, outputBytes = 0, readBytes = 0, writtenBytes = 0 } = usage ?? {};
  const time = goDuration(cpuNanos);
  return {
    ID: shown,
    ContainerID: id,
    Container: shown,
    Name: name,
    CPU: cpu,
    CPUPerc: percent(cpu),
    AvgCPU: average,
    AVGCPU: percent(average),
    MemUsage: `${formatUsage(memoryBytes)} / ${formatUsage(memoryLimitBytes)}`,
    MemUsageBytes: `${formatBinaryUsage(memoryBytes)} / ${formatBinaryUsage(memoryLimitBytes)}`,
    MemLimit: memoryLimitBytes,
    MemPerc: percent(memoryLimitBytes === 0 ? 0 : (100 * memoryBytes) / memoryLimitBytes),
    NetIO: `${formatUsage(inputBytes)} / ${formatUsage(outputBytes)}`,
    NetInput: inputBytes,
    NetOutput: outputBytes,
    BlockIO: `${formatUsage(readBytes)} / ${formatUsage(writtenBytes)}`,
    BlockInput: readBytes,
    BlockOutput: writtenBytes,
    PIDs: processes,
    PIDS: String(processes),
    UpTime: time,
    Up: time,
    CPUNano: cpuNanos,
  };
}

/** One element of `stats --format json`, as Podman's. */
export function statsJson(row: StatsRow): Record<string, string> {
  return {
    id: row.ID,
    name: row.Name,
    cpu_time: row.UpTime,
    cpu_percent: row.CPUPerc,
    avg_cpu: row.AVGCPU,
    mem_usage: row.MemUsage,
    mem_percent: row.MemPerc,
    net_io: row.NetIO,
    block_io: row.BlockIO,
    pids: row.PIDS,
  };
}

// A container that was started again counts anew.
function cpuShare(usage: ContainerUsage, previous: ContainerUsage | undefined): number {
  const sameRun =
    previous !== undefined && previous.cpuNanos <= usage.cpuNanos && previous.startedAt === usage.startedAt;
  const nanos = usage.cpuNanos - (sameRun ? previous.cpuNanos : 0);
  const ms = usage.takenAt - (sameRun ? previous.takenAt : usage.startedAt);
  return ms <= 0 ? 0 : (100 * nanos) / (ms * 1e6);
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`;
}
