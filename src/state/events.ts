import { appendFileSync } from "node:fs";

/** What an event speaks of. */
export type EventType = "container" | "exec" | "image" | "volume" | "network" | "pod" | "secret" | "system";

/** One line of the event log. Source: Docker's GET /events, whose type, action and actor these are. */
export type EventRecord = {
  /** Milliseconds since the epoch, with a fraction. */
  readonly time: number;
  readonly type: EventType;
  /** A verb as the peers name it: create, init, start, attach, died, cleanup, remove, pull, tag ... */
  readonly action: string;
  readonly id: string;
  readonly name: string;
  /** Further facts: image, exit code, labels, signal. */
  readonly attributes: Readonly<Record<string, string>>;
};

/** Appends one event to the log: a single write, so that lines of several processes never mix. */
export function appendEvent(path: string, event: EventRecord): void {
  appendFileSync(path, `${JSON.stringify(event)}\n`, { mode: 0o600 });
}
