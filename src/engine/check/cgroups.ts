import { readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { cgroupHierarchies } from "../../host/cgroup-folders.ts";
import { folderNames } from "../../host/folder-names.ts";
import { hasCode } from "../../lib/has-code.ts";
import { listContainers } from "../../state/containers.ts";
import { cgroupParent, cgroupPath } from "../bundle.ts";
import type { Engine } from "../engine.ts";
import { isLeftover } from "./busy.ts";
import type { Finding } from "./finding.ts";

const BUSY_LOOKS = 20;
const PAUSE_MS = 10;
const ID = /^[0-9a-f]{64}$/;

/** Cgroups of containers that do not run, in whichever hierarchies this host has. */
export function checkCgroups(engine: Engine): Finding[] {
  const places = cgroupHierarchies().flatMap((hierarchy) =>
    folderNames(join(hierarchy, cgroupParent(engine)))
      .filter((id) => ID.test(id))
      .map((id) => ({ id, path: join(hierarchy, cgroupParent(engine), id) })),
  );
  return [...places, ...placesByHand(engine)]
    .filter(({ id, path }) => isLeftover(engine, id, path))
    .map(({ path }) => ({
      kind: "cgroup",
      what: `${path}, of a container that does not run`,
      repair: () => removeCgroup(path),
    }));
}

// `--cgroup-parent` is anybody's folder: only what a record names there is ours.
function placesByHand(engine: Engine): { id: string; path: string }[] {
  return listContainers(engine.store)
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
    throw error;
  }
}
