import { renameSync } from "node:fs";
import { temporaryPath } from "../image/temporary.ts";
import { hasCode } from "../lib/has-code.ts";
import { removeTree } from "../storage/remove-tree.ts";
import type { Engine } from "./engine.ts";

/**
 * Takes files and folders whose records are gone out of the way, under names that tell who deletes them; gives what is still to be deleted.
 * A tree of any size goes in a moment: the rest is done without the lock that the caller holds, by {@link deleteAside}.
 */
export function setAside(engine: Engine, paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    try {
      const aside = temporaryPath(engine.paths, "removal");
      renameSync(path, aside);
      return [aside];
    } catch (error) {
      // Gone already; or there is no room for a name, or the folder is a disk of its own: then where it is.
      if (!hasCode(error, "ENOENT")) removeTree(path);
      return [];
    }
  });
}

/** Deletes what was set aside. Killed meanwhile, it leaves files of a dead process, which `system check` finds. */
export async function deleteAside(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    removeTree(path);
    // Between large trees, others may have their turn.
    await Bun.sleep(0);
  }
}
