import { EstibaError } from "../../lib/error.ts";

/** The error for `encrypted`, which Docker has IPsec for. */
export function notEncrypted(): EstibaError {
  return new EstibaError("unsupported", {
    reason: "network.not_encrypted",
    what: "the option encrypted cannot be used: what goes between nodes is not encrypted, which would take WireGuard or IPsec in their kernels",
    fix: "leave it out, and let nodes reach each other over a network that is encrypted itself (--advertise-addr)",
  });
}
