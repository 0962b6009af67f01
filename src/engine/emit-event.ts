import { appendEvent, type EventRecord } from "../state/events.ts";
import type { Engine } from "./engine.ts";

type Emitted = Pick<EventRecord, "type" | "action" | "id"> & Partial<Pick<EventRecord, "name" | "attributes">>;

/** Writes down that something has just happened, for `estiba events` and for those who follow it. */
export function emitEvent(engine: Engine, event: Emitted): void {
  const time = performance.timeOrigin + performance.now();
  appendEvent(engine.paths.events, { name: "", attributes: {}, ...event, time });
}
