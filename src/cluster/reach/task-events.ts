import type { Engine } from "../../engine/engine.ts";
import { readEvents } from "../../engine/events.ts";
import type { EventRecord } from "../../state/events.ts";
import { TASK_LABELS } from "../agent/labels.ts";

/** Which events are wanted: times in milliseconds since the epoch. */
export type EventWish = {
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly filters: readonly string[];
  readonly follow: boolean;
};

/** What happened to a task's container, or that all has been told that had happened before a moment that all nodes are told. */
export type EventNews = { readonly event: EventRecord } | { readonly toldAll: true };

/** What was there is read at once: who has nothing for so long waits for what comes. */
const QUIET_MS = 20;

type Wanted = EventWish & {
  /** What is later counts as what comes. */
  readonly now: number;
  readonly signal: AbortSignal;
};

/** What happens to the containers of this node's tasks. */
export async function* taskEvents(engine: Engine, { signal, now, ...wish }: Wanted): AsyncGenerator<EventNews> {
  const events = readEvents(engine, { ...wish, signal });
  const state = { toldAll: false };
  for (;;) {
    const coming = events.next();
    if (!state.toldAll) {
      const first = await Promise.race([coming, Bun.sleep(QUIET_MS)]);
      state.toldAll = first === undefined || (first.done !== true && first.value.time >= now);
      if (state.toldAll) yield { toldAll: true };
    }
    const { done, value: event } = await coming;
    if (done === true) return;
    if (event.labels?.[TASK_LABELS.task] !== undefined) yield { event };
  }
}
