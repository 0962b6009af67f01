import { EstibaError } from "../lib/error.ts";

/** The error for a container that another command has removed while this one was about to work on it. */
export function removedMeanwhile(nameOrId: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "container.unknown",
    what: `no container with name or ID "${nameOrId}" found: it was removed meanwhile: no such container`,
    details: { container: nameOrId },
  });
}

/** The error for a container that another command has started before `run` could, and that `run` was to show: its output has begun. */
export function startedMeanwhile(name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "container.started_meanwhile",
    what: `another command has started container "${name}" before this one could`,
    fix: `it runs on: estiba logs ${name}, or estiba attach ${name}`,
    details: { container: name },
  });
}
