import type { EventRecord } from "../state/events.ts";
import { goTime, unixNanos } from "./go-time.ts";

/** An event with Podman's names for its fields: what `events --format` sees. */
export type EventRow = {
  ContainerExitCode: number | null;
  ID: string;
  Image: string;
  Name: string;
  Network: string;
  Status: string;
  /** Seconds since the epoch. */
  Time: number;
  TimeNano: bigint;
  Type: string;
  HealthStatus: string;
  Error: string;
  PodID: string;
  Attributes: Readonly<Record<string, string>>;
  /** From here on Docker's. */
  Action: string;
  Actor: { ID: string; Attributes: Readonly<Record<string, string>> };
  From: string;
  Scope: "local";
};

/** What is no attribute of Podman's: it has a field of its own. */
const HEALTH = ["health_status", "health_failing_streak", "health_log"];
const FIELDS = new Set(["image", "exitCode", "network", "pod", "error", ...HEALTH]);

export function eventRow(event: EventRecord): EventRow {
  const { attributes } = event;
  return {
    ContainerExitCode: attributes["exitCode"] === undefined ? null : Number(attributes["exitCode"]),
    ID: event.id,
    Image: attributes["image"] ?? "",
    Name: event.name,
    Network: event.type === "network" ? event.name : (attributes["network"] ?? ""),
    Status: event.action,
    Time: Math.floor(event.time / 1000),
    TimeNano: BigInt(unixNanos(event.time)),
    Type: event.type,
    HealthStatus: attributes["health_status"] ?? "",
    Error: attributes["error"] ?? "",
    PodID: attributes["pod"] ?? "",
    Attributes: attributesOf(event),
    Action: event.action,
    Actor: { ID: event.id, Attributes: dockerAttributes(event) },
    From: attributes["image"] ?? "",
    Scope: "local",
  };
}

/** An event as `events --format json` prints it: Podman's fields, those without a value left out. */
export function eventJson(event: EventRecord): Record<string, unknown> {
  const row = eventRow(event);
  return {
    ...(row.ContainerExitCode === null ? {} : { ContainerExitCode: row.ContainerExitCode }),
    ...withoutEmpty({ ID: row.ID, Image: row.Image, Name: row.Name, network: row.Network }),
    Status: row.Status,
    time: row.Time,
    // A number holds it to the microsecond, and no event is more exact.
    timeNano: Number(row.TimeNano),
    Type: row.Type,
    ...withoutEmpty({ health_status: row.HealthStatus, Error: row.Error, PodID: row.PodID }),
    ...(Object.keys(row.Attributes).length === 0 ? {} : { Attributes: row.Attributes }),
  };
}

/** One line of `events`, as Podman writes it for people. */
export function eventText(event: EventRecord, truncate: boolean): string {
  const id = truncate ? event.id.slice(0, 12) : event.id;
  const { type, action, name, attributes } = event;
  const head = `${goTime(event.time)} ${type} ${action}`;
  switch (type) {
    case "container":
    case "exec":
    case "pod": {
      const facts = [`image=${attributes["image"] ?? ""}`, `name=${name}`];
      if (attributes["pod"] !== undefined) facts.push(`pod_id=${attributes["pod"]}`);
      facts.push(...HEALTH.filter((key) => key in attributes).map((key) => `${key}=${attributes[key]}`));
      facts.push(...Object.entries(attributesOf(event)).map(([key, value]) => `${key}=${value}`));
      return `${head} ${id} (${facts.join(", ")})`;
    }
    case "network":
      if (action === "create" || action === "remove")
        return `${head} ${event.id} (name=${name}, type=${attributes["driver"] ?? "bridge"})`;
      return `${head} ${id} (container=${id}, name=${attributes["network"] ?? name})`;
    case "image":
      return `${head} ${id} ${name}${attributes["error"] === undefined ? "" : ` ${attributes["error"]}`}`;
    case "volume":
      return `${head} ${name}`;
    case "secret":
      return `${head} ${id}`;
    case "node":
    case "service": {
      const facts = Object.entries({ name, ...attributesOf(event) }).map(([key, value]) => `${key}=${value}`);
      return `${head} ${id} (${facts.join(", ")})`;
    }
    case "system":
      return name === "" ? head : `${head} ${name}`;
  }
}

function attributesOf({ attributes, labels }: EventRecord): Record<string, string> {
  return { ...Object.fromEntries(Object.entries(attributes).filter(([key]) => !FIELDS.has(key))), ...labels };
}

function dockerAttributes({ attributes, labels, name }: EventRecord): Record<string, string> {
  return { ...attributes, ...labels, name };
}

function withoutEmpty(facts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== ""));
}
