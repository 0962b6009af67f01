import { EstibaError } from "../../lib/error.ts";

/** The error for a stack without services. */
export function nothingFound(stack: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "stack.unknown",
    what: `nothing found in stack: ${stack}`,
    fix: "estiba stack ls lists them",
  });
}
