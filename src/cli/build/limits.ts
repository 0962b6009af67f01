import { capabilityNames } from "../../oci/capability.ts";
import type { BindMount } from "../../state/spec/mounts.ts";
import type { Resources } from "../../state/spec/resources.ts";
import type { SecuritySpec } from "../../state/spec/security.ts";
import { badOption } from "../container/bad-option.ts";
import { parseVolume } from "../container/mounts.ts";
import { cgroupsOf } from "../container/options/cgroups.ts";
import { limitsOf } from "../container/options/limits.ts";
import { applySecurityOption } from "../container/options/security-opt.ts";

/** What RUN may use and do; as `run` has it. */
export const RUN_LIMIT_OPTIONS = {
  "cap-add": { kind: "list", value: "CAPABILITY", help: "Give RUN a capability" },
  "cap-drop": { kind: "list", value: "CAPABILITY", help: "Take a capability from RUN" },
  "cgroup-parent": { kind: "string", value: "PATH", help: "The cgroup below which those of RUN lie" },
  "cpu-period": { kind: "integer", value: "US", help: "Length of a CPU period of RUN, in microseconds" },
  "cpu-quota": { kind: "integer", value: "US", help: "CPU time of RUN in each period, in microseconds" },
  "cpu-shares": { kind: "integer", short: "c", value: "N", help: "Relative weight of RUN's CPU time" },
  "cpuset-cpus": { kind: "string", value: "LIST", help: "CPUs for RUN, such as 0-2,4" },
  "cpuset-mems": { kind: "string", value: "LIST", help: "Memory nodes for RUN, such as 0-1" },
  memory: { kind: "string", short: "m", value: "SIZE", help: "Memory limit of RUN, such as 512m" },
  "memory-swap": { kind: "string", value: "SIZE", help: "Memory and swap of RUN together, -1 for no limit" },
  "security-opt": { kind: "list", value: "OPTION", help: "Seccomp, AppArmor and the like for RUN" },
  volume: {
    kind: "list",
    short: "v",
    value: "HOST:CONTAINER",
    help: "Bind a folder of the host into every RUN",
    complete: "mount-source",
  },
} as const;

type LimitValues = {
  readonly [K in "cap-add" | "cap-drop" | "security-opt" | "volume"]: readonly string[];
} & {
  readonly [K in "cgroup-parent" | "cpuset-cpus" | "cpuset-mems" | "memory" | "memory-swap"]: string | undefined;
} & {
  readonly [K in "cpu-period" | "cpu-quota" | "cpu-shares"]: number | undefined;
};

// Options of `run` that `build` does not have.
const NONE = {
  "blkio-weight": undefined,
  "blkio-weight-device": [],
  "cpu-rt-period": undefined,
  "cpu-rt-runtime": undefined,
  cpus: undefined,
  "device-read-bps": [],
  "device-read-iops": [],
  "device-write-bps": [],
  "device-write-iops": [],
  "memory-reservation": undefined,
  "memory-swappiness": undefined,
  "pids-limit": undefined,
};

/** The limits of RUN. Throws `invalid` naming the option. */
export function runLimitsOf(values: LimitValues): Resources {
  const cgroups = cgroupsOf({ "cgroup-conf": [], "cgroup-parent": values["cgroup-parent"], cgroups: undefined });
  return { ...limitsOf({ ...NONE, ...values }), ...cgroups };
}

/** The rights of RUN, where they are others than a container has by default. Throws `invalid` naming the option. */
export function runSecurityOf(values: LimitValues, base: SecuritySpec): SecuritySpec {
  const [capAdd, capDrop] = [capabilityNames(values["cap-add"]), capabilityNames(values["cap-drop"])];
  return values["security-opt"].reduce(applySecurityOption, { ...base, capAdd, capDrop });
}

/** The folders of --volume. Throws `invalid` for the name of a volume: an image must not hang on one. */
export function runVolumesOf(values: LimitValues): BindMount[] {
  return values.volume.map((text) => {
    const mount = parseVolume(text);
    if (mount.type === "bind") return mount;
    throw badOption("--volume", text, "HOST:CONTAINER[:OPTIONS] with a folder of the host");
  });
}
