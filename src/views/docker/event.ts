import type { EventRecord } from "../../state/events.ts";
import { unixNanos } from "../go-time.ts";

/** Docker's words for Podman's; what is in neither of its lists has the same. */
const ACTIONS: Readonly<Record<string, string>> = {
  "container died": "die",
  "container remove": "destroy",
  "container exec_died": "exec_die",
  "image remove": "delete",
  "image loadfromarchive": "load",
  "volume remove": "destroy",
  "network remove": "destroy",
};

/** What Docker has no event for. */
const UNKNOWN: ReadonlySet<string> = new Set([
  "container init",
  "container cleanup",
  "container sync",
  "image pull-error",
]);

/**
 * Events as `GET /events` sends them; none for what Docker has no word for, two for the beginning of an `exec`, which Docker makes in two
 * steps. Pure.
 */
export function dockerEvents(event: EventRecord): Record<string, unknown>[] {
  const key = `${event.type} ${event.action.toLowerCase()}`;
  if (UNKNOWN.has(key) || event.type === "system" || event.type === "pod") return [];
  // Docker makes it in two steps.
  if (key === "container exec") return [dockerEvent(event, "exec_create"), dockerEvent(event, "exec_start")];
  const action = ACTIONS[key] ?? event.action.toLowerCase();
  if (action === "health_status")
    return [dockerEvent(event, `health_status: ${event.attributes["health_status"] ?? ""}`)];
  return [dockerEvent(event, action)];
}

function dockerEvent(event: EventRecord, action: string): Record<string, unknown> {
  const { type, name, labels, attributes } = event;
  const nanos = unixNanos(event.time);
  const id = type === "network" || type === "container" || type === "volume" ? event.id : actorId(event);
  const image = attributes["image"];
  return {
    ...(type === "container" || type === "image"
      ? { status: action, id, ...(image === undefined ? {} : { from: image }) }
      : {}),
    Type: type === "exec" ? "container" : type,
    Action: action,
    Actor: { ID: id, Attributes: { ...labels, ...factsOf(event), ...(name === "" ? {} : { name }) } },
    scope: "local",
    time: Math.floor(event.time / 1000),
    timeNano: Number(nanos),
  };
}

// What Docker calls the type of a network is its driver.
function factsOf({ type, attributes }: EventRecord): Readonly<Record<string, string>> {
  const { driver, ...others } = attributes;
  return type === "network" && driver !== undefined ? { type: driver, ...others } : attributes;
}

function actorId({ type, id, name }: EventRecord): string {
  if (type !== "image") return id;
  return name === "" ? `sha256:${id}` : name;
}
