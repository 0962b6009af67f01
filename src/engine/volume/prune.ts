import { isEstibaError } from "../../lib/error.ts";
import { listVolumes } from "../../state/volumes.ts";
import type { Engine } from "../engine.ts";
import { usersOf } from "./device.ts";
import { volumeFilter } from "./filter.ts";
import { removeVolume } from "./remove.ts";

const PRUNE_FILTERS = ["all", "label", "label!", "until", "since", "after", "anonymous", "driver", "name", "opt"];

/** The names of the volumes that no container has and that fit the filters. Throws `invalid` for a bad filter. */
export function unusedVolumes(engine: Engine, filters: readonly string[]): string[] {
  return listVolumes(engine.store)
    .filter(volumeFilter(engine, filters, PRUNE_FILTERS))
    .filter(({ name }) => usersOf(engine, name).length === 0)
    .map(({ name }) => name);
}

/** Removes {@link unusedVolumes}, one after another; gives the names of those that went. */
export async function pruneVolumes(engine: Engine, filters: readonly string[]): Promise<string[]> {
  const removed: string[] = [];
  for (const name of unusedVolumes(engine, filters)) {
    try {
      removed.push(await removeVolume(engine, name, { force: false }));
    } catch (error) {
      // Taken into use, or removed, since it was listed.
      if (!isEstibaError(error, "in_use", "not_found")) throw error;
    }
  }
  return removed;
}
