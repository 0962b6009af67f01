import { isEstibaError } from "../lib/error.ts";
import { listDueRuns } from "../state/schedules.ts";
import { containerFilter } from "./container-filter.ts";
import type { Engine } from "./engine.ts";
import { type ContainerSummary, summarizeContainers } from "./list.ts";
import { removeContainer } from "./remove.ts";

const PRUNE_FILTERS = ["label", "label!", "until"];

/**
 * Removes all containers that do not run, nor will by a schedule, and fit the filters (`label`, `label!`, `until`), with their snapshots, without their volumes;
 * gives the ids of those that went. Throws `invalid` for a bad filter.
 */
export async function pruneContainers(engine: Engine, filters: readonly string[]): Promise<string[]> {
  const matches = containerFilter(engine, filters, PRUNE_FILTERS);
  const scheduled = new Set(listDueRuns(engine.store).map(({ id }) => id));
  const unused = summarizeContainers(engine).filter(
    (container) => isUnused(container) && matches(container) && !scheduled.has(container.record.id),
  );
  const removed = await Promise.all(unused.map(({ record }) => removeUnused(engine, record.id)));
  return removed.filter((id) => id !== undefined);
}

// An infra container goes with its pod.
function isUnused({ record, status }: ContainerSummary): boolean {
  if (record.spec.pod?.infra === true) return false;
  return status === "created" || status === "initialized" || status === "exited";
}

async function removeUnused(engine: Engine, id: string): Promise<string | undefined> {
  try {
    await removeContainer(engine, id, { force: false, volumes: false });
    return id;
  } catch (error) {
    // Started, or removed, since it was listed; or others need it.
    if (!isEstibaError(error, "wrong_state", "not_found", "in_use")) throw error;
    return undefined;
  }
}
