import type { PodOutcome } from "../../../engine/pod/each.ts";
import { inspectPod } from "../../../engine/pod/inspect.ts";
import { removePod } from "../../../engine/pod/remove.ts";
import { restartPod } from "../../../engine/pod/restart.ts";
import { killPod, pausePod, unpausePod } from "../../../engine/pod/signal.ts";
import { startPod } from "../../../engine/pod/start.ts";
import { stopPod } from "../../../engine/pod/stop.ts";
import { isUp } from "../../../engine/status.ts";
import { describeError } from "../../../lib/error.ts";
import { podMembers } from "../../../state/pods.ts";
import { type Call, ok, type Reply, unchanged } from "../../http/call.ts";

function nameOf({ params }: Call): string {
  return params["name"] ?? "";
}

/** What a verb did: 409 with a line for each member on which it failed. */
function report({ pod, failures }: PodOutcome): Reply {
  if (failures.length === 0) return ok({ Errs: null, Id: pod.id });
  return { status: 409, json: { Errs: failures.map(({ error }) => describeError(error)), Id: pod.id } };
}

/** `POST /libpod/pods/{name}/start` */
export async function start(call: Call): Promise<Reply> {
  const { status } = inspectPod(call.engine, nameOf(call));
  return status === "Running" ? unchanged() : report(await startPod(call.engine, nameOf(call)));
}

/** `POST /libpod/pods/{name}/stop` */
export async function stop(call: Call): Promise<Reply> {
  const { members } = inspectPod(call.engine, nameOf(call));
  if (!members.some(isUp)) return unchanged();
  return report(await stopPod(call.engine, nameOf(call), { timeoutSeconds: call.query.integer("t") }));
}

/** `POST /libpod/pods/{name}/restart` */
export async function restart(call: Call): Promise<Reply> {
  return report(await restartPod(call.engine, nameOf(call)));
}

/** `POST /libpod/pods/{name}/kill` */
export async function kill(call: Call): Promise<Reply> {
  return report(await killPod(call.engine, nameOf(call), call.query.text("signal") ?? "KILL"));
}

/** `POST /libpod/pods/{name}/pause` */
export async function pause(call: Call): Promise<Reply> {
  return report(await pausePod(call.engine, nameOf(call)));
}

/** `POST /libpod/pods/{name}/unpause` */
export async function unpause(call: Call): Promise<Reply> {
  return report(await unpausePod(call.engine, nameOf(call)));
}

/** `DELETE /libpod/pods/{name}` */
export async function remove(call: Call): Promise<Reply> {
  const { engine, query } = call;
  const { pod } = inspectPod(engine, nameOf(call));
  const members = podMembers(engine.store, pod.id);
  await removePod(engine, pod.id, { force: query.flag("force"), timeoutSeconds: query.integer("timeout") });
  return ok({ Err: null, Id: pod.id, RemovedCtrs: Object.fromEntries(members.map(({ id }) => [id, null])) });
}
