import type { BuildEvent, StepPlace } from "../../build/events.ts";
import { labelOf } from "./tree.ts";

const RULE = "------\n";

/** What the steps that run have printed so far; what went well is forgotten. */
export class StepLog {
  readonly #held = new Map<string, Uint8Array[]>();

  take(event: BuildEvent): void {
    if (event.kind === "end") this.#held.delete(keyOf(event));
    if (event.kind !== "output") return;
    const pieces = this.#held.get(keyOf(event)) ?? [];
    pieces.push(event.bytes);
    this.#held.set(keyOf(event), pieces);
  }

  /** What to show below a build that failed: the step, all that it printed where nobody has seen it, and its place in the file. */
  failure(event: BuildEvent & { readonly kind: "failed" }, withLog: boolean): string {
    const text = Buffer.concat(this.#held.get(keyOf(event)) ?? []).toString();
    const log = withLog && text !== "" ? `${text}${text.endsWith("\n") ? "" : "\n"}` : "";
    return `${RULE} > ${labelOf(event)}:\n${log}${RULE}${event.excerpt}\n${RULE}`;
  }
}

function keyOf({ stage, number }: StepPlace): string {
  return `${stage ?? ""} ${number}`;
}
