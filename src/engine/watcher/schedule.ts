import { appendFileSync, existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describeError } from "../../lib/error.ts";
import type { Engine } from "../engine.ts";
import { checkHealth } from "../health/check.ts";
import { bellPath } from "../locks.ts";
import { restartNow } from "../restart-again.ts";
import { type PendingWork, pendingWork, workOf } from "./pending.ts";
import { ringBell } from "./wake.ts";

/** A check costs some 10 ms of a processor: more at once would only make each slower. */
const MOST_AT_ONCE = 8;
/** What takes longer waits for something, and keeps nobody from a processor: it does not count among those at once. */
const SETTLED_MS = 1_000;
/** Work that nobody announces is found so: that of an exit hook that was killed. */
const LOOK_AROUND_MS = 10_000;
/** A container that is started again and again would start a watcher each time. */
const IDLE_MS = 2_000;

/** After a failure of the watcher's own. */
const RETRY_MS = 5_000;
const LOG_BYTES = 256 * 1024;

/** Times by the clock that nobody sets. */
type Job = PendingWork & { dueAt: number; startedAt: number | undefined };

/**
 * Does what is pending, each at its time, until nothing is, or the signal is aborted. `bell` rings when there is something new. Checks of one
 * container never overlap; the next one is due an interval after the end of the last, so a slow host makes fewer checks, not a backlog.
 */
export async function runSchedule(engine: Engine, bell: EventTarget, signal: AbortSignal): Promise<void> {
  const jobs = new Map<string, Job>();
  const running = new Set<Promise<void>>();
  const times = { refreshAt: 0, idleSince: performance.now() };
  const begin = (job: Job): void => {
    job.startedAt = performance.now();
    const work = perform(engine, job, signal).then((done) => {
      running.delete(work);
      finishJob(engine, jobs, job, done ? 0 : RETRY_MS);
      bell.dispatchEvent(new Event("done"));
    });
    running.add(work);
  };
  bell.addEventListener("ring", () => {
    times.refreshAt = 0;
  });
  while (!signal.aborted) {
    const now = performance.now();
    if (now >= times.refreshAt) {
      // The run root was taken away under its containers: there is nothing to be done here any more.
      if (!existsSync(engine.paths.live)) break;
      refresh(engine, jobs);
      times.refreshAt = now + LOOK_AROUND_MS;
    }
    if (jobs.size === 0 && now >= times.idleSince + IDLE_MS && isIdle(engine, jobs)) break;
    if (jobs.size > 0) times.idleSince = now;
    for (const job of dueJobs(jobs, now)) begin(job);
    const next = jobs.size === 0 ? times.idleSince + IDLE_MS : nextTime(jobs, performance.now());
    await rest(bell, signal, Math.min(next, times.refreshAt) - performance.now());
  }
  await Promise.allSettled(running);
}

// The bell goes first: who rings from now on is heard by the caller, who looks for it when its lock is free.
function isIdle(engine: Engine, jobs: Map<string, Job>): boolean {
  rmSync(bellPath(engine), { force: true });
  refresh(engine, jobs);
  if (jobs.size === 0) return true;
  ringBell(engine);
  return false;
}

function refresh(engine: Engine, jobs: Map<string, Job>): void {
  const now = performance.now();
  const found = new Map(pendingWork(engine).map((work) => [nameOf(work), work]));
  for (const [name, { startedAt }] of jobs) if (startedAt === undefined && !found.has(name)) jobs.delete(name);
  for (const [name, work] of found) {
    const known = jobs.get(name);
    if (known?.startedAt !== undefined) continue;
    // A schedule goes by the clock of the day, whoever sets it, and however long the machine slept.
    if (known?.key === work.key && known.taken === work.taken && work.kind !== "schedule") continue;
    jobs.set(name, { ...work, dueAt: now + work.inMs, startedAt: undefined });
  }
}

/** A container may have a health check and a log to look after at the same time. */
function nameOf({ kind, id }: PendingWork): string {
  return `${kind} ${id}`;
}

function dueJobs(jobs: ReadonlyMap<string, Job>, now: number): Job[] {
  const due = [...jobs.values()].filter(({ dueAt, startedAt }) => startedAt === undefined && dueAt <= now);
  return due.toSorted((a, b) => a.dueAt - b.dueAt).slice(0, Math.max(0, MOST_AT_ONCE - busyCount(jobs, now)));
}

function busyCount(jobs: ReadonlyMap<string, Job>, now: number): number {
  return [...jobs.values()].filter(({ startedAt }) => startedAt !== undefined && now < startedAt + SETTLED_MS).length;
}

/** When something can begin: the next due one's time, or, when too many are at work, when one of those has settled. */
function nextTime(jobs: ReadonlyMap<string, Job>, now: number): number {
  const waiting = [...jobs.values()].flatMap(({ startedAt, dueAt }) => (startedAt === undefined ? [dueAt] : []));
  const next = Math.min(...waiting, Number.POSITIVE_INFINITY);
  if (next > now || busyCount(jobs, now) < MOST_AT_ONCE) return next;
  const busy = [...jobs.values()].flatMap(({ startedAt }) => (startedAt === undefined ? [] : [startedAt + SETTLED_MS]));
  return Math.min(...busy.filter((time) => time > now));
}

// What goes wrong with one container (a lock that is held too long, a full disk) must not keep the watcher from the others.
async function perform(engine: Engine, { id, kind }: Job, signal: AbortSignal): Promise<boolean> {
  try {
    if (kind === "restart") await restartNow(engine, id);
    else if (kind === "schedule") await runScheduled(engine, id);
    else if (kind === "rotate") await (await import("../log/rotate.ts")).tendLog(engine, id, signal);
    else await checkHealth(engine, id, { signal, asked: false });
    return true;
  } catch (error) {
    tell(engine, `${kind} of ${id}: ${describeError(error)}`);
    return false;
  }
}

async function runScheduled(engine: Engine, id: string): Promise<void> {
  const leftOut = await (await import("../schedule/run-due.ts")).runDue(engine, id);
  if (leftOut !== undefined) tell(engine, `schedule of ${id}: ${leftOut}`);
}

// Nobody hears what the watcher says, but whoever looks for it.
function tell(engine: Engine, text: string): void {
  const path = join(engine.paths.watcher, "log");
  const full = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES;
  if (full) rmSync(path, { force: true });
  appendFileSync(path, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 });
}

function finishJob(engine: Engine, jobs: Map<string, Job>, job: Job, leastMs: number): void {
  jobs.delete(nameOf(job));
  for (const again of workOf(engine, job.id)) {
    const name = nameOf(again);
    // What else is to come of it is there already, or is found in a moment; a check may be followed by a restart.
    if (jobs.has(name)) continue;
    // Of the same run: a whole interval from now, whatever the clock of the day says meanwhile.
    const dueIn = Math.max(leastMs, again.key === job.key ? again.paceMs : again.inMs);
    jobs.set(name, { ...again, dueAt: performance.now() + dueIn, startedAt: undefined });
  }
}

/** Until something happens, or for so long. */
async function rest(bell: EventTarget, signal: AbortSignal, ms: number): Promise<void> {
  if (ms <= 0 || signal.aborted) return;
  const woken = Promise.withResolvers<void>();
  const wake = (): void => woken.resolve();
  const timer = setTimeout(wake, Math.min(ms, LOOK_AROUND_MS));
  for (const target of [bell, signal])
    for (const name of ["ring", "done", "abort"]) target.addEventListener(name, wake);
  try {
    await woken.promise;
  } finally {
    clearTimeout(timer);
    for (const target of [bell, signal])
      for (const name of ["ring", "done", "abort"]) target.removeEventListener(name, wake);
  }
}
