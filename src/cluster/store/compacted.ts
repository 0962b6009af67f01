import { EstibaError } from "../../lib/error.ts";

/** The error for a watch from a revision that the store has forgotten. */
export function compacted(from: number): EstibaError {
  return new EstibaError("not_found", {
    reason: "cluster.compacted",
    what: `the store has forgotten the changes since revision ${from}`,
    retryable: true,
  });
}
