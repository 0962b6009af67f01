import type { Database } from "bun:sqlite";
import { IN_USER_NAMESPACE } from "../host/own-ids.ts";
import { addForward, type Forward, listForwards, removeForwards } from "../host/rootless/forward.ts";
import { EstibaError } from "../lib/error.ts";
import { findPortOwners, type PublishedPort } from "../state/leases.ts";
import type { PortMapping } from "../state/spec/network.ts";

// A rootless engine publishes ports in the user's own network; these lead there from the host's.

/** Throws `unsupported` for a mapping whose ports cannot lead from the host to the user's network. */
export function refuseUnforwardable({ hostIp, protocol, hostPort }: PortMapping): void {
  if (!IN_USER_NAMESPACE || (protocol !== "sctp" && !hostIp.includes(":"))) return;
  throw new EstibaError("unsupported", {
    reason: "rootless.port",
    what: `cannot publish the ${protocol} port ${hostIp.includes(":") ? `[${hostIp}]:` : ""}${hostPort}: slirp4netns takes TCP and UDP ports of IPv4 addresses to rootless containers`,
    fix: "publish it on an IPv4 address, or run the container as root",
  });
}

/** Whether a port of the host, which no container of ours holds, is free to lead to the user's network; a moment's look. */
export function canForward({ protocol, hostIp }: PortMapping, port: number): boolean {
  if (!IN_USER_NAMESPACE || protocol === "sctp") return true;
  const forward: Forward = { protocol, address: hostIp === "" ? "0.0.0.0" : hostIp, port };
  // Of a container that ended with nobody there to clean up.
  removeForwards([forward]);
  if (!addForward(forward)) return false;
  removeForwards([forward]);
  return true;
}

/** Has the host's ports lead to those that were published. Idempotent. Throws `in_use`. */
export function forwardPublished(ports: readonly PublishedPort[]): void {
  if (!IN_USER_NAMESPACE) return;
  for (const forward of forwardsOf(ports)) {
    if (addForward(forward) || isForwarded(forward)) continue;
    throw new EstibaError("in_use", {
      reason: "network.port_in_use",
      what: `cannot publish the ${forward.protocol} port ${forward.address}:${forward.port}: the port is in use`,
      fix: "stop that program, or choose another host port",
      details: { port: forward.port, protocol: forward.protocol, address: forward.address },
    });
  }
}

/** Gives back to the host those of the ports that no container has published any more. */
export function withdrawForwards(live: Database, ports: readonly PublishedPort[]): void {
  if (!IN_USER_NAMESPACE || ports.length === 0) return;
  removeForwards(forwardsOf(ports.filter((port) => findPortOwners(live, port).length === 0)));
}

function isForwarded(wanted: Forward): boolean {
  return listForwards().some(
    ({ protocol, address, port }) => protocol === wanted.protocol && address === wanted.address && port === wanted.port,
  );
}

function forwardsOf(ports: readonly PublishedPort[]): Forward[] {
  return ports.flatMap(({ protocol, hostIp, hostPort }) =>
    protocol === "sctp" || hostIp.includes(":") ? [] : [{ protocol, address: hostIp, port: hostPort }],
  );
}
