import type { ObservedStatus } from "./status.ts";

/** Verbs that want a container in certain states. */
type GuardedVerb = "attach" | "init" | "kill" | "pause" | "restart" | "rm" | "start" | "unpause";

/** The states in which a verb can do its work; verbs that are not listed work in all. docs/lifecycle.md shows the same table. */
export const ALLOWED_STATES: Readonly<Record<GuardedVerb, readonly ObservedStatus[]>> = {
  attach: ["running", "stopping"],
  init: ["created", "restarting", "exited"],
  kill: ["running", "paused", "stopping"],
  pause: ["running"],
  restart: ["created", "initialized", "running", "stopping", "restarting", "exited"],
  rm: ["created", "initialized", "exited"],
  start: ["created", "initialized", "running", "stopping", "restarting", "exited"],
  unpause: ["paused"],
};

/** Whether a verb can do its work on a container of this status. */
export function allows(verb: GuardedVerb, status: ObservedStatus): boolean {
  return ALLOWED_STATES[verb].includes(status);
}
