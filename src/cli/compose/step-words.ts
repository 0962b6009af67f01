import type { StepEvent } from "../../compose/apply/run-steps.ts";
import type { Action, Change } from "../../compose/plan/step.ts";

/** A line of progress: `Container web-1` and `Started`. */
export type Line = {
  readonly id: string;
  readonly text: string;
  readonly state: "working" | "done" | "warning" | "error";
  readonly detail?: string;
};

type Words = { readonly noun: string; readonly begin?: string; readonly done?: string };

/** What a step is called, while it is done and afterwards; in docker compose's words. */
const WORDS: Readonly<Record<Action["kind"], Words>> = {
  pull: { noun: "Image", begin: "Pulling", done: "Pulled" },
  build: { noun: "Image", begin: "Building", done: "Built" },
  "create-pod": { noun: "Pod", begin: "Creating", done: "Created" },
  "remove-pod": { noun: "Pod", begin: "Removing", done: "Removed" },
  "stop-pod": { noun: "Pod", begin: "Stopping", done: "Stopped" },
  "create-network": { noun: "Network", begin: "Creating", done: "Created" },
  "remove-network": { noun: "Network", begin: "Removing", done: "Removed" },
  "create-volume": { noun: "Volume", begin: "Creating", done: "Created" },
  "remove-volume": { noun: "Volume", begin: "Removing", done: "Removed" },
  "remove-image": { noun: "Image", begin: "Removing", done: "Removed" },
  create: { noun: "Container", begin: "Creating", done: "Created" },
  start: { noun: "Container", begin: "Starting", done: "Started" },
  schedule: { noun: "Container", done: "Scheduled" },
  keep: { noun: "Container", done: "Running" },
  stop: { noun: "Container", begin: "Stopping", done: "Stopped" },
  kill: { noun: "Container", begin: "Killing", done: "Killed" },
  restart: { noun: "Container", begin: "Restarting", done: "Started" },
  pause: { noun: "Container", begin: "Pausing", done: "Paused" },
  unpause: { noun: "Container", begin: "Unpausing", done: "Unpaused" },
  remove: { noun: "Container", begin: "Removing", done: "Removed" },
  "take-over": { noun: "Container", begin: "Taking over", done: "Recreated" },
  rename: { noun: "Container", done: "Renamed" },
  "pre-start": { noun: "Service", begin: "Running pre_start", done: "pre_start done" },
  provider: { noun: "Service", begin: "Creating", done: "Created" },
  wait: { noun: "Container", begin: "Waiting", done: "Healthy" },
};

/** What is shown of an event. A wait is for several containers: a line each. */
export function linesOf(event: StepEvent): Line[] {
  const { action, why = [] } = event.step;
  const words = wordsOf(action);
  return namesOf(action).flatMap((name): Line[] => {
    const id = `${words.noun} ${name}`;
    switch (event.phase) {
      case "begin":
        return words.begin === undefined ? [] : [{ id, text: words.begin, state: "working", ...detailOf(action, why) }];
      case "done":
        return words.done === undefined ? [] : [{ id, text: event.text ?? words.done, state: "done" }];
      case "warning":
        return [{ id, text: "Warning", detail: event.text, state: "warning" }];
      case "failed":
        return [{ id, text: "Error", state: "error", detail: event.error instanceof Error ? event.error.message : "" }];
    }
  });
}

function wordsOf(action: Action): Words {
  if (action.kind === "create" && action.replaces !== undefined)
    return { noun: "Container", begin: "Recreate", done: "Recreated" };
  if (action.kind === "provider" && action.verb === "down")
    return { noun: "Service", begin: "Removing", done: "Removed" };
  return WORDS[action.kind];
}

function namesOf(action: Action): readonly string[] {
  switch (action.kind) {
    case "wait":
      return action.containers;
    case "pull":
    case "build":
      return [action.image];
    case "pre-start":
    case "provider":
      return [action.service];
    default:
      return [action.name];
  }
}

// Why it is made anew is what nobody can guess.
function detailOf(action: Action, why: readonly Change[]): { detail?: string } {
  return action.kind !== "create" || why.length === 0 ? {} : { detail: `(${why.map(changeText).join(", ")})` };
}

/** `environment.DEBUG: "0" -> "1"` */
export function changeText({ path, before, after }: Change): string {
  if (before === undefined && after === undefined) return path;
  return `${path}: ${valueText(before)} -> ${valueText(after)}`;
}

const LONGEST = 60;

function valueText(value: unknown): string {
  if (value === undefined || value === null) return "(none)";
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
