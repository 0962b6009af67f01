import type { Loaded } from "../../compose/load.ts";
import { LABELS, type Naming, shortName } from "../../compose/plan/names.ts";
import { type UpEvent, type UpOptions, upProject } from "../../compose/up.ts";
import { summarize } from "../../engine/list.ts";
import { type FollowEvent, followContainers } from "../../engine/log/follow.ts";
import { isUp } from "../../engine/status.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { getContainer, getState } from "../../state/containers.ts";
import { getDueRun } from "../../state/schedules.ts";
import { interrupted } from "../image/interrupt.ts";
import { containersOf } from "./containers.ts";
import type { Keys } from "./keys.ts";
import { type LogLines, logLines } from "./log-lines.ts";
import { showMaking } from "./progress.ts";
import { amidOutput, type Session } from "./session.ts";
import { stopProject } from "./stop-project.ts";

/** How an `up` in the foreground goes on once everything is made. */
export type Attaching = {
  /** Services whose output is shown. */
  readonly shown: ReadonlySet<string>;
  /** Of these, those whose ends end the command: what they depend on may run on. */
  readonly awaited: ReadonlySet<string>;
  /** What is stopped at the end: the services that were named, and what they depend on runs on; undefined for all. */
  readonly stopped: readonly string[] | undefined;
  readonly abort: "never" | "exit" | "failure";
  /** Its code is the command's. */
  readonly exitCodeFrom: string | undefined;
  readonly prefix: boolean;
  readonly timestamps: boolean;
  readonly color: boolean;
  readonly timeoutSeconds: number | undefined;
  /** Watch source files until Ctrl-C; containers come and go meanwhile. */
  readonly watch: boolean;
  /** Take keys from the terminal. */
  readonly keys: boolean;
};

/** An event that does not come must not keep the command. */
const LAST_WORDS_MS = 5000;

/** What has happened so far. */
type Course = {
  readonly session: Session;
  readonly loaded: Loaded;
  readonly attaching: Attaching;
  readonly lines: LogLines;
  /** Containers that are shown and have not ended for good. */
  readonly living: Set<string>;
  started: boolean;
  /** Milliseconds since the epoch, before anything was started. */
  readonly begunAt: number;
  /** Containers whose end was told, by id. */
  readonly told: Set<string>;
  /** The code that ended it. */
  code: number | undefined;
  /** By service: the last code. */
  readonly codes: Map<string, number>;
  readonly done: PromiseWithResolvers<void>;
  /** None of those that are shown is left. */
  readonly allEnded: PromiseWithResolvers<void>;
};

/**
 * Brings a project up in the foreground: makes all, shows the output of its services, each line once, and stays until they have ended.
 * Ctrl-C stops the services that were named, or all; a second one kills them. Resolves to the exit code.
 */
export async function upAttached(
  session: Session,
  loaded: Loaded,
  options: UpOptions,
  attaching: Attaching,
): Promise<number> {
  const { cli } = session;
  const { naming } = options;
  const course = newCourse(session, loaded, { naming, attaching });
  const { lines } = course;
  using interrupts = catchInterrupts();
  const stop = new AbortController();
  const armed = Promise.withResolvers<void>();
  const following = followContainers(
    cli.engine(),
    {
      label: `${LABELS.project}=${naming.project}`,
      wants: ({ labels }) => isReplica(labels) && attaching.shown.has(labels["com.docker.compose.service"] ?? ""),
      tail: 0,
      follow: true,
      armed: armed.resolve,
    },
    stop.signal,
  );
  const first = following.next();
  await armed.promise;
  const hookOutput = (name: string, text: string): void => lines.say(name, text);
  const events = upProject(cli.engine(), loaded, { ...options, hookOutput }, interrupts.signal);
  try {
    await showMaking(events, session.showing("up"));
    announce(course);
    const printing = printFollowed(course, first, following);
    await finishStarting(course, events, interrupts);
    using keys = attaching.keys ? await askByKeys(session) : undefined;
    const watch = async (): Promise<void> => await watchBeside(course, options, interrupts.signal);
    const end = untilEnd(course, { keys, watch });
    if ((await Promise.race([end, interrupts.first, printing])) === "detach") {
      stop.abort();
      return 0;
    }
    const cancelled = interrupts.count() > 0;
    if (cancelled) cli.err("Gracefully Stopping... press Ctrl+C again to force\n");
    if (cancelled || course.code !== undefined) await stopAll(course, interrupts);
    stop.abort();
    await printing;
    return exitCode(course, cancelled);
  } finally {
    stop.abort();
  }
}

type Begun = { readonly naming: Naming; readonly attaching: Attaching };

function newCourse(session: Session, loaded: Loaded, { naming, attaching }: Begun): Course {
  return {
    session,
    loaded,
    attaching,
    lines: logLines(session.cli.out, { naming, ...attaching }),
    living: new Set(),
    started: false,
    begunAt: Date.now(),
    told: new Set(),
    code: undefined,
    codes: new Map(),
    done: Promise.withResolvers<void>(),
    allEnded: Promise.withResolvers<void>(),
  };
}

async function askByKeys({ cli }: Session): Promise<Keys> {
  const { KEYS_HINT, readKeys } = await import("./keys.ts");
  cli.err(KEYS_HINT);
  return readKeys();
}

type Asking = { readonly keys: Keys | undefined; readonly watch: () => Promise<void> };

/** While files are watched, no end of a container is the end. */
async function untilEnd({ attaching, done, session }: Course, { keys, watch }: Asking): Promise<"detach" | undefined> {
  if (attaching.watch) return await Promise.race([watch().then(() => undefined), ...(keys ? [keys.detach] : [])]);
  if (keys === undefined) return await done.promise.then(() => undefined);
  const first = await Promise.race([done.promise, keys.detach, keys.watch.then(() => "watch" as const)]);
  if (first !== "watch") return first === "detach" ? first : undefined;
  const { describeError, isEstibaError } = await import("../../lib/error.ts");
  const watching = watch().catch(async (error: unknown) => {
    // There may be nothing to watch: then all goes on as before.
    if (!isEstibaError(error, "invalid")) throw error;
    session.cli.warn(describeError(error));
    await done.promise;
  });
  return await Promise.race([watching.then(() => undefined), keys.detach]);
}

async function watchBeside({ session, loaded }: Course, options: UpOptions, signal: AbortSignal): Promise<void> {
  const { watchProject } = await import("./watch-project.ts");
  await watchProject({ session: amidOutput(session), loaded, options, quiet: false, prune: true, signal });
}

function isAwaited({ attaching }: Course, { labels }: ContainerRecord): boolean {
  return isReplica(labels) && attaching.awaited.has(labels["com.docker.compose.service"] ?? "");
}

function isReplica(labels: Readonly<Record<string, string>>): boolean {
  return labels["com.docker.compose.oneoff"] !== "True" && labels["com.docker.compose.hook"] === undefined;
}

function announce({ session, loaded, attaching, lines }: Course): void {
  const naming = session.namingOf(loaded.project.name);
  const shown = containersOf(session, loaded.project.name).filter(
    ({ record, service }) => isReplica(record.labels) && attaching.shown.has(service),
  );
  for (const { record } of shown) lines.know(record.name);
  const names = shown.map(({ record }) => shortName(naming, record.name)).join(", ");
  session.cli.out(`Attaching to ${names}\n`);
}

/** What starts, waits and hooks have to say; how they go is seen by the output. */
async function finishStarting(
  course: Course,
  events: AsyncGenerator<UpEvent, unknown, undefined>,
  interrupts: Interrupts,
): Promise<void> {
  const { session, loaded } = course;
  try {
    for await (const event of events) {
      if (event.phase === "warning") session.cli.err(`WARN: ${event.text}\n`);
    }
  } catch (error) {
    // Ctrl-C: what was started by then is to be stopped.
    if (interrupts.count() === 0) throw error;
  }
  for (const container of containersOf(session, loaded.project.name)) {
    const { id } = container.record;
    // One that was brief has ended already; that is still to be told.
    // For a moment after its end nobody has written that down.
    const startedAt = container.exit?.startedAt ?? container.state?.startedAt ?? 0;
    const brief = startedAt >= course.begunAt && !course.told.has(id);
    const comes = brief || isUp(container) || isScheduled(session, id);
    if (isAwaited(course, container.record) && comes) course.living.add(id);
  }
  course.started = true;
  resolveWhenEmpty(course);
}

async function printFollowed(
  course: Course,
  first: Promise<IteratorResult<FollowEvent, void>>,
  following: AsyncGenerator<FollowEvent, void, undefined>,
): Promise<void> {
  for (let next = await first; next.done !== true; next = await following.next()) {
    const event = next.value;
    if (event.kind === "lines") {
      if (!course.lines.print(event.record, event.entries)) return;
    } else if (event.kind === "ended") ended(course, event.record, event.code);
    else if (event.kind === "removed") leave(course, event.record);
    else if (event.kind === "started" && isAwaited(course, event.record)) course.living.add(event.record.id);
  }
}

function ended(course: Course, record: ContainerRecord, code: number): void {
  const { session, attaching, lines } = course;
  const service = record.labels["com.docker.compose.service"] ?? "";
  course.codes.set(service, code);
  course.told.add(record.id);
  const engine = session.cli.engine();
  const now = getContainer(engine.store, record.id);
  const comesBack = now !== undefined && isUp(summarize(engine, now, getState(engine.live, record.id)));
  lines.tell(record.name, `exited with code ${code}${comesBack ? " (restarting)" : ""}`);
  if (comesBack || isScheduled(session, record.id)) return;
  const aborts = attaching.abort === "exit" || (attaching.abort === "failure" && code !== 0);
  if (aborts && course.code === undefined) {
    course.code = code;
    course.done.resolve();
  }
  leave(course, record);
}

/** It is started again and again by its schedule: none of its ends is the last. */
function isScheduled({ cli }: Session, id: string): boolean {
  return getDueRun(cli.engine().store, id) !== undefined;
}

function leave(course: Course, { id }: ContainerRecord): void {
  course.living.delete(id);
  resolveWhenEmpty(course);
}

function resolveWhenEmpty({ started, living, done, allEnded }: Course): void {
  if (!started || living.size > 0) return;
  done.resolve();
  allEnded.resolve();
}

/** Stops what runs of the project; another Ctrl-C kills it. */
async function stopAll({ session, loaded, attaching, lines, allEnded }: Course, interrupts: Interrupts): Promise<void> {
  const { timeoutSeconds, stopped: services } = attaching;
  const forced = new AbortController();
  const again = interrupts.next().then(() => forced.abort(interrupted()));
  const hookOutput = (name: string, text: string): void => lines.say(name, text);
  const stopping = stopProject(amidOutput(session), loaded, {
    services,
    timeoutSeconds,
    hookOutput,
    signal: forced.signal,
  });
  // What was being stopped is dead by then.
  const stopped = stopping.catch((error: unknown) => {
    if (!forced.signal.aborted) throw error;
  });
  await Promise.race([stopped, again.then(async () => await killProject(session, loaded, services))]);
  await stopped;
  // Their ends are told, too, by events that come a moment later.
  await Promise.race([allEnded.promise, Bun.sleep(LAST_WORDS_MS)]);
}

async function killProject(session: Session, loaded: Loaded, services: Attaching["stopped"]): Promise<void> {
  const { killContainer } = await import("../../engine/stop.ts");
  const { isEstibaError } = await import("../../lib/error.ts");
  const running = containersOf(session, loaded.project.name).filter(
    (container) => isUp(container) && (services === undefined || services.includes(container.service)),
  );
  await Promise.all(
    running.map(async ({ record }) => {
      try {
        await killContainer(session.cli.engine(), record.id, "KILL");
      } catch (error) {
        // It has ended meanwhile.
        if (!isEstibaError(error, "wrong_state", "not_found")) throw error;
      }
    }),
  );
}

function exitCode({ attaching, codes, code }: Course, cancelled: boolean): number {
  if (attaching.exitCodeFrom !== undefined) return codes.get(attaching.exitCodeFrom) ?? 0;
  if (cancelled) return 130;
  return code ?? 0;
}

/** Ctrl-C and SIGTERM, as often as they come. */
type Interrupts = Disposable & {
  readonly signal: AbortSignal;
  readonly first: Promise<void>;
  readonly count: () => number;
  /** The next one from now on. */
  readonly next: () => Promise<void>;
};

function catchInterrupts(): Interrupts {
  const controller = new AbortController();
  const state = { count: 0, next: Promise.withResolvers<void>() };
  const first = state.next.promise;
  const note = (): void => {
    state.count += 1;
    const { resolve } = state.next;
    state.next = Promise.withResolvers<void>();
    resolve();
    controller.abort(interrupted());
  };
  process.on("SIGINT", note);
  process.on("SIGTERM", note);
  return {
    signal: controller.signal,
    first,
    count: () => state.count,
    next: async () => await state.next.promise,
    [Symbol.dispose]: () => {
      process.off("SIGINT", note);
      process.off("SIGTERM", note);
    },
  };
}
