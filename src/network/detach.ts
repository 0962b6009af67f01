import type { Database } from "bun:sqlite";
import { listLeases, listPublishedPorts } from "../state/leases.ts";
import { unpublish } from "./firewall.ts";
import { releaseLease } from "./lease.ts";
import type { NetworkRoot } from "./root-id.ts";

/**
 * Gives back what a container has on the network: published ports with the connections tracked for it, then addresses, so that nobody gets
 * an address towards which a port still points. Without ports nothing is tracked that a later holder of the address could meet: addresses
 * come back only after all others were given. Its interfaces end with its network namespace. Idempotent; two look-ups when nothing is left.
 * For the exit hook: taking ports back waits for the kernel (see unpublish).
 */
export function detachEndpoint(root: NetworkRoot, live: Database, containerId: string): void {
  if (listPublishedPorts(live, containerId).length > 0) {
    unpublish(root, live, containerId, listLeases(live, containerId));
  }
  releaseLease(live, containerId);
}
