import { EstibaError } from "../../lib/error.ts";

/** The error for name servers of a network that answers no names. */
export function withoutNames(name: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "network.no_resolver",
    what: `cannot set name servers of the network "${name}": it answers no names`,
    fix: "give the server to containers: estiba run --dns",
  });
}
