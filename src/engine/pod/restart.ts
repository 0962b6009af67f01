import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { startPod } from "./start.ts";
import { type PodStopped, stopPod } from "./stop.ts";

/**
 * Stops all of a pod and starts it again, in the order of each; members with `autoRemove` stay. Throws what stop and start throw.
 */
export async function restartPod(engine: Engine, nameOrId: string): Promise<PodStopped> {
  const { pod, stopped, failures } = await stopPod(engine, nameOrId, { keep: true });
  if (failures.length > 0) return { pod, stopped, failures, warnings: [] };
  emitEvent(engine, { type: "pod", action: "restart", id: pod.id, name: pod.name, labels: pod.labels });
  return { ...(await startPod(engine, pod.id)), stopped };
}
