import { createPod } from "../../engine/pod/create.ts";
import { removePod } from "../../engine/pod/remove.ts";
import { stopContainer } from "../../engine/stop.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { Action } from "../plan/step.ts";
import { podSpecOf } from "../spec/pod.ts";
import type { Applying } from "./applying.ts";

export type PodAction = Extract<Action, { kind: "create-pod" | "remove-pod" | "stop-pod" }>;

/** Makes, stops or removes a pod. What is gone already counts as done. */
export async function doPod(applying: Applying, action: PodAction): Promise<undefined> {
  const { engine, loaded, naming } = applying;
  if (action.kind === "create-pod") {
    await createPod(engine, podSpecOf({ loaded, naming }, action.key));
    return;
  }
  try {
    if (action.kind === "stop-pod") await stopContainer(engine, action.id);
    else await removePod(engine, action.name, { force: true });
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}
