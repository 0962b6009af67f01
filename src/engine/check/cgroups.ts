import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { cgroupHierarchies } from "../../host/cgroup-folders.ts";
import { folderNames } from "../../host/folder-names.ts";
import { hasCode } from "../../lib/has-code.ts";
import { listSoundContainers } from "../../state/containers.ts";
import { getPod } from "../../state/pods.ts";
import type { Engine } from "../engine.ts";
import { cgroupParent, cgroupPath } from "../runtime-places.ts";
import { isLeftover } from "./busy.ts";
import type { Finding } from "./finding.ts";

const BUSY_LOOKS = 20;
const PAUSE_MS = 10;
const ID = /^[0-9a-f]{64}$/;
const POD = "pod-";

/** Cgroups of containers that do not run, and of pods that are gone, in whichever hierarchies this host has. */
export function checkCgroups(engine: Engine): Finding[] {
  const parents = parentsOfCgroups(engine);
  const places = parents.flatMap(({ path: parent }) =>
    folderNames(parent)
      .filter((id) => ID.test(id))
      .map((id) => ({ id, path: join(parent, id) })),
  );
  const pods = parents.flatMap(({ pod: id, path }) => (id === undefined ? [] : [{ id, path }]));
  return [
    ...[...places, ...placesByHand(engine)]
      .filter(({ id, path }) => isLeftover(engine, id, path))
      .map(({ path }) => leftover(path, "a container that does not run")),
    // One of a pod that is there is kept for its next start.
    ...pods
      .filter(({ id, path }) => getPod(engine.store, id) === undefined && existsSync(path))
      .map(({ path }) => leftover(path, "a pod that does not exist")),
  ];
}

type CgroupParent = {
  /** Its path below the mount of the hierarchy, and with that. */
  readonly cgroup: string;
  readonly path: string;
  readonly pod?: string;
};

/** Where cgroups of containers lie, in whichever hierarchies: below the engine's own, and below those of pods in that. */
export function parentsOfCgroups(engine: Engine): CgroupParent[] {
  const own = cgroupParent(engine);
  return cgroupHierarchies().flatMap((hierarchy): CgroupParent[] => {
    const path = join(hierarchy, own);
    const pods = folderNames(path).filter((name) => name.startsWith(POD));
    return [
      { cgroup: own, path },
      ...pods.map((name) => ({ cgroup: `${own}/${name}`, path: join(path, name), pod: name.slice(POD.length) })),
    ];
  });
}

function leftover(path: string, owner: string): Finding {
  return {
    kind: "cgroup",
    what: `${path}, of ${owner}`,
    // It may lie in one that was taken away before.
    repair: () => (existsSync(path) ? removeCgroup(path) : undefined),
  };
}

// `--cgroup-parent` is anybody's folder: only what a record names there is ours.
function placesByHand(engine: Engine): { id: string; path: string }[] {
  return listSoundContainers(engine.store)
    .filter(({ spec }) => spec.resources.cgroupParent !== undefined)
    .flatMap((record) =>
      cgroupHierarchies().map((hierarchy) => ({ id: record.id, path: join(hierarchy, cgroupPath(engine, record)) })),
    );
}

/** Removes a cgroup and those below it; processes in it make that fail, which is right. */
function removeCgroup(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(join(path, entry.name));
  rmdirSync(path);
}

/**
 * Removes a cgroup in every hierarchy of this host, by its path below the mount. One that goes on being in use (a monitor that is just
 * ending is a member still) stays: the check names it.
 */
export async function removeCgroups(path: string): Promise<void> {
  for (const hierarchy of cgroupHierarchies()) {
    const cgroup = join(hierarchy, path);
    for (let look = 0; look < BUSY_LOOKS && folderNames(cgroup).length > 0 && !isRemoved(cgroup); look++) {
      await Bun.sleep(PAUSE_MS);
    }
  }
}

function isRemoved(path: string): boolean {
  try {
    removeCgroup(path);
    return true;
  } catch (error) {
    if (hasCode(error, "EBUSY")) return false;
    // The runtime, or whoever cleans up at the same moment, was quicker with a part of it.
    if (hasCode(error, "ENOENT")) return !existsSync(path);
    throw error;
  }
}
