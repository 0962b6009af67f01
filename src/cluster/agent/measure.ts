import { readUsage } from "../../engine/stats.ts";
import { pause } from "../../lib/pause.ts";
import { getContainer } from "../../state/containers.ts";
import type { TaskUsage } from "../model/autoscale.ts";
import type { Held, Workshop } from "./workshop.ts";

const MEASURE_MS = 3_000;

/** What a task had used of processors by a moment. */
type Mark = { readonly cpuNanos: number; readonly takenAt: number };

/** Tells now and then what tasks use, of services that ask for it; reads a few files of each such task, and nothing of others. */
export async function measureTasks(
  shop: Workshop,
  tell: (usages: readonly (readonly [string, TaskUsage])[]) => void,
): Promise<void> {
  let marks = new Map<string, Mark>();
  while (!shop.signal.aborted) {
    await pause(MEASURE_MS, shop.signal);
    const next = new Map<string, Mark>();
    const usages: (readonly [string, TaskUsage])[] = [];
    for (const [id, held] of shop.held) {
      const read = held.assignment.measured === true ? look(shop, held) : undefined;
      if (read === undefined) continue;
      next.set(id, read);
      usages.push([id, { ...rateOf(marks.get(id), read), memoryBytes: read.memoryBytes }]);
    }
    marks = next;
    if (usages.length > 0) tell(usages);
  }
}

function rateOf(before: Mark | undefined, { cpuNanos, takenAt }: Mark): Pick<TaskUsage, "nanoCpus"> {
  if (before === undefined || takenAt <= before.takenAt) return {};
  const elapsedNanos = (takenAt - before.takenAt) * 1e6;
  return { nanoCpus: Math.max(0, Math.round(((cpuNanos - before.cpuNanos) / elapsedNanos) * 1e9)) };
}

function look({ engine }: Workshop, { status, containerId }: Held): (Mark & { memoryBytes: number }) | undefined {
  if (status.state !== "running" || containerId === undefined) return undefined;
  const record = getContainer(engine.store, containerId);
  return record === undefined ? undefined : readUsage(engine, record);
}
