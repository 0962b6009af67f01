import { EstibaError } from "../../lib/error.ts";
import type { Step } from "../plan/step.ts";

/** How a step goes. `note` is what a step that is under way has to say. */
export type StepEvent =
  | { readonly phase: "begin" | "done"; readonly step: Step; readonly text?: string }
  | { readonly phase: "failed"; readonly step: Step; readonly error: unknown }
  | { readonly phase: "warning"; readonly step: Step; readonly text: string };

export type StepReport = (event: StepEvent) => void;

/** Does one step; what it gives is shown in place of the usual word. */
export type DoStep = (step: Step, signal: AbortSignal, warn: (text: string) => void) => Promise<string | undefined>;

type Running = {
  readonly signal: AbortSignal;
  readonly report: StepReport;
  readonly work: DoStep;
  /** How many steps may be under way; undefined for as many as the graph allows. */
  readonly limit?: number;
};

/**
 * Does the steps of a graph, each as soon as those it waits for are done. After a failure nothing new is begun, what is under way is told to
 * end, and the first failure is thrown when it has. What was done stays done: the next plan begins from there.
 */
export async function runSteps(steps: readonly Step[], running: Running): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([running.signal, stop.signal]);
  const waiting = new Map(steps.map((step) => [step.id, new Set(step.after)]));
  const byId = new Map(steps.map((step) => [step.id, step]));
  const failures: unknown[] = [];
  const underWay = new Map<string, Promise<void>>();
  const finish = (id: string): void => {
    underWay.delete(id);
    for (const others of waiting.values()) others.delete(id);
  };
  const begin = async (step: Step): Promise<void> => {
    try {
      await doStep(step, { ...running, signal });
    } catch (error) {
      failures.push(error);
      stop.abort(error);
    }
    finish(step.id);
  };
  while (waiting.size > 0 || underWay.size > 0) {
    if (!signal.aborted) {
      for (const [id, needed] of waiting) {
        const step = byId.get(id);
        if (needed.size > 0 || step === undefined || underWay.size >= (running.limit ?? Number.POSITIVE_INFINITY))
          continue;
        waiting.delete(id);
        underWay.set(id, begin(step));
      }
    }
    if (underWay.size === 0) break;
    await Promise.race(underWay.values());
  }
  if (failures.length > 0) throw failures[0];
  running.signal.throwIfAborted();
  if (waiting.size > 0) throw cycle([...waiting.keys()]);
}

async function doStep(step: Step, { signal, report, work }: Running): Promise<void> {
  report({ phase: "begin", step });
  try {
    const text = await work(step, signal, (warning) => report({ phase: "warning", step, text: warning }));
    report({ phase: "done", step, ...(text === undefined ? {} : { text }) });
  } catch (error) {
    report({ phase: "failed", step, error });
    throw error;
  }
}

function cycle(ids: readonly string[]): EstibaError {
  return new EstibaError("internal", {
    reason: "compose.step_cycle",
    what: `steps wait for each other: ${ids.join(", ")}`,
  });
}
