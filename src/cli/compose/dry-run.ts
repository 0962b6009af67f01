import type { Step } from "../../compose/plan/step.ts";
import type { UpEvent } from "../../compose/up.ts";

/** Steps as they would go, in an order that their graph allows; nothing is done. */
export async function* dryRunSteps(
  steps: readonly Step[],
  warnings: readonly string[] = [],
): AsyncGenerator<UpEvent, void, undefined> {
  await Promise.resolve();
  for (const text of warnings) yield { phase: "notice", text };
  const done = new Set<string>();
  const left = [...steps];
  while (left.length > 0) {
    const next = left.findIndex(({ after }) =>
      after.every((id) => done.has(id) || !left.some((step) => step.id === id)),
    );
    const [step] = left.splice(Math.max(0, next), 1);
    if (step === undefined) return;
    yield { phase: "begin", step };
    yield { phase: "done", step };
    done.add(step.id);
  }
}
