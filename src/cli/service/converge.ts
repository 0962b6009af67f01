import type { NodeClient } from "../../cluster/door/client.ts";
import type { ServiceSummary, TaskRow } from "../../cluster/door/wire.ts";
import { modeName } from "../../cluster/model/schedule.ts";
import { isJob, type UpdateState } from "../../cluster/model/service.ts";
import { isWanted } from "../../cluster/model/task.ts";
import { EstibaError } from "../../lib/error.ts";
import type { Cli } from "../context.ts";

/** A task that runs for less is not counted on yet. */
const LONGEST_STABLE_MS = 5_000;
const PAUSED: readonly UpdateState[] = ["paused", "rollback_paused"];
const UNDER_WAY: readonly UpdateState[] = ["updating", "rollback_started"];

type Converging = {
  readonly quiet: boolean;
  /** Others wait for it: it only has to be there, and is given up when it fails again and again. */
  readonly asDependency?: boolean;
  /** A rollback was asked for: it is no failure. */
  readonly isRollback?: boolean;
  /** By performance.now(). */
  readonly deadline?: number | undefined;
};

/** A dependency that has ended so often without having been well is not waited for any longer. */
const MOST_FAILURES = 3;

/**
 * Waits until a service is what it was asked to be: all tasks of its current spec run, and go on for a while; those of a job have done what
 * they were to. Tells on the way how far it is. Throws `wrong_state` when an update is paused or rolled back, or a job cannot be done;
 * `timeout` after the deadline.
 */
export async function converge(
  cli: Cli,
  ask: NodeClient,
  id: string,
  { quiet, asDependency = false, isRollback = false, deadline }: Converging,
): Promise<number> {
  const said = { text: "" };
  const tell = (text: string): void => {
    if (!quiet && text !== said.text) cli.out(`${text}\n`);
    said.text = text;
  };
  const stable: { since?: number } = {};
  let wasUnderWay = false;
  for (let revision = 0; ; ) {
    const summary = await ask<ServiceSummary>("GET", `/services/${id}`);
    const rows = await ask<TaskRow[]>("GET", `/services/${id}/tasks`);
    requireGoing(summary, rows);
    const state = summary.service.update?.state;
    if (wasUnderWay && !isRollback && state === "rollback_completed") throw rolledBack(summary);
    wasUnderWay ||= UNDER_WAY.some((each) => each === state);
    if (asDependency) requireHope(summary, rows);
    const progress = progressOf(summary, rows);
    tell(progress.text);
    if (!progress.reached) delete stable.since;
    else {
      stable.since ??= performance.now();
      const stableMs =
        isJob(summary.service.spec) || asDependency
          ? 0
          : Math.min(summary.service.spec.update.monitorMs, LONGEST_STABLE_MS);
      const leftMs = stableMs - (performance.now() - stable.since);
      if (leftMs <= 0) {
        tell(`verify: Service ${id} converged`);
        return 0;
      }
      await Bun.sleep(Math.min(leftMs, 200));
      continue;
    }
    revision = await nextRevision(ask, revision, { deadline, name: summary.service.spec.name });
  }
}

function rolledBack({ service: { spec, update } }: ServiceSummary): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "service.rolled_back",
    what: `service rolled back: ${update?.message}`,
    fix: `it runs as before; see why: estiba service ps ${spec.name}`,
  });
}

type Limit = { readonly deadline: number | undefined; readonly name: string };

async function nextRevision(ask: NodeClient, after: number, { deadline, name }: Limit): Promise<number> {
  const signal = deadline === undefined ? undefined : AbortSignal.timeout(Math.max(1, deadline - performance.now()));
  try {
    return (await ask<{ revision: number }>("GET", `/revision?after=${after}`, undefined, signal)).revision;
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new EstibaError("timeout", {
      reason: "service.not_ready",
      what: `service ${name} is not what it was asked to be by the end of the time it was given`,
      fix: `see why: estiba service ps ${name}`,
    });
  }
}

/** Throws `wrong_state` where the tasks of a slot only fail, or the policy leaves it at that. */
function requireHope({ service }: ServiceSummary, rows: readonly TaskRow[]): void {
  const { spec, specHash } = service;
  const failing = rows.find(
    ({ task }) =>
      task.specHash === specHash &&
      ((task.settled === true && task.status.state !== "complete") ||
        (isWanted(task) && task.status.state !== "running" && (task.restarts?.inARow ?? 0) >= MOST_FAILURES)),
  );
  if (failing === undefined) return;
  const errors = rows.flatMap(({ task }) => task.status.error ?? []);
  throw new EstibaError("wrong_state", {
    reason: "service.dependency_failed",
    what: `service ${spec.name}, which others wait for, does not start: ${errors[0] ?? failing.task.status.message}`,
    fix: `see what it printed: estiba service logs ${spec.name}`,
  });
}

type Progress = { readonly reached: boolean; readonly text: string };

function progressOf(
  { service, running, desired, completed, nextRun }: ServiceSummary,
  rows: readonly TaskRow[],
): Progress {
  const { mode } = service.spec;
  // What comes of its runs is not waited for.
  if (modeName(service.spec) === "scheduled")
    return {
      reached: true,
      text: nextRun === undefined ? "no next run" : `next run: ${new Date(nextRun).toISOString()}`,
    };
  if (isJob(service.spec)) {
    const total = mode.kind === "replicated-job" ? mode.total : desired;
    return { reached: completed >= total, text: `job progress: ${completed} out of ${total} complete` };
  }
  const isCurrent = ({ task }: TaskRow): boolean =>
    task.specHash === service.specHash && task.status.state === "running";
  // Its policy leaves it at that.
  const ended = rows.filter(({ task }) => task.specHash === service.specHash && isEndedWell(task)).length;
  const current = rows.filter((row) => isCurrent(row) && row.task.desired === "running").length + ended;
  const updating = UNDER_WAY.some((state) => state === service.update?.state);
  const why = rows.find(({ task }) => task.status.error !== undefined && task.desired === "running")?.task.status.error;
  const text = `overall progress: ${Math.min(current, desired)} out of ${desired} tasks`;
  return {
    // What is on its way out still counts as running: wait for the end of that, too.
    reached: !updating && current === desired && running + ended === desired,
    text: why === undefined || current >= desired ? text : `${text}: ${why}`,
  };
}

function isEndedWell({ settled, status }: TaskRow["task"]): boolean {
  return settled === true && status.state === "complete";
}

function requireGoing({ service }: ServiceSummary, rows: readonly TaskRow[]): void {
  const { update, spec } = service;
  if (update !== undefined && PAUSED.includes(update.state)) {
    const back = update.state === "rollback_paused";
    throw new EstibaError("wrong_state", {
      reason: "service.update_paused",
      what: `service ${back ? "rollback" : "update"} paused: ${update.message}`,
      fix: `see why: estiba service ps ${spec.name}; then update it again, or: estiba service rollback ${spec.name}`,
    });
  }
  if (modeName(spec) === "scheduled") return;
  const dead = rows.find(({ task }) => isJob(spec) && task.settled === true && task.status.state !== "complete");
  if (dead === undefined) return;
  throw new EstibaError("wrong_state", {
    reason: "service.job_failed",
    what: `a task of job ${spec.name} has failed for good: ${dead.task.status.error ?? dead.task.status.message}`,
    fix: `see what it printed: estiba service logs ${spec.name}`,
  });
}
