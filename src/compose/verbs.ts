import { withProgress } from "../lib/with-progress.ts";
import type { Applying } from "./apply/applying.ts";
import { stepDoer } from "./apply/do-step.ts";
import { runSteps, type StepEvent } from "./apply/run-steps.ts";
import type { Step } from "./plan/step.ts";

/** Does the steps of a plan that makes nothing: stops, starts, pauses. Honours the signal. */
export async function* doSteps(
  applying: Applying,
  steps: readonly Step[],
  { signal, limit }: { readonly signal: AbortSignal; readonly limit?: number | undefined },
): AsyncGenerator<StepEvent, void, undefined> {
  yield* withProgress<StepEvent, void>(signal, async (report, inner) => {
    const bound = limit === undefined || limit < 1 ? {} : { limit };
    await runSteps(steps, { signal: inner, report, work: stepDoer(applying), ...bound });
  });
}
