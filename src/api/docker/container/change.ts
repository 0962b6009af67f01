import { join } from "node:path";
import { pauseContainer, unpauseContainer } from "../../../engine/pause.ts";
import { removeContainer } from "../../../engine/remove.ts";
import { renameContainer } from "../../../engine/rename.ts";
import { restartContainer } from "../../../engine/restart.ts";
import { isRunning, observe } from "../../../engine/status.ts";
import { killContainer, stopContainer } from "../../../engine/stop.ts";
import { updateContainer } from "../../../engine/update.ts";
import { describeError, isEstibaError } from "../../../lib/error.ts";
import { resizeTerminalAlone } from "../../../runtime/attach.ts";
import { ApiError, badRequest } from "../../http/api-error.ts";
import { type Call, done, ok, type Reply, unchanged } from "../../http/call.ts";
import { Fields } from "../fields.ts";
import { restartWords } from "./create-words.ts";
import { isReason, namedContainer, notRunning } from "./find.ts";
import { updatableWords } from "./limit-words.ts";
import { runtimeWords } from "./start.ts";

/** `POST /containers/{id}/stop` */
export async function stop(call: Call): Promise<Reply> {
  const { id } = namedContainer(call);
  const { wasRunning } = await stopContainer(call.engine, id, ending(call));
  return wasRunning ? done() : unchanged();
}

/** `POST /containers/{id}/restart` */
export async function restart(call: Call): Promise<Reply> {
  const { id } = namedContainer(call);
  try {
    await restartContainer(call.engine, id, ending(call));
  } catch (error) {
    throw runtimeWords(error);
  }
  return done();
}

function ending({ query }: Call): { timeoutSeconds: number | undefined; signal: string | undefined } {
  return { timeoutSeconds: query.integer("t"), signal: query.text("signal") };
}

/** `POST /containers/{id}/kill` */
export async function kill(call: Call): Promise<Reply> {
  const record = namedContainer(call);
  const signal = call.query.text("signal") ?? "KILL";
  try {
    await killContainer(call.engine, record.id, signal);
  } catch (error) {
    if (isEstibaError(error, "wrong_state"))
      throw new ApiError(409, `cannot kill container: ${record.name}: container ${record.id} is not running`);
    throw error;
  }
  return done();
}

/** `POST /containers/{id}/pause` */
export async function pause(call: Call): Promise<Reply> {
  const record = namedContainer(call);
  const { status } = observe(call.engine, record);
  if (status === "paused") throw new ApiError(409, `Container ${record.id} is already paused`);
  if (!isRunning({ status })) throw notRunning(record);
  await pauseContainer(call.engine, record.id);
  return done();
}

/** `POST /containers/{id}/unpause` */
export async function unpause(call: Call): Promise<Reply> {
  const { id } = namedContainer(call);
  try {
    await unpauseContainer(call.engine, id);
  } catch (error) {
    if (isReason(error, "container.not_paused")) throw new ApiError(409, `Container ${id} is not paused`);
    throw error;
  }
  return done();
}

/** `POST /containers/{id}/rename` */
export async function rename(call: Call): Promise<Reply> {
  const { id } = namedContainer(call);
  const name = call.query.text("name")?.replace(/^\//, "");
  if (name === undefined) throw badRequest("Neither old nor new names may be empty");
  await renameContainer(call.engine, id, name);
  return done();
}

/** `POST /containers/{id}/resize` */
export async function resize(call: Call): Promise<Reply> {
  const record = namedContainer(call);
  const { rows, columns } = terminalSize(call);
  if (!isRunning(observe(call.engine, record))) throw notRunning(record);
  await resizeTerminalAlone(join(call.engine.paths.bundles, record.id), { rows, columns });
  return { status: 200 };
}

/** The size in the query. Throws 400. */
export function terminalSize({ query }: Call): { rows: number; columns: number } {
  const [rows, columns] = [query.integer("h"), query.integer("w")];
  if (rows === undefined || columns === undefined) throw badRequest("invalid resize height or width");
  return { rows, columns };
}

/** How crun and runc say that a value could not be written to a file of the cgroup. */
const REFUSED_BY_KERNEL = /writing file|failed to write|invalid argument/i;

/** `POST /containers/{id}/update` */
export async function update(call: Call): Promise<Reply> {
  const { id } = namedContainer(call);
  const body = new Fields(await call.json());
  const policy = body.fields("RestartPolicy");
  const words = [...updatableWords(body), ...restartWords(policy)];
  const spec = await call.service.specFromWords(words, "", [], { configured: false });
  const limits = Object.keys(spec.resources).length === 0 ? {} : { limits: spec.resources };
  const restarted = policy.text("Name") === undefined ? {} : { restart: spec.restart ?? { name: "no" as const } };
  try {
    const { warnings } = await updateContainer(call.engine, id, { ...limits, ...restarted });
    return ok({ Warnings: warnings });
  } catch (error) {
    // What the kernel does not take of what was asked for: a limit that this host cannot have.
    if (isReason(error, "runtime.failed") && REFUSED_BY_KERNEL.test(describeError(error)))
      throw badRequest(describeError(error));
    throw error;
  }
}

/** `DELETE /containers/{id}` */
export async function remove(call: Call): Promise<Reply> {
  const record = namedContainer(call);
  const { query, engine } = call;
  if (query.flag("link")) throw badRequest("links between containers are not supported: there is none to remove");
  try {
    await removeContainer(engine, record.id, { force: query.flag("force"), volumes: query.flag("v") });
  } catch (error) {
    if (isReason(error, "container.running", "container.paused"))
      throw new ApiError(
        409,
        `cannot remove container "${record.name}": container is ${isReason(error, "container.paused") ? "paused and must be unpaused first" : "running: stop the container before removing or force remove"}`,
      );
    throw error;
  }
  return done();
}
