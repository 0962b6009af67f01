import { EstibaError } from "../lib/error.ts";

/** The error for a container that another command has removed while this one was about to work on it. */
export function removedMeanwhile(nameOrId: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "container.unknown",
    what: `no container with name or ID "${nameOrId}" found: it was removed meanwhile: no such container`,
    details: { container: nameOrId },
  });
}
