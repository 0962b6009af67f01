import { flag, option, options, pairs } from "../../docker/container/words.ts";
import type { Fields } from "../../docker/fields.ts";
import { badRequest } from "../../http/api-error.ts";

/** Limits of a spec as options of `create`. */
export function limitWords(body: Fields): string[] {
  const memory = body.fields("resource_limits").fields("memory");
  return [
    ...updatableWords(body.fields("resource_limits")),
    ...deviceWords(body),
    ...flag("oom-kill-disable", memory.flag("disableOOMKiller")),
    ...pairs("cgroup-conf", body.map("unified")),
    ...option("oom-score-adj", body.integer("oom_score_adj")),
    ...option("shm-size", body.integer("shm_size")),
    ...option("cgroup-parent", body.text("cgroup_parent")),
    ...option("cgroups", body.text("cgroups_mode")),
    ...options("ulimit", body.list("r_limits").map(ulimitText)),
  ];
}

/** Limits as the runtime's specification has them (`LinuxResources`): those that a running container can change. */
export function updatableWords(limits: Fields): string[] {
  for (const key of ["devices", "hugepageLimits", "rdma", "network"])
    if (limits.list(key === "network" || key === "rdma" ? "" : key).length > 0) throw unsupported(key);
  const [memory, cpu] = [limits.fields("memory"), limits.fields("cpu")];
  if (memory.has("kernel") || memory.has("kernelTCP")) throw unsupported("memory.kernel");
  return [
    ...option("memory", memory.integer("limit")),
    ...option("memory-swap", memory.integer("swap")),
    ...option("memory-reservation", memory.integer("reservation")),
    ...option("memory-swappiness", memory.integer("swappiness")),
    ...option("cpu-shares", cpu.integer("shares")),
    ...option("cpu-quota", cpu.integer("quota")),
    ...option("cpu-period", cpu.integer("period")),
    ...option("cpu-rt-runtime", cpu.integer("realtimeRuntime")),
    ...option("cpu-rt-period", cpu.integer("realtimePeriod")),
    ...option("cpuset-cpus", cpu.text("cpus")),
    ...option("cpuset-mems", cpu.text("mems")),
    ...option("pids-limit", limits.fields("pids").integer("limit")),
    ...option("blkio-weight", limits.fields("blockIO").integer("weight")),
  ];
}

/** Limits of devices by their path, as options. */
export function deviceWords(body: Fields): string[] {
  const words = (name: string, key: string, field: "weight" | "rate"): string[] => {
    const devices = body.fields(key);
    return options(
      name,
      devices.keys.map((path) => `${path}:${devices.fields(path).integer(field) ?? 0}`),
    );
  };
  return [
    ...words("blkio-weight-device", "weightDevice", "weight"),
    ...words("device-read-bps", "throttleReadBpsDevice", "rate"),
    ...words("device-write-bps", "throttleWriteBpsDevice", "rate"),
    ...words("device-read-iops", "throttleReadIOPSDevice", "rate"),
    ...words("device-write-iops", "throttleWriteIOPSDevice", "rate"),
  ];
}

/** From here on, a limit is none: 2^64-1 is what Go's clients send for it. */
const NO_LIMIT = 2 ** 63;

function ulimitText(limit: Fields): string {
  const value = (key: string): number => {
    const number = limit.integer(key) ?? 0;
    return number >= NO_LIMIT ? -1 : number;
  };
  return `${(limit.text("type") ?? "").replace(/^RLIMIT_/i, "").toLowerCase()}=${value("soft")}:${value("hard")}`;
}

function unsupported(what: string): Error {
  return badRequest(`resource_limits.${what} is not supported`);
}
