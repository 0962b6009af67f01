import { present } from "../../../lib/present.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { Resources } from "../../../state/spec/resources.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";
import { cgroupsOf } from "./cgroups.ts";
import { limitsOf, UPDATABLE_OPTIONS } from "./limits.ts";
import { ulimitsOf } from "./ulimits.ts";
import { sizeOf } from "./values.ts";

const FIXED_OPTIONS = {
  "cgroup-conf": { kind: "list", value: "KEY=VALUE", help: "Write to a file of its cgroup (cgroup v2 only)" },
  "cgroup-parent": { kind: "string", value: "PATH", help: "The cgroup that its own lies below" },
  cgroups: {
    kind: "string",
    value: "HOW",
    help: "enabled, or no-conmon to leave the monitor in the caller's cgroup",
  },
  "kernel-memory": {
    kind: "refused",
    help: "Linux has no limit of kernel memory any more (gone with 5.11); it counts as part of --memory",
  },
  "oom-kill-disable": { kind: "flag", help: "Let it wait instead of being killed without memory (cgroup v1 only)" },
  "oom-score-adj": {
    kind: "integer",
    value: "N",
    help: "How ready the kernel is to kill it when memory runs out, -1000 to 1000",
  },
  "shm-size": { kind: "string", value: "SIZE", help: "Size of /dev/shm, 0 for no limit (default 64m)" },
  "shm-size-systemd": {
    kind: "refused",
    help: "no tmpfs is mounted for systemd; give one a size of its own, such as --tmpfs /run:size=64m",
  },
  ulimit: { kind: "list", value: "NAME=SOFT[:HARD]", help: "Set a resource limit; host copies the caller's" },
} as const;

/** Limits of a container: options of `run` and `create`, as Podman names them. */
export const RESOURCES_OPTIONS: typeof UPDATABLE_OPTIONS & typeof FIXED_OPTIONS = {
  ...UPDATABLE_OPTIONS,
  ...FIXED_OPTIONS,
};

const WORST_SCORE = 1000;

type ResourceValues = Values<typeof RESOURCES_OPTIONS>;

/** Throws `invalid` naming the option. */
export function resourcesOf(values: ResourceValues): Pick<ContainerSpec, "resources" | "ulimits"> {
  const score = values["oom-score-adj"];
  if (score !== undefined && Math.abs(score) > WORST_SCORE) {
    throw badOption("--oom-score-adj", String(score), "a score from -1000 to 1000");
  }
  const resources: Resources = {
    ...limitsOf(values),
    ...cgroupsOf(values),
    ...present({
      oomKillDisable: values["oom-kill-disable"] ? true : undefined,
      oomScoreAdjust: score,
      shmBytes: sizeOf("--shm-size", values["shm-size"]),
    }),
  };
  return { resources, ulimits: ulimitsOf(values.ulimit) };
}
