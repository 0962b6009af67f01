import { LIMIT_NAMES } from "../../../host/limits.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { Resources } from "../../../state/spec/resources.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";
import { present, sizeOf } from "./values.ts";

/** Limits of a container: options of `run` and `create`, as Podman names them. */
export const RESOURCES_OPTIONS = {
  "cpu-period": { kind: "integer", value: "US", help: "Length of a CPU period, in microseconds" },
  "cpu-quota": { kind: "integer", value: "US", help: "CPU time in each period, in microseconds" },
  "cpu-shares": { kind: "integer", short: "c", value: "N", help: "Relative weight of CPU time" },
  cpus: { kind: "string", value: "N", help: "Number of CPUs, such as 1.5" },
  "cpuset-cpus": { kind: "string", value: "LIST", help: "CPUs to run on, such as 0-2,4" },
  memory: { kind: "string", short: "m", value: "SIZE", help: "Memory limit, such as 512m" },
  "memory-reservation": { kind: "string", value: "SIZE", help: "Memory below which nothing is reclaimed first" },
  "memory-swap": {
    kind: "string",
    value: "SIZE",
    help: "Memory and swap together, -1 for no limit (default: twice the memory)",
  },
  "oom-score-adj": { kind: "integer", value: "N", help: "How ready the kernel is to kill it when memory runs out" },
  "pids-limit": { kind: "integer", value: "N", help: "Most processes at once, -1 for no limit (default 2048)" },
  "shm-size": { kind: "string", value: "SIZE", help: "Size of /dev/shm (default 64m)" },
  ulimit: { kind: "list", value: "NAME=SOFT[:HARD]", help: "Set a resource limit" },
} as const;

const DEFAULT_CPU_PERIOD_US = 100_000;

type ResourceValues = Values<typeof RESOURCES_OPTIONS>;

export function resourcesOf(values: ResourceValues): Pick<ContainerSpec, "resources" | "ulimits"> {
  return { resources: limitsOf(values), ulimits: Object.fromEntries(values.ulimit.map(parseUlimit)) };
}

function limitsOf(values: ResourceValues): Resources {
  const period = values["cpu-period"];
  if (values.cpus !== undefined && values["cpu-quota"] !== undefined) {
    throw badOption("--cpus", values.cpus, "possible together with --cpu-quota", "give one of them");
  }
  return present({
    memoryBytes: sizeOf("--memory", values.memory),
    memorySwapBytes: values["memory-swap"] === "-1" ? -1 : sizeOf("--memory-swap", values["memory-swap"]),
    memoryReservationBytes: sizeOf("--memory-reservation", values["memory-reservation"]),
    cpuQuotaUs:
      values.cpus === undefined ? values["cpu-quota"] : cpuQuota(values.cpus, period ?? DEFAULT_CPU_PERIOD_US),
    cpuPeriodUs: values.cpus === undefined ? period : (period ?? DEFAULT_CPU_PERIOD_US),
    cpuShares: values["cpu-shares"],
    cpusetCpus: values["cpuset-cpus"],
    pidsLimit: values["pids-limit"],
    shmBytes: sizeOf("--shm-size", values["shm-size"]),
    oomScoreAdjust: values["oom-score-adj"],
  });
}

function cpuQuota(cpus: string, periodUs: number): number {
  const number = Number(cpus);
  if (cpus.trim() === "" || !Number.isFinite(number) || number < 0)
    throw badOption("--cpus", cpus, "a number of CPUs", "for example 1.5");
  return number === 0 ? -1 : Math.round(number * periodUs);
}

function parseUlimit(text: string): [string, { soft: number; hard: number }] {
  const match = /^([a-z]+)=(-?\d+|unlimited)(?::(-?\d+|unlimited))?$/.exec(text);
  const name = match?.[1] ?? "";
  if (match === null || !LIMIT_NAMES.includes(name)) {
    throw badOption("--ulimit", text, "NAME=SOFT[:HARD]", `names: ${LIMIT_NAMES.join(", ")}`);
  }
  const soft = limitValue(match[2] ?? "");
  const hard = match[3] === undefined ? soft : limitValue(match[3]);
  if (hard >= 0 && (soft < 0 || soft > hard))
    throw badOption("--ulimit", text, "possible: the soft limit is above the hard one");
  return [name, { soft, hard }];
}

function limitValue(text: string): number {
  return text === "unlimited" ? -1 : Number(text);
}
