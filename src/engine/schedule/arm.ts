import { EstibaError } from "../../lib/error.ts";
import { findContainer } from "../../state/containers.ts";
import { transaction } from "../../state/database.ts";
import { deleteDueRun, getDueRun, putDueRun } from "../../state/schedules.ts";
import type { Engine } from "../engine.ts";
import { wakeWatcher } from "../watcher/wake.ts";
import { nextRun } from "./next-run.ts";

/**
 * Puts the schedule of a container in force: the watcher starts it at its times. One that is in force stays as it is. Gives the next time, in
 * milliseconds since the epoch. Throws `not_found`, and `invalid` for a container without a schedule, or one whose time never comes.
 */
export function armSchedule(engine: Engine, nameOrId: string): number {
  const { id, name, spec } = findContainer(engine.store, nameOrId);
  const known = getDueRun(engine.store, id);
  const dueAt = known ?? (spec.schedule === undefined ? undefined : nextRun(spec.schedule, Date.now()));
  if (dueAt === undefined) {
    throw new EstibaError("invalid", {
      reason: "schedule.never",
      what: `container "${name}" has no time at which it could be started`,
      fix: "give it a schedule whose day comes",
    });
  }
  if (known === undefined) transaction(engine.store, () => putDueRun(engine.store, { id, dueAt }));
  wakeWatcher(engine);
  return dueAt;
}

/** Takes the schedule of a container out of force; a run that has begun goes on. Idempotent. */
export function disarmSchedule(engine: Engine, id: string): void {
  if (getDueRun(engine.store, id) !== undefined) transaction(engine.store, () => deleteDueRun(engine.store, id));
}
