import { nextRun, runUpTo } from "../../engine/schedule/next-run.ts";
import { humanDuration } from "../../lib/duration.ts";
import type { Run, Schedule, ScheduleStatus } from "../model/schedule.ts";
import type { Service } from "../model/service.ts";
import { hasEnded, isLive, isWanted, type Task } from "../model/task.ts";
import { type Draft, putService, type Slot, slotsOf, wake, want } from "./draft.ts";
import { isDone, type JobSize, runJob } from "./jobs.ts";

/** A clock that was set back by less shows times again that have had their run; by more, it had been wrong before. */
const CORRECTION_MS = 3 * 3_600_000;

/** Has a job run at its times, each run with tasks of its own. What is decided is written into the service before its tasks are. */
export function reconcileScheduled(draft: Draft, service: Service, schedule: Schedule, size: JobSize): void {
  const before = standing(draft, service, schedule);
  const due = nextRun(schedule, before.after);
  const isDue = due !== undefined && due <= draft.clock;
  const begun = isDue ? begin(draft, before, { due, schedule, size }) : before;
  const replaced = new Set(begun.runs.filter(({ state }) => state === "replaced").map(({ at }) => at));
  for (const task of draft.tasks.values())
    if (task.run !== undefined && replaced.has(task.run) && isWanted(task)) want(draft, task, "shutdown");
  const runs = begun.runs.map((run) => (run.state === "running" ? goOn(draft, service, run, size) : run));
  const status = { ...begun, runs: keptOf(draft, runs, schedule) };
  if (JSON.stringify(status) !== JSON.stringify(service.schedule)) putService(draft, { ...service, schedule: status });
  const next = isDue ? nextRun(schedule, status.after) : due;
  // The clock of the day may have been set; it is waited for by one that is not.
  if (next !== undefined) wake(draft, draft.now + Math.max(0, next - draft.clock));
}

/** What is known of earlier runs. Tasks of one that is not in the list were written down, and the list was not. */
function standing(
  { clock, now, tasks }: Draft,
  { schedule: known }: Service,
  { cron, timezone }: Schedule,
): ScheduleStatus {
  const of = `${cron} ${timezone}`;
  const runs = known?.runs ?? [];
  const listed = new Set(runs.map(({ at }) => at));
  const unlisted = new Set([...tasks.values()].filter(isWanted).flatMap(({ run }) => run ?? []));
  const added = [...unlisted]
    .filter((at) => !listed.has(at))
    .map((at): Run => ({ at, state: "running", begunAt: now }));
  const all = [...added, ...runs].toSorted((a, b) => b.at - a.at);
  if (known?.of !== of) return { of, after: clock, runs: all };
  const after = Math.max(known.after, ...added.map(({ at }) => at));
  if (after <= clock + CORRECTION_MS) return { ...known, after, runs: all };
  const text = `the clock was set back by ${humanDuration(after - clock).toLowerCase()}: times after now come again`;
  return { ...known, after: clock, runs: all, remark: { at: clock, text } };
}

type Due = { readonly due: number; readonly schedule: Schedule; readonly size: JobSize };

/** Begins the run whose time has come: of several the last one, where it is not too late for it. */
function begin({ clock, now }: Draft, status: ScheduleStatus, { due, schedule, size }: Due): ScheduleStatus {
  const at = Math.max(due, runUpTo(schedule, clock) ?? due);
  const passed = { ...status, after: at };
  const leftOut = (why: string): ScheduleStatus => ({
    ...passed,
    remark: { at, text: `the run of ${timeOf(at)} was left out: ${why}` },
  });
  if (size.total === 0) return leftOut("the service is scaled to 0");
  // The clock had been ahead when that was.
  if (status.runs.some((run) => run.at === at)) return passed;
  const lateMs = clock - at;
  if (lateMs > schedule.deadlineMs) {
    const late = humanDuration(lateMs).toLowerCase();
    return leftOut(
      `it was noticed ${late} late, and may begin ${humanDuration(schedule.deadlineMs).toLowerCase()} late`,
    );
  }
  const goesOn = status.runs.find(({ state }) => state === "running");
  if (goesOn !== undefined && schedule.overlap === "forbid") return leftOut(`the one of ${timeOf(goesOn.at)} went on`);
  const missed = `runs from ${timeOf(due)} on were missed: the one of ${timeOf(at)} makes up for them`;
  const run: Run = { at, state: "running", begunAt: now };
  const earlier = status.runs.map(
    (one): Run =>
      one.state === "running" && schedule.overlap === "replace" ? { ...one, state: "replaced", endedAt: now } : one,
  );
  return { ...passed, runs: [run, ...earlier], ...(due < at ? { remark: { at: due, text: missed } } : {}) };
}

/** Goes on with a run; gives it as it is then. */
function goOn(draft: Draft, service: Service, run: Run, size: JobSize): Run {
  runJob(draft, service, size, { run: run.at, after: (slot) => lastOfReplaced(draft, run, slot) });
  const slots = slotsOfRun(draft, run);
  if (slots.length < size.total || slots.some(({ live, tasks }) => !isOverIn(live, tasks))) return run;
  const state = slots.every(({ tasks }) => tasks.some(isDone)) ? "complete" : "failed";
  return { ...run, state, endedAt: draft.now };
}

function isOverIn(live: readonly Task[], tasks: readonly Task[]): boolean {
  return live.length === 0 && (tasks.some(isDone) || tasks[0]?.settled === true);
}

function slotsOfRun(draft: Draft, { at }: Run): Slot[] {
  return [...slotsOf(draft).values()].filter(({ tasks }) => tasks[0]?.run === at);
}

/** The task of an earlier run in the same slot that is being stopped. */
function lastOfReplaced({ tasks }: Draft, { at }: Run, slot: number): string | undefined {
  const waits = (task: Task): boolean =>
    task.slot === slot && task.run !== at && !hasEnded(task) && !isLive(task) && task.desired === "shutdown";
  return [...tasks.values()].filter(waits).toSorted((a, b) => b.createdAt - a.createdAt)[0]?.id;
}

/** The runs without those whose time to be kept is over, whose tasks go. */
function keptOf(draft: Draft, runs: readonly Run[], { history }: Schedule): Run[] {
  const ended = runs.filter(({ state }) => state !== "running");
  const gone = new Set(ended.slice(history).map(({ at }) => at));
  for (const task of draft.tasks.values())
    if (task.run !== undefined && gone.has(task.run)) want(draft, task, "remove");
  return runs.filter(({ at }) => !gone.has(at));
}

function timeOf(at: number): string {
  return new Date(at).toISOString();
}
