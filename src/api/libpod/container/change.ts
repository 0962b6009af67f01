import { initContainer } from "../../../engine/init.ts";
import { pauseContainer, unpauseContainer } from "../../../engine/pause.ts";
import { removeContainer } from "../../../engine/remove.ts";
import { restartContainer } from "../../../engine/restart.ts";
import { killContainer, stopContainer } from "../../../engine/stop.ts";
import { isEstibaError } from "../../../lib/error.ts";
import { runtimeWords } from "../../docker/container/start.ts";
import { type Call, done, ok, type Reply, unchanged } from "../../http/call.ts";
import { namedContainer } from "../find.ts";

/** `POST /libpod/containers/{name}/stop` */
export async function stop(call: Call): Promise<Reply> {
  const { engine, query } = call;
  try {
    const { id } = namedContainer(call);
    const { wasRunning } = await stopContainer(engine, id, { timeoutSeconds: timeout(call) });
    return wasRunning ? done() : unchanged();
  } catch (error) {
    if (query.flag("ignore") && isEstibaError(error, "not_found")) return done();
    throw error;
  }
}

function timeout({ query }: Call): number | undefined {
  return query.integer("timeout") ?? query.integer("t");
}

/** `POST /libpod/containers/{name}/restart` */
export async function restart(call: Call): Promise<Reply> {
  const { id } = namedContainer(call);
  try {
    await restartContainer(call.engine, id, { timeoutSeconds: timeout(call) });
  } catch (error) {
    throw runtimeWords(error);
  }
  return done();
}

/** `POST /libpod/containers/{name}/kill` */
export async function kill(call: Call): Promise<Reply> {
  const { id } = namedContainer(call);
  await killContainer(call.engine, id, call.query.text("signal") ?? "KILL");
  return done();
}

/** `POST /libpod/containers/{name}/pause` */
export async function pause(call: Call): Promise<Reply> {
  await pauseContainer(call.engine, namedContainer(call).id);
  return done();
}

/** `POST /libpod/containers/{name}/unpause` */
export async function unpause(call: Call): Promise<Reply> {
  await unpauseContainer(call.engine, namedContainer(call).id);
  return done();
}

/** `POST /libpod/containers/{name}/init` */
export async function init(call: Call): Promise<Reply> {
  await initContainer(call.engine, namedContainer(call).id);
  return done();
}

/** `DELETE /libpod/containers/{name}`: a report for each that went, as newer clients read it; older ones only look at the status. */
export async function remove(call: Call): Promise<Reply> {
  const { engine, query } = call;
  try {
    const { id } = namedContainer(call);
    await removeContainer(engine, id, {
      force: query.flag("force"),
      volumes: query.flag("v") || query.flag("volumes"),
      dependents: query.flag("depend") ? "remove" : "refuse",
      timeoutSeconds: timeout(call),
    });
    return ok([{ Id: id, RawInput: call.params["name"] }]);
  } catch (error) {
    if (query.flag("ignore") && isEstibaError(error, "not_found")) return ok([]);
    throw error;
  }
}
