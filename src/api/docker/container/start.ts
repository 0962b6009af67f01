import { removeContainer } from "../../../engine/remove.ts";
import { startContainer } from "../../../engine/start.ts";
import { describeError, isEstibaError } from "../../../lib/error.ts";
import { ApiError } from "../../http/api-error.ts";
import { type Call, done, type Reply, unchanged } from "../../http/call.ts";
import { isReason, namedContainer } from "./find.ts";

/** `POST /containers/{id}/start` */
export async function start(call: Call): Promise<Reply> {
  const { id, spec } = namedContainer(call);
  try {
    const { wasRunning } = await startContainer(call.engine, id, false, { ready: call.service.begun.announcer(id) });
    return wasRunning ? unchanged() : done();
  } catch (error) {
    // Its client waits for the removal before it tells why.
    if (spec.autoRemove && !isReason(error, "container.paused"))
      await removeContainer(call.engine, id, { force: true, volumes: true });
    throw runtimeWords(error);
  }
}

/** Docker's clients read the exit codes 126 and 127 out of the runtime's words. */
export function runtimeWords(error: unknown): unknown {
  if (!isEstibaError(error)) return error;
  switch (error.reason) {
    case "runtime.command_not_found":
      return new ApiError(400, `OCI runtime create failed: exec: ${error.message}: executable file not found in $PATH`);
    case "runtime.no_workdir":
      return new ApiError(400, `OCI runtime create failed: ${error.message}: no such file or directory`);
    case "runtime.command_not_executable":
      return new ApiError(400, `OCI runtime create failed: exec: ${error.message}: permission denied`);
    default:
      return error.code === "not_found" ? new ApiError(400, describeError(error)) : error;
  }
}
