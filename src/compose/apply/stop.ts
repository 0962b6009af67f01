import { observe } from "../../engine/status.ts";
import { stopContainer } from "../../engine/stop.ts";
import { findContainer } from "../../state/containers.ts";
import { type Applying, serviceOf } from "./applying.ts";
import { runHook } from "./hooks.ts";

/** Stops a container of a service, after the hooks that are to run before that. */
export async function stopWithHooks(
  applying: Applying,
  { id, service }: { readonly id: string; readonly service: string },
  signal: AbortSignal,
): Promise<void> {
  const { engine, timeoutSeconds } = applying;
  const record = findContainer(engine.store, id);
  if (observe(engine, record).status === "running") {
    for (const hook of serviceOf(applying, service)?.pre_stop ?? []) {
      const output = await runHook(engine, id, hook, { name: service, signal });
      applying.hookOutput?.(record.name, output);
    }
  }
  // First, or it would be started between the two.
  if (record.spec.schedule !== undefined)
    (await import("../../engine/schedule/arm.ts")).disarmSchedule(engine, record.id);
  await stopContainer(engine, id, { timeoutSeconds });
}
