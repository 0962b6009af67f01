import type { ContainerExit, ContainerRecord } from "../state/container.ts";
import { getContainer } from "../state/containers.ts";
import { recallExit } from "../state/finished.ts";
import type { Engine } from "./engine.ts";
import { readEvents } from "./events.ts";
import { finishUnderLock } from "./finish.ts";
import { hasProcess, observe } from "./status.ts";
import { waitForExit } from "./wait.ts";
import { waitForCondition } from "./wait-condition.ts";

/** Docker's words for what to wait for: the end of the run under way, of the one to come, and the container's removal after it. */
export const END_CONDITIONS = ["not-running", "next-exit", "removed"] as const;

export type EndCondition = (typeof END_CONDITIONS)[number];

/** How often it is looked whether a container is gone, beside the events that tell. */
const RECHECK_MS = 500;

/**
 * Waits for an end of a container as Docker's clients ask for it, who do so before they start it: from this call on nothing is missed. Resolves
 * to how it ended, an exit code of 0 where nothing is known. Throws the signal's reason when aborted.
 */
export function waitForEnd(
  engine: Engine,
  record: ContainerRecord,
  { condition, signal }: { condition: EndCondition; signal: AbortSignal },
): Promise<Pick<ContainerExit, "code" | "error">> {
  const runs = hasProcess(observe(engine, record));
  if (condition === "not-running" || (condition === "next-exit" && runs)) return endOfThis(engine, record, signal);
  const next = runs ? endOfThis(engine, record, signal) : endOfNext(engine, record, signal);
  return condition === "removed" ? thenRemoved(engine, record, { ended: next, signal }) : next;
}

async function endOfThis(engine: Engine, record: ContainerRecord, signal: AbortSignal): Promise<ContainerExit> {
  const exit = await waitForExit(engine, record.id, { signal });
  await finishUnderLock(engine, record);
  return exit;
}

async function endOfNext(
  engine: Engine,
  record: ContainerRecord,
  signal: AbortSignal,
): Promise<Pick<ContainerExit, "code" | "error">> {
  const filters = [`container=${record.id}`, "event=start", "event=died", "event=remove"];
  const events = readEvents(engine, { since: undefined, until: undefined, filters, follow: true, signal });
  for await (const { action, attributes } of events) {
    if (action === "start") return await endOfThis(engine, record, signal);
    return { code: Number(attributes["exitCode"] ?? recallExit(engine.live, record.id)?.code ?? 0) };
  }
  signal.throwIfAborted();
  return { code: 0 };
}

type Removal = { readonly ended: Promise<Pick<ContainerExit, "code" | "error">>; readonly signal: AbortSignal };

async function thenRemoved(engine: Engine, record: ContainerRecord, { ended, signal }: Removal) {
  const exit = await ended;
  if (getContainer(engine.store, record.id) !== undefined)
    await waitForCondition(engine, record.id, { conditions: ["removing"], intervalMs: RECHECK_MS, signal });
  return exit;
}
