import type { SpecBlockIo, SpecResources } from "../oci/runtime-spec.ts";
import type { HostLimits } from "./host-limits.ts";

/** What is to be written to a file of a container's cgroup; `controller` is that of cgroup v1. */
export type CgroupWrite = { readonly controller: string; readonly file: string; readonly text: string };

const DEFAULT_PERIOD_US = 100_000;
const RATES = [
  ["throttleReadBpsDevice", "blkio.throttle.read_bps_device", "rbps"],
  ["throttleWriteBpsDevice", "blkio.throttle.write_bps_device", "wbps"],
  ["throttleReadIOPSDevice", "blkio.throttle.read_iops_device", "riops"],
  ["throttleWriteIOPSDevice", "blkio.throttle.write_iops_device", "wiops"],
] as const;

/**
 * The limits that runtimes cannot change in a running container: crun 1.8 knows no "no limit" of processes and CPU time, runc 1.1 leaves the
 * rates of block devices alone. Pure. Source: the kernel's cgroup-v1 and cgroup-v2.rst.
 */
export function cgroupWrites(planned: SpecResources, host: HostLimits): CgroupWrite[] {
  const { controllers, unified } = host;
  const writes: CgroupWrite[] = [];
  const { pids, cpu = {}, blockIO = {} } = planned;
  if (controllers.includes("pids"))
    writes.push({ controller: "pids", file: "pids.max", text: pids === undefined ? "max" : String(pids.limit) });
  if (controllers.includes("cpu") && (cpu.quota === undefined || cpu.quota <= 0)) {
    writes.push(
      unified
        ? { controller: "cpu", file: "cpu.max", text: `max ${cpu.period ?? DEFAULT_PERIOD_US}` }
        : { controller: "cpu", file: "cpu.cfs_quota_us", text: "-1" },
    );
  }
  if (controllers.includes("blkio")) writes.push(...rateWrites(blockIO, unified));
  return writes;
}

function rateWrites(blockIo: SpecBlockIo, unified: boolean): CgroupWrite[] {
  return RATES.flatMap(([field, file, key]) =>
    (blockIo[field] ?? []).map(({ major, minor, rate }) =>
      unified
        ? { controller: "io", file: "io.max", text: `${major}:${minor} ${key}=${rate === 0 ? "max" : rate}` }
        : { controller: "blkio", file, text: `${major}:${minor} ${rate}` },
    ),
  );
}
