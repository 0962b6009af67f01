import { EstibaError } from "../../lib/error.ts";
import { findContainer, replaceDefinition } from "../../state/containers.ts";
import { transaction } from "../../state/database.ts";
import { deleteDueRun, getDueRun, putDueRun } from "../../state/schedules.ts";
import type { ScheduleSpec } from "../../state/spec/schedule.ts";
import type { Engine } from "../engine.ts";
import { wakeWatcher } from "../watcher/wake.ts";
import { nextRun } from "./next-run.ts";

/**
 * Puts a schedule of a container in force: the watcher starts it at its times. The same one that is in force stays as it is. Gives the next
 * time, in milliseconds since the epoch. Throws `not_found`, and `invalid` for one whose time never comes.
 */
export function armSchedule(engine: Engine, nameOrId: string, schedule: ScheduleSpec): number {
  const { id, name, spec } = findContainer(engine.store, nameOrId);
  const same = JSON.stringify(spec.schedule) === JSON.stringify(schedule);
  const known = same ? getDueRun(engine.store, id) : undefined;
  const dueAt = known ?? nextRun(schedule, Date.now());
  if (dueAt === undefined) {
    throw new EstibaError("invalid", {
      reason: "schedule.never",
      what: `container "${name}" has no time at which it could be started`,
      fix: "give it a schedule whose day comes",
    });
  }
  if (known === undefined) {
    transaction(engine.store, () => {
      const now = findContainer(engine.store, id);
      if (!same) replaceDefinition(engine.store, { ...now, spec: { ...now.spec, schedule } });
      putDueRun(engine.store, { id, dueAt });
    });
  }
  wakeWatcher(engine);
  return dueAt;
}

/** Takes the schedule of a container out of force; a run that has begun goes on. Idempotent. */
export function disarmSchedule(engine: Engine, id: string): void {
  if (getDueRun(engine.store, id) !== undefined) transaction(engine.store, () => deleteDueRun(engine.store, id));
}
