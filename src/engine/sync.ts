import type { Engine } from "./engine.ts";
import { finishUnderLock } from "./finish.ts";
import { summarizeContainers } from "./list.ts";

/**
 * Writes down the end of every container that has ended without anybody seeing to it, because its monitor or its exit hook was killed, and
 * frees what it had. What is shown never depends on it: the kernel is asked each time.
 */
export async function syncContainers(engine: Engine): Promise<void> {
  for (const { record, status, state } of summarizeContainers(engine)) {
    const isWrittenDown = state === undefined || state.status === "exited" || state.status === "created";
    if (status === "exited" && !isWrittenDown) await finishUnderLock(engine, record);
  }
}
