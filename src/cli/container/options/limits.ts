import { present } from "../../../lib/present.ts";
import type { Resources } from "../../../state/spec/resources.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";
import { blockWeight, deviceRate, deviceWeight } from "./block-io.ts";
import { sizeOf } from "./values.ts";

/** Limits that a running container can change too: options of `run`, `create` and `update`, as Podman names them. */
export const UPDATABLE_OPTIONS = {
  "blkio-weight": { kind: "string", value: "WEIGHT", help: "Relative weight of block I/O, 10 to 1000" },
  "blkio-weight-device": { kind: "list", value: "DEVICE:WEIGHT", help: "The same, on one device" },
  "cpu-period": { kind: "integer", value: "US", help: "Length of a CPU period, in microseconds" },
  "cpu-quota": { kind: "integer", value: "US", help: "CPU time in each period, in microseconds" },
  "cpu-rt-period": { kind: "integer", value: "US", help: "Length of a real-time period (cgroup v1 only)" },
  "cpu-rt-runtime": { kind: "integer", value: "US", help: "Real-time CPU time in each period (cgroup v1 only)" },
  "cpu-shares": { kind: "integer", short: "c", value: "N", help: "Relative weight of CPU time" },
  cpus: { kind: "string", value: "N", help: "Number of CPUs, such as 1.5" },
  "cpuset-cpus": { kind: "string", value: "LIST", help: "CPUs to run on, such as 0-2,4" },
  "cpuset-mems": { kind: "string", value: "LIST", help: "Memory nodes to use, such as 0-1" },
  "device-read-bps": { kind: "list", value: "DEVICE:RATE", help: "Bytes per second read from a device, such as 1mb" },
  "device-read-iops": { kind: "list", value: "DEVICE:RATE", help: "Operations per second that read from a device" },
  "device-write-bps": { kind: "list", value: "DEVICE:RATE", help: "Bytes per second written to a device" },
  "device-write-iops": { kind: "list", value: "DEVICE:RATE", help: "Operations per second that write to a device" },
  memory: { kind: "string", short: "m", value: "SIZE", help: "Memory limit, such as 512m" },
  "memory-reservation": { kind: "string", value: "SIZE", help: "Memory below which nothing is reclaimed first" },
  "memory-swap": {
    kind: "string",
    value: "SIZE",
    help: "Memory and swap together, -1 for no limit (default: twice the memory)",
  },
  "memory-swappiness": { kind: "integer", value: "N", help: "How ready to swap it is, 0 to 100 (cgroup v1 only)" },
  "pids-limit": { kind: "integer", value: "N", help: "Most processes at once, -1 for no limit (default 2048)" },
} as const;

const DEFAULT_CPU_PERIOD_US = 100_000;
const LEAST_CPU_TIME_US = 1000;
const MOST_CPU_PERIOD_US = 1_000_000;
const MOST_SWAPPINESS = 100;
const CPU_LIST = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

type LimitValues = Values<typeof UPDATABLE_OPTIONS>;

/** The limits that were given, and no others. Throws `invalid` naming the option. */
export function limitsOf(values: LimitValues): Resources {
  return {
    ...memoryOf(values),
    ...cpuOf(values),
    ...blockIoOf(values),
    ...present({ pidsLimit: values["pids-limit"] }),
  };
}

function memoryOf(values: LimitValues): Resources {
  const memoryBytes = sizeOf("--memory", values.memory);
  const reservation = sizeOf("--memory-reservation", values["memory-reservation"]);
  const swap = values["memory-swap"] === "-1" ? -1 : sizeOf("--memory-swap", values["memory-swap"]);
  const swappiness = values["memory-swappiness"];
  if (swappiness !== undefined && (swappiness < -1 || swappiness > MOST_SWAPPINESS)) {
    throw badOption("--memory-swappiness", String(swappiness), "from 0 to 100, or -1 for the host's");
  }
  return present({
    memoryBytes,
    memorySwapBytes: swap === 0 ? undefined : swap,
    memoryReservationBytes: reservation,
    memorySwappiness: swappiness === -1 ? undefined : swappiness,
  });
}

function cpuOf(values: LimitValues): Resources {
  const { cpus } = values;
  for (const option of ["cpu-quota", "cpu-period"] as const) {
    if (cpus === undefined || values[option] === undefined) continue;
    throw badOption("--cpus", cpus, `possible together with --${option}`, "give one of them");
  }
  checkCpuTimes(values);
  for (const option of ["cpuset-cpus", "cpuset-mems"] as const) {
    const list = values[option];
    if (list !== undefined && !CPU_LIST.test(list)) throw badOption(`--${option}`, list, "a list such as 0-2,4");
  }
  return present({
    cpuQuotaUs: cpus === undefined ? values["cpu-quota"] : cpuQuota(cpus),
    cpuPeriodUs: cpus === undefined ? values["cpu-period"] : DEFAULT_CPU_PERIOD_US,
    cpuShares: values["cpu-shares"],
    cpuRtPeriodUs: values["cpu-rt-period"],
    cpuRtRuntimeUs: values["cpu-rt-runtime"],
    cpusetCpus: values["cpuset-cpus"],
    cpusetMems: values["cpuset-mems"],
  });
}

function checkCpuTimes(values: LimitValues): void {
  const period = values["cpu-period"] ?? 0;
  // 0 asks for the kernel's own, as with both peers.
  if (period !== 0 && (period < LEAST_CPU_TIME_US || period > MOST_CPU_PERIOD_US))
    throw badOption("--cpu-period", String(period), "from 1000 (1 ms) to 1000000 (1 s)");
  const quota = values["cpu-quota"] ?? 0;
  if (quota > 0 && quota < LEAST_CPU_TIME_US) throw badOption("--cpu-quota", String(quota), "at least 1000 (1 ms)");
  for (const option of ["cpu-shares", "cpu-rt-period"] as const) {
    const number = values[option];
    if (number !== undefined && number < 0) throw badOption(`--${option}`, String(number), "0 or more");
  }
}

function cpuQuota(cpus: string): number {
  const number = Number(cpus);
  if (cpus.trim() === "" || !Number.isFinite(number) || number < 0)
    throw badOption("--cpus", cpus, "a number of CPUs", "for example 1.5");
  return number === 0 ? -1 : Math.max(Math.round(number * DEFAULT_CPU_PERIOD_US), LEAST_CPU_TIME_US);
}

function blockIoOf(values: LimitValues): Resources {
  const weight = values["blkio-weight"];
  const weights = values["blkio-weight-device"].map((text) => deviceWeight("--blkio-weight-device", text));
  const rates = (option: `device-${"read" | "write"}-${"bps" | "iops"}`) => {
    const list = values[option].map((text) => deviceRate(`--${option}`, text, option.endsWith("bps")));
    return list.length === 0 ? undefined : list;
  };
  return present({
    blockWeight: weight === undefined || weight === "0" ? undefined : blockWeight("--blkio-weight", weight),
    blockWeightDevices: weights.length === 0 ? undefined : weights,
    readBps: rates("device-read-bps"),
    writeBps: rates("device-write-bps"),
    readIops: rates("device-read-iops"),
    writeIops: rates("device-write-iops"),
  });
}
