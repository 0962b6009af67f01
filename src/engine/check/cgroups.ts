import { readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { listStates } from "../../state/containers.ts";
import { cgroupParent } from "../bundle.ts";
import type { Engine } from "../engine.ts";
import type { Finding } from "./finding.ts";
import { folderNames } from "./folder-names.ts";

const MOUNT = "/sys/fs/cgroup";
const ID = /^[0-9a-f]{64}$/;

/** Cgroups of containers that do not run, in whichever hierarchies this host has. */
export function checkCgroups(engine: Engine): Finding[] {
  const states = listStates(engine.live);
  const parent = cgroupParent(engine);
  return [MOUNT, ...folderNames(MOUNT).map((name) => join(MOUNT, name))].flatMap((hierarchy) =>
    folderNames(join(hierarchy, parent))
      .filter((id) => ID.test(id) && !states.has(id))
      .map((id) => {
        const path = join(hierarchy, parent, id);
        return { kind: "cgroup", what: `${path}, of a container that does not run`, repair: () => removeCgroup(path) };
      }),
  );
}

/** Removes a cgroup and those below it; processes in it make that fail, which is right. */
export function removeCgroup(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(join(path, entry.name));
  rmdirSync(path);
}
