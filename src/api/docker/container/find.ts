import { EstibaError, isEstibaError } from "../../../lib/error.ts";
import type { ContainerRecord } from "../../../state/container.ts";
import { findContainer } from "../../../state/containers.ts";
import { listNetworks } from "../../../state/networks.ts";
import { ApiError } from "../../http/api-error.ts";
import type { Call } from "../../http/call.ts";

/** The container that the path names. Throws 404 in Docker's words, which clients look for. */
export function namedContainer({ engine, params }: Call): ContainerRecord {
  const name = params["id"] ?? "";
  try {
    return findContainer(engine.store, name.replace(/^\//, ""));
  } catch (error) {
    if (isEstibaError(error, "not_found")) throw new ApiError(404, `No such container: ${name}`);
    throw error;
  }
}

/** 409 for a container that does not run, in Docker's words. */
export function notRunning({ id }: ContainerRecord): ApiError {
  return new ApiError(409, `container ${id} is not running`);
}

/** 409 for a paused one. */
export function pausedFirst({ name }: ContainerRecord, before: "exec" | "attach"): ApiError {
  return new ApiError(409, `Container ${name} is paused, unpause the container before ${before}`);
}

/** Whether an error of the engine is of one of these reasons. */
export function isReason(error: unknown, ...reasons: readonly string[]): error is EstibaError {
  return error instanceof EstibaError && reasons.includes(error.reason);
}

/** The id of a network by its name; the name itself, where it is gone. */
export function networkIds({ engine }: Pick<Call, "engine">): (name: string) => string {
  const ids = new Map(listNetworks(engine.store).map(({ name, id }) => [name, id]));
  return (name) => ids.get(name) ?? name;
}
