import { EstibaError } from "../../lib/error.ts";
import { taskName } from "../agent/task-spec.ts";
import { isLive } from "../model/task.ts";
import { placeOf } from "../views/task.ts";
import type { TaskRow } from "./wire.ts";

/** Fewer digits of an id are no name: they might be meant for anything. */
const LEAST_DIGITS = 4;

/**
 * The task that a name means: `web.1`, of which it is the one that runs, or the last one that did; `web.1.<id>`, as its container is called; its
 * id, or its container's, or how one of them begins. Throws `not_found`, `conflict` for several.
 */
export function findTask(rows: readonly TaskRow[], name: string): TaskRow {
  const inSlot = rows
    .filter((row) => placeOf(row) === name || placeOf(row).split("@")[0] === name)
    .toSorted((a, b) => rankOf(b) - rankOf(a) || age(a, b));
  const [best] = inSlot.length > 0 ? inSlot : rows.filter(({ task }) => task.id === name);
  if (best !== undefined) return best;
  const [only, ...more] = rows.filter((row) => isBegun(row, name));
  if (only === undefined) throw unknown(name);
  if (more.length > 0) throw ambiguous(name, more.length + 1);
  return only;
}

function isBegun({ task, serviceName }: TaskRow, name: string): boolean {
  const { id, status } = task;
  const full = taskName(serviceName, task);
  if (full.startsWith(name) && name.length > full.length - id.length) return true;
  return name.length >= LEAST_DIGITS && (id.startsWith(name) || status.containerId?.startsWith(name) === true);
}

/** One that runs before one that is about to, before one that has been there. */
function rankOf({ task }: TaskRow): number {
  if (task.status.containerId === undefined) return 0;
  return isLive(task) ? 2 : 1;
}

function age(a: TaskRow, b: TaskRow): number {
  return b.task.createdAt - a.task.createdAt;
}

function unknown(name: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "cluster.unknown",
    what: `task ${name} not found`,
    fix: "see: estiba service ps SERVICE",
  });
}

function ambiguous(name: string, matches: number): EstibaError {
  return new EstibaError("conflict", {
    reason: "cluster.ambiguous",
    what: `task ${name} is ambiguous (${matches} matches found)`,
    fix: "give more of its name or id",
  });
}
