import type { ContainerRecord } from "../../state/container.ts";
import type { BlockDeviceRate, Resources } from "../../state/spec/resources.ts";

const DEFAULT_PERIOD_US = 100_000;
const DEFAULT_PIDS_LIMIT = 2048;

/** The limits in `HostConfig` of inspect, in Podman's order. */
export function inspectResources({ spec: { resources } }: ContainerRecord, parent: string): Record<string, unknown> {
  return {
    CpuShares: resources.cpuShares ?? 0,
    Memory: resources.memoryBytes ?? 0,
    NanoCpus: nanoCpus(resources),
    CgroupParent: parent,
    BlkioWeight: resources.blockWeight ?? 0,
    ...blockIo(resources),
    CpuPeriod: resources.cpuPeriodUs ?? 0,
    CpuQuota: resources.cpuQuotaUs ?? 0,
    CpuRealtimePeriod: resources.cpuRtPeriodUs ?? 0,
    CpuRealtimeRuntime: resources.cpuRtRuntimeUs ?? 0,
    CpusetCpus: resources.cpusetCpus ?? "",
    CpusetMems: resources.cpusetMems ?? "",
  };
}

/** The limits that stand behind the devices in `HostConfig`. */
export function inspectMemory({ spec: { resources } }: ContainerRecord): Record<string, unknown> {
  const { memoryBytes, memorySwapBytes } = resources;
  return {
    DiskQuota: 0,
    KernelMemory: 0,
    MemoryReservation: resources.memoryReservationBytes ?? 0,
    MemorySwap: memorySwapBytes ?? (memoryBytes ?? 0) * 2,
    MemorySwappiness: resources.memorySwappiness ?? null,
    OomKillDisable: resources.oomKillDisable ?? false,
  };
}

/** `PidsLimit`: 0 for none. */
export function inspectPidsLimit({ spec: { resources } }: ContainerRecord): number {
  return Math.max(0, resources.pidsLimit ?? DEFAULT_PIDS_LIMIT);
}

// Podman's rule: only where the period is the usual one.
function nanoCpus({ cpuQuotaUs = 0, cpuPeriodUs }: Resources): number {
  return cpuPeriodUs === DEFAULT_PERIOD_US && cpuQuotaUs > 0 ? 10_000 * cpuQuotaUs : 0;
}

function blockIo(resources: Resources): Record<string, unknown> {
  const { blockWeight, blockWeightDevices, readBps, writeBps, readIops, writeIops } = resources;
  const any = [blockWeight, blockWeightDevices, readBps, writeBps, readIops, writeIops];
  const none = any.every((value) => value === undefined || (Array.isArray(value) && value.length === 0));
  const rates = (list: readonly BlockDeviceRate[] | undefined): object[] | null =>
    none ? null : (list ?? []).map(({ path, rate }) => ({ Path: path, Rate: rate }));
  return {
    BlkioWeightDevice: none
      ? null
      : (blockWeightDevices ?? []).map(({ path, weight }) => ({ Path: path, Weight: weight })),
    BlkioDeviceReadBps: rates(readBps),
    BlkioDeviceWriteBps: rates(writeBps),
    BlkioDeviceReadIOps: rates(readIops),
    BlkioDeviceWriteIOps: rates(writeIops),
  };
}
