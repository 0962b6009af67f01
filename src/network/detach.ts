import type { Database } from "bun:sqlite";
import { type Lease, listLeases, listPublishedPorts } from "../state/leases.ts";
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

/** Gives back what a container has on one of its networks: ports published by way of it, then its addresses. Idempotent. */
export function detachFrom(root: NetworkRoot, live: Database, lease: Pick<Lease, "containerId" | "networkId">): void {
  const held = listLeases(live, lease.containerId).find(({ networkId }) => networkId === lease.networkId);
  if (held === undefined) return;
  const targets = new Set([held.ipv4, held.ipv6, held.kept?.ipv4, held.kept?.ipv6]);
  if (listPublishedPorts(live, held.containerId).some(({ targetIp }) => targets.has(targetIp)))
    unpublish(root, live, held.containerId, [held]);
  releaseLease(live, held.containerId, held.networkId);
}
