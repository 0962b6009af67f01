import type { EventRecord } from "../../state/events.ts";
import type { EventNews } from "./task-events.ts";

export type EventSource = AsyncIterator<EventNews, unknown, undefined>;

/** Events of several sources as one stream, by time. */
export type EventStream = {
  /** Takes one more source, from now on. */
  readonly follow: (source: EventSource) => void;
  /** Takes one event. */
  readonly tell: (event: EventRecord) => void;
  /** Ends it: what is held is still told. */
  readonly end: () => void;
  readonly events: () => AsyncGenerator<EventRecord, void, undefined>;
};

type Held = { readonly event: EventRecord; readonly due: number };

/**
 * First what had happened already: each source is read as far as its turn is, so that nothing piles up. Then what comes, each event held back
 * for `holdMs`, in which an earlier one may come from elsewhere.
 */
export function makeEventStream(sources: readonly EventSource[], holdMs: number): EventStream {
  const held: Held[] = [];
  const bell = { ring: Promise.withResolvers<void>() };
  const state: { open: number; ended: boolean; failed?: { readonly error: unknown } } = { open: 0, ended: false };
  const tell = (event: EventRecord): void => {
    held.push({ event, due: performance.now() + holdMs });
    held.sort((a, b) => a.event.time - b.event.time);
    bell.ring.resolve();
  };
  const pump = async (source: EventSource): Promise<void> => {
    for (let next = await source.next(); next.done !== true; next = await source.next())
      if ("event" in next.value) tell(next.value.event);
  };
  const follow = (source: EventSource): void => {
    state.open += 1;
    pump(source)
      .catch((error: unknown) => (state.failed ??= { error }))
      .finally(() => {
        state.open -= 1;
        bell.ring.resolve();
      });
  };
  const coming = async function* (): AsyncGenerator<EventRecord, void, undefined> {
    for (;;) {
      bell.ring = Promise.withResolvers<void>();
      for (let [first] = held; first !== undefined && first.due <= performance.now(); [first] = held) {
        held.shift();
        yield first.event;
      }
      if (state.failed !== undefined) throw state.failed.error;
      const [first] = held;
      if (first === undefined && state.open === 0 && state.ended) return;
      const waits = first === undefined ? [] : [Bun.sleep(Math.max(1, first.due - performance.now()))];
      await Promise.race([bell.ring.promise, ...waits]);
    }
  };
  return {
    follow,
    tell,
    end: () => {
      state.ended = true;
      bell.ring.resolve();
    },
    events: async function* () {
      for (const source of yield* past(sources)) follow(source);
      yield* coming();
    },
  };
}

/** What had happened, by time; gives the sources of which more may come. */
async function* past(sources: readonly EventSource[]): AsyncGenerator<EventRecord, EventSource[], undefined> {
  const live: EventSource[] = [];
  const advance = async (source: EventSource) => {
    const next = await source.next();
    if (next.done === true) return undefined;
    if ("event" in next.value) return { source, event: next.value.event };
    live.push(source);
    return undefined;
  };
  const heads = (await Promise.all(sources.map(advance))).filter((head) => head !== undefined);
  while (heads.length > 0) {
    heads.sort((a, b) => a.event.time - b.event.time);
    const first = heads.shift();
    if (first === undefined) break;
    yield first.event;
    const next = await advance(first.source);
    if (next !== undefined) heads.push(next);
  }
  return live;
}
