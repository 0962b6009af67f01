import { EstibaError } from "../lib/error.ts";
import type { EventRecord } from "../state/events.ts";
import { followEvents } from "../state/follow-events.ts";
import type { Engine } from "./engine.ts";
import { matchesLabel } from "./label-filter.ts";

type EventsRequest = {
  /** Milliseconds since the epoch; undefined begins with the oldest event kept, or, when following, with what comes. */
  readonly since: number | undefined;
  /** The last moment of interest; following ends there. */
  readonly until: number | undefined;
  readonly filters: readonly string[];
  readonly follow: boolean;
  readonly signal?: AbortSignal;
};

/** The longest time that a timer can wait. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * The events of a span of time that match, in the order written; with `follow` also those to come. Takes no lock. Throws `invalid` for an
 * unknown filter, before the first event.
 */
export async function* readEvents(engine: Engine, request: EventsRequest): AsyncGenerator<EventRecord> {
  const { since, until, follow } = request;
  const matches = eventFilter(request.filters);
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  request.signal?.addEventListener("abort", abort, { once: true });
  const remaining = until === undefined ? Number.POSITIVE_INFINITY : until - Date.now();
  const timer =
    follow && until !== undefined && remaining > 0
      ? setTimeout(abort, Math.min(remaining, LONGEST_TIMER_MS))
      : undefined;
  try {
    const events = followEvents(engine.paths.events, {
      onlyNew: follow && since === undefined && until === undefined,
      follow: follow && remaining > 0,
      signal: stop.signal,
    });
    for await (const event of events) {
      if (event.time < (since ?? 0) || event.time > (until ?? Number.POSITIVE_INFINITY)) continue;
      if (matches(event)) yield event;
    }
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", abort);
  }
}

type EventFilter = (event: EventRecord) => boolean;

/** `--filter KEY=VALUE` of `events`: values of one key are alternatives, keys must all hold. Both peers' keys. Throws `invalid`. */
export function eventFilter(filters: readonly string[]): EventFilter {
  const byKey = new Map<string, EventFilter[]>();
  for (const text of filters) {
    const equals = text.indexOf("=");
    if (equals < 0) throw badFilter(text, `"${text}" is not KEY=VALUE`);
    const key = text.slice(0, equals).toLowerCase();
    byKey.set(key, [...(byKey.get(key) ?? []), filterFor(key, text.slice(equals + 1))]);
  }
  const tests = [...byKey].map(
    ([key, alternatives]): EventFilter =>
      key === "label"
        ? (event) => alternatives.every((test) => test(event))
        : (event) => alternatives.some((test) => test(event)),
  );
  return (event) => tests.every((test) => test(event));
}

/** Docker's words for what Podman calls otherwise. */
const DOCKER_ACTIONS: Readonly<Record<string, string>> = {
  die: "died",
  exited: "died",
  destroy: "remove",
  delete: "remove",
  exec_create: "exec",
  exec_start: "exec",
  exec_die: "exec_died",
  load: "loadfromarchive",
};

function filterFor(key: string, value: string): EventFilter {
  switch (key) {
    case "container":
      return ({ type, id, name }) => type === "container" && (name === value || isPrefix(value, id));
    case "event":
    case "status": {
      const action = DOCKER_ACTIONS[value.toLowerCase()] ?? value.toLowerCase();
      return (event) => event.action.toLowerCase() === action;
    }
    case "image":
      return (event) => matchesImage(event, value);
    case "label":
      return ({ labels = {} }) => matchesLabel(labels, value);
    case "type":
      return ({ type }) => type === value.toLowerCase();
    case "volume":
      return ({ type, name }) => type === "volume" && (name === value || isPrefix(value, name));
    case "network":
      return ({ type, id, name, attributes }) =>
        (type === "network" && (name === value || isPrefix(value, id))) || attributes["network"] === value;
    case "pod":
      return ({ type, id, name, attributes }) =>
        (type === "pod" && (name === value || isPrefix(value, id))) || isPrefix(value, attributes["pod"] ?? "");
    default:
      throw badFilter(key, `"${key}" is an invalid event filter`);
  }
}

function isPrefix(value: string, id: string): boolean {
  return value !== "" && id.startsWith(value);
}

// Of an image itself, or of a container made from it; with or without registry and tag.
function matchesImage({ type, id, name, attributes }: EventRecord, value: string): boolean {
  const image = type === "image" ? name : (attributes["image"] ?? "");
  const tail = image.slice(image.lastIndexOf("/") + 1);
  const untagged = (text: string): string => text.replace(/:[^:/]+$/, "");
  return (type === "image" && isPrefix(value, id)) || [image, tail, untagged(image), untagged(tail)].includes(value);
}

function badFilter(filter: string, what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "events.unknown_filter",
    what,
    fix: "known: container, event, image, label, network, pod, type, volume",
    details: { filter },
  });
}
