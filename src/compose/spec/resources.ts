import { LIMIT_NAMES } from "../../host/limits.ts";
import { present } from "../../lib/present.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { Resources } from "../../state/spec/resources.ts";
import type { Ulimit } from "../service.ts";
import { refuseAttribute, type SpecContext } from "./context.ts";

const CPU_PERIOD_US = 100_000;
const LEAST_QUOTA_US = 1000;

/** The limits of a service's container; those of `deploy` count where the service has none of its own. */
export function resourcePart(context: SpecContext): Pick<ContainerSpec, "resources" | "ulimits"> {
  const { service } = context;
  refuseWindows(context);
  const resources: Resources = present({
    ...memoryOf(context),
    ...cpuOf(context),
    ...blockIoOf(context),
    pidsLimit: service.pids_limit ?? service.deploy?.resources?.limits?.pids,
    oomKillDisable: service.oom_kill_disable === true ? true : undefined,
    oomScoreAdjust: service.oom_score_adj,
    shmBytes: service.shm_size,
    cgroupParent: service.cgroup_parent,
  });
  const ulimits = Object.entries(service.ulimits ?? {}).map(([name, limit]) => [name, limitOf(context, name, limit)]);
  return { resources, ulimits: Object.fromEntries(ulimits) as ContainerSpec["ulimits"] };
}

function memoryOf({ service }: SpecContext) {
  const { limits, reservations } = service.deploy?.resources ?? {};
  const { memswap_limit: swap } = service;
  return {
    memoryBytes: service.mem_limit ?? limits?.memory,
    memorySwapBytes: swap === 0 ? undefined : swap,
    memoryReservationBytes: service.mem_reservation ?? reservations?.memory,
    memorySwappiness: service.mem_swappiness,
  };
}

function cpuOf({ service }: SpecContext) {
  const cpus = service.cpus ?? service.deploy?.resources?.limits?.cpus;
  const asQuota =
    cpus === undefined || cpus === 0 ? undefined : Math.max(Math.round(cpus * CPU_PERIOD_US), LEAST_QUOTA_US);
  return {
    cpuQuotaUs: asQuota ?? service.cpu_quota,
    cpuPeriodUs: asQuota === undefined ? service.cpu_period : CPU_PERIOD_US,
    cpuShares: service.cpu_shares,
    cpuRtPeriodUs: service.cpu_rt_period,
    cpuRtRuntimeUs: service.cpu_rt_runtime,
    cpusetCpus: service.cpuset,
  };
}

function blockIoOf({ service }: SpecContext) {
  const io = service.blkio_config;
  if (io === undefined) return {};
  return {
    blockWeight: io.weight === 0 ? undefined : io.weight,
    blockWeightDevices: io.weight_device,
    readBps: io.device_read_bps,
    writeBps: io.device_write_bps,
    readIops: io.device_read_iops,
    writeIops: io.device_write_iops,
  };
}

function limitOf(context: SpecContext, name: string, limit: Ulimit): { soft: number; hard: number } {
  if (!LIMIT_NAMES.includes(name)) {
    throw refuseAttribute(context, {
      path: ["ulimits", name],
      why: "the kernel has no such limit",
      fix: `known: ${LIMIT_NAMES.join(", ")}`,
    });
  }
  return typeof limit === "number" ? { soft: limit, hard: limit } : { soft: limit.soft, hard: limit.hard };
}

const OF_WINDOWS = ["cpu_count", "cpu_percent", "credential_spec"] as const;

function refuseWindows(context: SpecContext): void {
  const { service } = context;
  const windows = OF_WINDOWS.find((key) => service[key] !== undefined && service[key] !== 0);
  if (windows !== undefined) throw refuseAttribute(context, { path: [windows], why: "works on Windows only" });
  if (service.isolation !== undefined && service.isolation !== "default")
    throw refuseAttribute(context, { path: ["isolation"], why: "works on Windows only", fix: "leave it out" });
  if (Object.keys(service.storage_opt ?? {}).length > 0)
    throw refuseAttribute(context, {
      path: ["storage_opt"],
      why: "the size of a container's root cannot be limited: overlay has no quota here",
      fix: "mount a tmpfs with a size, or a volume, where much is written",
    });
}
