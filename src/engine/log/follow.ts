import { withProgress } from "../../lib/with-progress.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { getContainer, listContainers } from "../../state/containers.ts";
import type { EventRecord } from "../../state/events.ts";
import { isFileLog } from "../../state/spec/log.ts";
import type { Engine } from "../engine.ts";
import { readEvents } from "../events.ts";
import { matchesLabel } from "../label-filter.ts";
import type { LogEntry } from "./entry.ts";
import { type LogCursor, openLog } from "./read.ts";

/** What happens to containers that belong together: their output, each line once and in its order, and their ends behind it. */
export type FollowEvent =
  | { readonly kind: "lines"; readonly record: ContainerRecord; readonly entries: readonly LogEntry[] }
  | { readonly kind: "started"; readonly record: ContainerRecord }
  | { readonly kind: "ended"; readonly record: ContainerRecord; readonly code: number }
  | { readonly kind: "removed"; readonly record: ContainerRecord };

export type FollowRequest = {
  /** `KEY=VALUE`: the label that all of them have. */
  readonly label: string;
  /** Which containers are of interest. */
  readonly wants: (record: ContainerRecord) => boolean;
  /** Lines of what was written before; undefined for all. */
  readonly tail: number | undefined;
  /** False ends with what is there. */
  readonly follow: boolean;
  /** Is called when everything that comes from now on will be told. */
  readonly armed?: () => void;
};

/** Events tell of everything at once; this is for one that got lost. */
const RECHECK_MS = 1000;

/** Of a container that keeps no log in files: only events tell of it. */
const SILENT: LogCursor = {
  *read() {},
  changed: async (recheckMs) => await Bun.sleep(recheckMs),
  [Symbol.dispose]: () => {},
};

type Follower = {
  readonly record: ContainerRecord;
  readonly cursor: LogCursor;
  /** Exit codes of runs that have ended, and whose output may not be read to its end. */
  readonly ended: number[];
  gone: boolean;
  wake: () => void;
};

/**
 * Follows the output of all containers that have a label, also of those that are started, made and restarted later. Ends at the signal. Containers
 * whose driver keeps no log in files tell only of their ends.
 */
export async function* followContainers(
  engine: Engine,
  request: FollowRequest,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent, void, undefined> {
  const flow = boundedFlow();
  const events = withProgress<FollowEvent, void>(signal, async (report, inner) => {
    const followers = new Map<string, Follower>();
    const running = new Set<Promise<void>>();
    const add = (record: ContainerRecord, tail: number | undefined): void => {
      if (followers.has(record.id) || !request.wants(record)) return;
      const asked = { follow: request.follow, tail };
      const cursor = isFileLog(record.spec.log) ? openLog(engine, record, asked) : SILENT;
      const follower: Follower = { record, cursor, ended: [], gone: false, wake: () => undefined };
      followers.set(record.id, follower);
      running.add(readOn(follower, { report, flow, signal: inner, follow: request.follow }));
    };
    const news = readEvents(engine, {
      since: undefined,
      until: undefined,
      filters: ["type=container", `label=${request.label}`],
      follow: true,
      signal: inner,
    });
    // Asked for the first before anything is looked at: none is missed.
    const first = request.follow ? news.next() : undefined;
    for (const record of listContainers(engine.store))
      if (matchesLabel(record.labels, request.label)) add(record, request.tail);
    request.armed?.();
    for (let next = await first; next !== undefined && next.done !== true; next = await news.next()) {
      const follower = followers.get(next.value.id);
      if (follower === undefined) addNew(engine, next.value, add);
      tell(next.value, followers.get(next.value.id), report);
      if (next.value.action === "remove") followers.delete(next.value.id);
    }
    await Promise.all(running);
  });
  for await (const event of events) {
    yield event;
    if (event.kind === "lines") flow.taken();
  }
}

/** Keeps readers from running ahead of whoever prints: logs may be large. */
type Flow = {
  readonly given: () => void;
  readonly taken: () => void;
  readonly room: (signal: AbortSignal) => Promise<void>;
};

/** Pieces of logs, of a quarter of a megabyte at most, that may wait to be printed. */
const MOST_WAITING = 16;

function boundedFlow(): Flow {
  const state = { waiting: 0, wake: Promise.withResolvers<void>() };
  return {
    given: () => void (state.waiting += 1),
    taken: () => {
      state.waiting -= 1;
      state.wake.resolve();
      state.wake = Promise.withResolvers<void>();
    },
    room: async (signal) => {
      // Who listens no more takes nothing any more.
      const abort = (): void => state.wake.resolve();
      signal.addEventListener("abort", abort, { once: true });
      while (state.waiting >= MOST_WAITING && !signal.aborted) await state.wake.promise;
      signal.removeEventListener("abort", abort);
    },
  };
}

function addNew(engine: Engine, event: EventRecord, add: (record: ContainerRecord, tail: undefined) => void): void {
  const record = event.action === "remove" ? undefined : getContainer(engine.store, event.id);
  if (record !== undefined) add(record, undefined);
}

function tell(event: EventRecord, follower: Follower | undefined, report: (event: FollowEvent) => void): void {
  if (follower === undefined) return;
  const { record } = follower;
  if (event.action === "start") report({ kind: "started", record });
  if (event.action === "died") follower.ended.push(Number(event.attributes["exitCode"] ?? 0));
  if (event.action === "remove") follower.gone = true;
  if (event.action === "died" || event.action === "remove") follower.wake();
}

type Reading = {
  readonly flow: Flow;
  readonly report: (event: FollowEvent) => void;
  readonly signal: AbortSignal;
  readonly follow: boolean;
};

async function readOn(follower: Follower, { report, flow, signal, follow }: Reading): Promise<void> {
  const { record, ended } = follower;
  using cursor = follower.cursor;
  for (;;) {
    // Asked before reading: what a run has written is in its log before its end is told.
    const [codes, gone, last] = [ended.splice(0), follower.gone, signal.aborted || !follow];
    for (const entries of cursor.read()) {
      report({ kind: "lines", record, entries });
      flow.given();
      await flow.room(signal);
    }
    for (const code of codes) report({ kind: "ended", record, code });
    if (gone) report({ kind: "removed", record });
    if (gone || last) return;
    const woken = Promise.withResolvers<void>();
    follower.wake = () => woken.resolve();
    if (ended.length === 0 && !follower.gone) await Promise.race([cursor.changed(RECHECK_MS, signal), woken.promise]);
    // Others have their turn: one that writes without pause must not keep them from being read.
    await Bun.sleep(0);
  }
}
