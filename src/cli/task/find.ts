import { askNode } from "../../cluster/door/client.ts";
import type { TaskRow } from "../../cluster/door/wire.ts";
import { isManager } from "../../cluster/node/identity.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import type { Cli } from "../context.ts";

/** Where a task's container is. */
export type TaskPlace = {
  readonly nodeId: string;
  readonly nodeName: string;
  readonly containerId: string;
};

/**
 * Where the task is that a name means; undefined for what is none, and where nothing is known of tasks: on machines of no cluster, and on
 * workers. Throws `conflict` for a name of several, `wrong_state` for a task that has no container.
 */
export async function findTaskPlace({ engine }: Pick<Cli, "engine">, name: string): Promise<TaskPlace | undefined> {
  if (!isManager(engine())) return undefined;
  try {
    const ask = await askNode(engine());
    const { task, nodeName } = await ask<TaskRow>("GET", `/tasks/${encodeURIComponent(name)}`);
    const { nodeId, status } = task;
    if (nodeId === undefined || status.containerId === undefined) throw noContainer(name, task);
    return { nodeId, nodeName, containerId: status.containerId };
  } catch (error) {
    if (isEstibaError(error, "not_found")) return undefined;
    throw error;
  }
}

function noContainer(name: string, { status: { state, error } }: TaskRow["task"]): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "cluster.no_container",
    what: `the task ${name} has no container: it is ${state}`,
    ...(error === undefined ? {} : { cause: error }),
    fix: "see: estiba service ps SERVICE",
  });
}
