import type { ContainerUsage, UsageDetails } from "../../engine/stats.ts";

/** A reading of what a container uses; `usage` is undefined when it does not run. */
export type StatsSample = UsageDetails & { readonly usage: ContainerUsage | undefined; readonly takenAt: number };

type StatsFacts = {
  readonly id: string;
  readonly name: string;
  readonly sample: StatsSample;
  readonly before: StatsSample | undefined;
};

const ZERO_TIME = "0001-01-01T00:00:00Z";

/** One object of `GET /containers/{id}/stats`. Without a sample before, `precpu_stats` is all zero. Pure. */
export function dockerStats({ id, name, sample, before }: StatsFacts): Record<string, unknown> {
  const { usage } = sample;
  return {
    name: `/${name}`,
    id,
    read: time(sample),
    preread: before === undefined ? ZERO_TIME : time(before),
    pids_stats: usage === undefined ? {} : { current: usage.processes },
    blkio_stats: {
      io_service_bytes_recursive: usage === undefined ? null : blockIo(usage),
      io_serviced_recursive: null,
    },
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpu(sample),
    precpu_stats: before === undefined ? cpu(undefined) : cpu(before),
    memory_stats: usage === undefined ? {} : memory(usage, sample),
    ...(usage === undefined ? {} : { networks: { eth0: network(usage) } }),
  };
}

function time({ takenAt }: StatsSample): string {
  return new Date(takenAt).toISOString();
}

function cpu(sample: StatsSample | undefined): Record<string, unknown> {
  const total = sample?.usage?.cpuNanos ?? 0;
  return {
    cpu_usage: {
      total_usage: total,
      usage_in_kernelmode: sample?.kernelNanos ?? 0,
      usage_in_usermode: sample?.userNanos ?? 0,
    },
    ...(sample?.usage === undefined ? {} : { system_cpu_usage: sample.systemNanos, online_cpus: sample.onlineCpus }),
    throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
  };
}

// Both names: clients take the one of their cgroup version off the usage.
function memory(
  { memoryBytes, memoryLimitBytes }: ContainerUsage,
  { inactiveFileBytes }: UsageDetails,
): Record<string, unknown> {
  return {
    usage: memoryBytes,
    stats: { inactive_file: inactiveFileBytes, total_inactive_file: inactiveFileBytes },
    limit: memoryLimitBytes,
  };
}

function blockIo({ readBytes, writtenBytes }: ContainerUsage): Record<string, unknown>[] {
  return [
    { major: 0, minor: 0, op: "read", value: readBytes },
    { major: 0, minor: 0, op: "write", value: writtenBytes },
  ];
}

function network({ inputBytes, outputBytes }: ContainerUsage): Record<string, unknown> {
  return {
    rx_bytes: inputBytes,
    rx_packets: 0,
    rx_errors: 0,
    rx_dropped: 0,
    tx_bytes: outputBytes,
    tx_packets: 0,
    tx_errors: 0,
    tx_dropped: 0,
  };
}
