import { getContainer } from "../../state/containers.ts";
import { transaction } from "../../state/database.ts";
import { deleteDueRun, getDueRun, putDueRun } from "../../state/schedules.ts";
import type { Engine } from "../engine.ts";
import { startContainer } from "../start.ts";
import { isUp, observe } from "../status.ts";
import { nextRun } from "./next-run.ts";

/** A time that lies further back was missed: the machine was off, or nobody watched. */
const LATE_MS = 120_000;

/**
 * Starts a container whose time has come, unless the run before goes on. The next time is written down first: who is killed here loses a run,
 * and makes none twice. Gives what was left out and why; undefined where it was started.
 */
export async function runDue(engine: Engine, id: string): Promise<string | undefined> {
  const record = getContainer(engine.store, id);
  const now = Date.now();
  const dueAt = getDueRun(engine.store, id);
  if (record?.spec.schedule === undefined || dueAt === undefined || dueAt > now) return undefined;
  const next = nextRun(record.spec.schedule, now);
  transaction(engine.store, () => {
    // Somebody may have taken it out of force meanwhile.
    if (getDueRun(engine.store, id) === undefined) return;
    if (next === undefined) deleteDueRun(engine.store, id);
    else putDueRun(engine.store, { id, dueAt: next });
  });
  const time = new Date(dueAt).toISOString();
  if (now - dueAt > LATE_MS && record.spec.schedule.missed === "skip") return `the run of ${time} was missed`;
  if (isUp(observe(engine, record))) return `the run of ${time} is left out: the one before goes on`;
  await startContainer(engine, id, false);
  return undefined;
}
