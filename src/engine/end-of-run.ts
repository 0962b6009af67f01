import { dismissMonitor } from "../runtime/monitor.ts";
import type { ContainerExit, ContainerRecord, ProcessId } from "../state/container.ts";
import type { Engine } from "./engine.ts";
import { finishUnderLock } from "./finish.ts";
import { mayRestart } from "./restart-policy.ts";
import { waitForExit } from "./wait.ts";

/**
 * Waits for the end of a container's run and cleans up after it, unless the exit hook was quicker. Who started it in the foreground gives
 * its monitor: that is dismissed, with the exit hook that would find nothing to do.
 */
export async function endOfRun(engine: Engine, record: ContainerRecord, monitor?: ProcessId): Promise<ContainerExit> {
  const exit = await waitForExit(engine, record.id);
  await finishUnderLock(engine, record);
  // The hook of one that may be started again may be waiting for that.
  if (monitor !== undefined && !mayRestart(record)) dismissMonitor(monitor);
  return exit;
}
