import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCgroupSetup } from "../../host/cgroup-mode.ts";
import { makeFolders } from "../../host/make-folders.ts";
import { readProcStatus } from "../../host/proc-status.ts";
import { limitWrites } from "../../runtime/cgroup-limits.ts";
import { type HostLimits, readHostLimits } from "../../runtime/host-limits.ts";
import { planResources } from "../../runtime/spec-resources.ts";
import type { PodMembership, PodRecord } from "../../state/pod.ts";
import type { Engine } from "../engine.ts";
import { cgroupParent, podCgroupPath } from "../runtime-places.ts";

const MOUNT = "/sys/fs/cgroup";

/**
 * Makes the cgroup of a pod with its limits, before a member starts below it. Idempotent. Gives a line for the user on each limit that
 * this host does not give as wanted.
 */
export function preparePodCgroup(engine: Engine, pod: PodRecord, { infra }: PodMembership): readonly string[] {
  const wanted = { ...pod.resources, pidsLimit: pod.resources.pidsLimit ?? -1 };
  const host = hostLimits(wanted);
  const { resources, warnings } = planResources(wanted, [], host);
  const path = podCgroupPath(pod.resources.cgroupParent ?? cgroupParent(engine), pod.id);
  for (const { controller, file, text } of limitWrites(resources, host)) {
    const hierarchy = host.unified ? MOUNT : join(MOUNT, controller);
    makeCgroup(hierarchy, path, host.unified ? controller : undefined);
    writeFileSync(join(hierarchy, path, file), text);
  }
  // Once is enough: the infra container starts first.
  return infra === true || pod.infraId === undefined ? warnings : [];
}

/** What this host can give of a pod's limits. Throws `invalid` for a device, CPUs or memory nodes that it does not have. */
export function hostLimits(resources: PodRecord["resources"]): HostLimits {
  const cgroups = readCgroupSetup();
  return readHostLimits(
    { resources, ulimits: {} },
    { cgroups, effective: readProcStatus().capEffective, runtime: "crun" },
  );
}

// A v2 cgroup has a controller's files only where each one above passes it on; a v1 cpuset is of no use before it has what is above it.
function makeCgroup(hierarchy: string, path: string, passedOn: string | undefined): void {
  let folder = hierarchy;
  for (const name of path.split("/").filter((part) => part !== "")) {
    if (passedOn !== undefined) writeFileSync(join(folder, "cgroup.subtree_control"), `+${passedOn}`);
    const below = join(folder, name);
    makeFolders(below, 0o755);
    if (passedOn === undefined && hierarchy.endsWith("/cpuset")) inheritSet(folder, below);
    folder = below;
  }
}

function inheritSet(from: string, to: string): void {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    if (readFileSync(join(to, file), "latin1").trim() === "")
      writeFileSync(join(to, file), readFileSync(join(from, file), "latin1"));
  }
}
