import { isEstibaError } from "../../lib/error.ts";
import type { Engine } from "../engine.ts";
import { podFilter } from "./filter.ts";
import { summarizePods } from "./list.ts";
import { removePod } from "./remove.ts";

/** Removes the pods of which nothing runs, though it did, and that fit the filters; gives their ids. Throws `invalid` for a bad filter. */
export async function prunePods(engine: Engine, filters: readonly string[]): Promise<string[]> {
  const fits = podFilter(engine, filters);
  const removed: string[] = [];
  for (const summary of summarizePods(engine)) {
    if ((summary.status !== "Exited" && summary.status !== "Stopped") || !fits(summary)) continue;
    try {
      removed.push((await removePod(engine, summary.pod.id, { force: false })).id);
    } catch (error) {
      // Started, or removed, since it was listed.
      if (!isEstibaError(error, "in_use", "not_found")) throw error;
    }
  }
  return removed;
}
