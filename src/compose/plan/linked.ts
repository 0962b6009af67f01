import type { Step } from "./step.ts";

/** The steps with edges only to those that are among them: what need not be done need not be waited for. */
export function linked(steps: readonly Step[]): Step[] {
  const there = new Set(steps.map(({ id }) => id));
  return steps.map((step) => ({ ...step, after: [...new Set(step.after)].filter((id) => there.has(id)) }));
}
