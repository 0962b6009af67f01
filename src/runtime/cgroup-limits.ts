import type { SpecCpu, SpecMemory, SpecResources } from "../oci/runtime-spec.ts";
import { type CgroupWrite, cgroupWrites } from "./cgroup-writes.ts";
import type { HostLimits } from "./host-limits.ts";

/**
 * All limits of a cgroup that is not a container's, so that no runtime writes them: that of a pod. Pure. Sources: the kernel's cgroup-v1
 * and cgroup-v2.rst; weights of v2 as crun converts them.
 */
export function limitWrites(planned: SpecResources, host: HostLimits): CgroupWrite[] {
  const { memory = {}, cpu = {}, blockIO = {} } = planned;
  const { unified } = host;
  return [
    ...(unified ? unifiedMemory(memory) : legacyMemory(memory)),
    ...(unified ? unifiedCpu(cpu) : legacyCpu(cpu)),
    ...write("cpuset", "cpuset.cpus", cpu.cpus),
    ...write("cpuset", "cpuset.mems", cpu.mems),
    ...(unified
      ? write("io", "io.weight", blockIO.weight === undefined ? undefined : ioWeight(blockIO.weight))
      : write("blkio", "blkio.weight", blockIO.weight)),
    ...(blockIO.weightDevice ?? []).flatMap(({ major, minor, weight = 100 }) =>
      unified
        ? write("io", "io.weight", `${major}:${minor} ${ioWeight(weight)}`)
        : write("blkio", "blkio.weight_device", `${major}:${minor} ${weight}`),
    ),
    // Those that container updates write by hand too; "no limit" is what a new cgroup has anyway.
    ...cgroupWrites(planned, host).filter(({ text }) => text !== "max" && text !== "-1" && !text.startsWith("max ")),
  ];
}

function write(controller: string, file: string, value: number | string | undefined): CgroupWrite[] {
  return value === undefined ? [] : [{ controller, file, text: String(value) }];
}

function legacyMemory({ limit, swap, reservation, swappiness, disableOOMKiller }: SpecMemory): CgroupWrite[] {
  return [
    ...write("memory", "memory.limit_in_bytes", limit),
    ...write("memory", "memory.memsw.limit_in_bytes", swap),
    ...write("memory", "memory.soft_limit_in_bytes", reservation),
    ...write("memory", "memory.swappiness", swappiness),
    ...write("memory", "memory.oom_control", disableOOMKiller === true ? 1 : undefined),
  ];
}

// Here swap is counted alone.
function unifiedMemory({ limit, swap, reservation }: SpecMemory): CgroupWrite[] {
  const alone = swap === undefined || limit === undefined ? undefined : swap < 0 ? "max" : swap - limit;
  return [
    ...write("memory", "memory.max", limit),
    ...write("memory", "memory.swap.max", alone),
    ...write("memory", "memory.low", reservation),
  ];
}

function legacyCpu({ shares, quota, period, realtimePeriod, realtimeRuntime }: SpecCpu): CgroupWrite[] {
  return [
    ...write("cpu", "cpu.shares", shares),
    ...write("cpu", "cpu.cfs_period_us", period),
    ...write("cpu", "cpu.cfs_quota_us", quota),
    ...write("cpu", "cpu.rt_period_us", realtimePeriod),
    ...write("cpu", "cpu.rt_runtime_us", realtimeRuntime),
  ];
}

function unifiedCpu({ shares, quota, period }: SpecCpu): CgroupWrite[] {
  const weight = shares === undefined ? undefined : 1 + Math.floor(((shares - 2) * 9999) / 262_142);
  const max = quota === undefined || quota <= 0 ? undefined : `${quota} ${period ?? 100_000}`;
  return [...write("cpu", "cpu.weight", weight), ...write("cpu", "cpu.max", max)];
}

function ioWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}
