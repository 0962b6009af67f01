import { IN_USER_NAMESPACE } from "../../host/own-ids.ts";
import { EstibaError } from "../../lib/error.ts";

/** Throws `unsupported` for a rootless engine: other nodes reach a node by tunnels and ports of the host's own network. */
export function requireRoot(): void {
  if (!IN_USER_NAMESPACE) return;
  throw new EstibaError("unsupported", {
    reason: "rootless.cluster",
    what: "a node of a cluster makes tunnels in the host's network, which only root may",
    fix: "run it as root: sudo estiba swarm init, or swarm join",
  });
}
