import type { Database } from "bun:sqlite";
import { listLeases, listPublishedPorts } from "../state/leases.ts";
import { unpublish } from "./firewall.ts";
import { releaseLease } from "./lease.ts";
import type { NetworkRoot } from "./root-id.ts";

/**
 * Gives back what a container has on the network: published ports, tracked connections, addresses, in this order, so that nobody gets an
 * address towards which a port still points. Its interfaces end with its network namespace. Idempotent; two look-ups when nothing is left.
 * For the exit hook: taking ports back waits for the kernel (see unpublish).
 */
export function detachEndpoint(root: NetworkRoot, live: Database, containerId: string): void {
  const leases = listLeases(live, containerId);
  if (leases.length > 0 || listPublishedPorts(live, containerId).length > 0) {
    unpublish(root, live, containerId, leases);
  }
  releaseLease(live, containerId);
}
