import type { Engine } from "../../engine/engine.ts";
import { eventFilter } from "../../engine/events.ts";
import { isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { EventRecord } from "../../state/events.ts";
import type { NodeClient } from "../door/client.ts";
import type { NodeSummary, ServiceSummary } from "../door/wire.ts";
import { changesBetween, creations, type Picture } from "./changes.ts";
import { tasksOf } from "./dial.ts";
import { type EventSource, makeEventStream } from "./event-stream.ts";
import type { EventNews, EventWish } from "./task-events.ts";

/** So long an event is held back, in which an earlier one may come from another node. */
const HOLD_MS = 300;
const LOOK_AGAIN_MS = 250;
const LONGEST_TIMER_MS = 2 ** 31;

type Asked = EventWish & {
  readonly signal: AbortSignal;
  /** Is told of each node whose events cannot be had now. */
  readonly silent: (nodeName: string) => void;
};

type Watching = {
  readonly engine: Engine;
  readonly asked: Asked;
  readonly begunAt: number;
  /** Of each node that is followed: the time of its last event. */
  readonly followed: Map<string, { at: number | undefined; isOpen: boolean }>;
};

/**
 * What happens to tasks on all nodes, those that come later as well, and, while it is followed, to services and nodes: one stream, by time. Each
 * event of a task says its node. Ends with `until`, where it is not followed, or with the signal.
 */
export async function* clusterEvents(engine: Engine, ask: NodeClient, asked: Asked): AsyncGenerator<EventRecord> {
  const matches = eventFilter(asked.filters);
  const watching: Watching = { engine, asked, begunAt: Date.now(), followed: new Map() };
  const first = await picture(ask, asked.signal);
  const stream = makeEventStream([made(first, asked, matches), ...newSources(watching, first)], HOLD_MS);
  const over = new AbortController();
  const signal = AbortSignal.any([asked.signal, over.signal]);
  const look = async (): Promise<void> => {
    try {
      for (let before = first, revision = 0; !signal.aborted; ) {
        ({ revision } = await ask<{ revision: number }>("GET", `/revision?after=${revision}`, undefined, signal));
        const now = await picture(ask, signal);
        for (const event of changesBetween(before, now, Date.now())) if (matches(event)) stream.tell(event);
        for (const source of newSources(watching, now)) stream.follow(source);
        before = now;
        await pause(LOOK_AGAIN_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };
  const looking = asked.follow ? look() : Promise.resolve();
  looking.then(stream.end, stream.end);
  // Nodes end by themselves then.
  const remaining = (asked.until ?? Number.POSITIVE_INFINITY) - Date.now();
  const timer = remaining < LONGEST_TIMER_MS ? setTimeout(() => over.abort(), Math.max(0, remaining)) : undefined;
  try {
    yield* stream.events();
    await looking;
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

/** What the state still tells of the time before. */
async function* made(
  first: Picture,
  { since, until = Number.POSITIVE_INFINITY, follow }: Asked,
  matches: (event: EventRecord) => boolean,
): AsyncGenerator<EventNews, void, undefined> {
  const from = since ?? (follow ? Number.POSITIVE_INFINITY : 0);
  for (const event of creations(first))
    if (event.time >= from && event.time <= until && matches(event)) yield { event };
}

async function picture(ask: NodeClient, signal: AbortSignal): Promise<Picture> {
  const [nodes, services] = await Promise.all([
    ask<NodeSummary[]>("GET", "/nodes", undefined, signal),
    ask<ServiceSummary[]>("GET", "/services", undefined, signal),
  ]);
  return { nodes, services };
}

/** The nodes that are there and not followed. */
function newSources(watching: Watching, { nodes }: Picture): EventSource[] {
  const { followed, asked, begunAt } = watching;
  return nodes.flatMap(({ node: { id, state, description } }) => {
    const known = followed.get(id);
    if (known?.isOpen === true || (state !== "ready" && known !== undefined)) return [];
    // What it has missed while it was away is told behind.
    const since = known === undefined ? asked.since : (known.at ?? asked.since ?? begunAt);
    followed.set(id, { at: known?.at, isOpen: state === "ready" });
    if (state === "ready") return [eventsOf(watching, { id, name: description.hostname, since })];
    asked.silent(description.hostname);
    return [];
  });
}

type FollowedNode = { readonly id: string; readonly name: string; readonly since: number | undefined };

async function* eventsOf(
  { engine, asked, begunAt, followed }: Watching,
  { id, name, since }: FollowedNode,
): AsyncGenerator<EventNews, void, undefined> {
  const { signal, until, filters, follow } = asked;
  const last = { at: followed.get(id)?.at };
  try {
    using client = tasksOf(engine, id);
    const query = { since, until, now: begunAt, filter: filters, follow };
    for await (const news of client.objects<EventNews>("GET", "/events", { query, signal })) {
      if (!("event" in news)) {
        yield news;
        continue;
      }
      const { event } = news;
      if (last.at !== undefined && event.time <= last.at) continue;
      last.at = event.time;
      yield { event: { ...event, attributes: { ...event.attributes, node: name } } };
    }
  } catch (error) {
    if (signal.aborted) return;
    if (!isEstibaError(error, "unavailable")) throw error;
    asked.silent(name);
  } finally {
    followed.set(id, { at: last.at, isOpen: false });
  }
}
