import { TASK_LABELS } from "../../cluster/agent/labels.ts";
import { findExec } from "../../engine/exec-instance.ts";
import { EstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { getContainer } from "../../state/containers.ts";
import { namedContainer } from "../docker/container/find.ts";
import { ApiError } from "../http/api-error.ts";
import type { Call, Handler } from "../http/call.ts";

/** A handler of `/containers/{id}/...` that answers for containers of tasks only, and with 403 for all others. */
export function forTasks(load: () => Promise<Handler>): () => Promise<Handler> {
  return async () => {
    const handler = await load();
    return async (call) => {
      const { params } = call;
      requireTask(namedContainer({ ...call, params: { id: params["id"] ?? params["name"] ?? "" } }));
      return await handler(call);
    };
  };
}

/** The same of `/exec/{id}/...`: for commands in them. */
export function forTheirCommands(load: () => Promise<Handler>): () => Promise<Handler> {
  return async () => {
    const handler = await load();
    return async (call) => {
      requireTask(containerOfCommand(call));
      return await handler(call);
    };
  };
}

/** The container that a command was defined in. Throws 404. */
function containerOfCommand({ engine, params }: Call): ContainerRecord {
  const { containerId } = findExec(engine, params["id"] ?? "");
  const record = getContainer(engine.store, containerId);
  if (record === undefined) throw new ApiError(404, `No such container: ${containerId}`);
  return record;
}

function isTask({ labels }: Pick<ContainerRecord, "labels">): boolean {
  return labels[TASK_LABELS.task] !== undefined;
}

function requireTask(record: ContainerRecord): void {
  if (isTask(record)) return;
  throw new EstibaError("denied", {
    reason: "cluster.no_task",
    what: `the container "${record.name}" belongs to no task of the cluster: that is its own machine's business`,
    fix: "work on it there",
  });
}
