import { preciseTime } from "../host/clock.ts";
import type { ContainerRecord } from "../state/container.ts";
import { appendEvent, type EventRecord } from "../state/events.ts";
import type { Engine } from "./engine.ts";

type Emitted = Pick<EventRecord, "type" | "action" | "id"> &
  Partial<Pick<EventRecord, "name" | "attributes" | "labels">>;

/** Writes down that something has just happened, for `estiba events` and for those who follow it. Some 20 microseconds. */
export function emitEvent(engine: Engine, event: Emitted): void {
  if (engine.conf.engine["events_logger"] === "none") return;
  appendEvent(engine.paths.events, { name: "", attributes: {}, ...event, time: preciseTime() });
}

/** {@link emitEvent} for a container: with its name, image and labels. */
export function emitContainerEvent(
  engine: Engine,
  record: ContainerRecord,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  const { id, name, imageName, labels } = record;
  emitEvent(engine, { type: "container", action, id, name, attributes: { image: imageName, ...attributes }, labels });
}
