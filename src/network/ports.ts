import type { Database } from "bun:sqlite";
import { ERRNO, errnoError } from "../host/errno.ts";
import { IN_USER_NAMESPACE } from "../host/own-ids.ts";
import { standInOwnNetwork } from "../host/rootless/own-network.ts";
import { allowSharing, bindSocket, boundPort, closeSocket, openSocket } from "../host/socket.ts";
import { EstibaError } from "../lib/error.ts";
import { transaction } from "../state/database.ts";
import { findPortOwners, replacePublishedPorts } from "../state/leases.ts";
import type { PortMapping, PortRange } from "../state/spec/network.ts";
import { parseIp } from "./address.ts";
import { canPublishLoopback6 } from "./bridge.ts";
import { canForward, refuseUnforwardable } from "./host-forwards.ts";
import { findPortHolder } from "./port-holder.ts";
import { hostAddresses, type PublishTarget, publishedPorts } from "./published-ports.ts";

/** Ports that no other process can take as long as a descriptor is open somewhere. */
export type ReservedPorts = Disposable & {
  /** The mappings with their real host ports, each non-zero. */
  readonly mappings: readonly PortMapping[];
  /** Bound sockets; the monitor inherits them. They are close-on-exec. */
  readonly descriptors: readonly number[];
};

// No such family, protocol or socket type in this kernel (asm-generic/errno.h).
const UNSUPPORTED: readonly number[] = [93, 94, 97];
const RANDOM_ATTEMPTS = 50;

/**
 * Binds every host port of the mappings, on IPv4 and IPv6 where no host address is given. The sockets neither listen nor share: until
 * the container is published a client is refused, and nobody else can bind the port. Disposing closes them here; an heir keeps them.
 * A port of a group is bound beside those of the group's other containers, and written down for `target` at once, on standby.
 * Throws `in_use` naming the port and, where it can be found, its holder (`live` knows the containers of this root); `unavailable` for
 * an address that is not this host's; `denied` for a privileged port.
 */
export function reservePorts(mappings: readonly PortMapping[], live?: Database, target?: PublishTarget): ReservedPorts {
  if (mappings.length > 0) standInOwnNetwork();
  const descriptors: number[] = [];
  const release = (): void => {
    for (const fd of descriptors.splice(0)) closeSocket(fd);
  };
  try {
    for (const mapping of mappings) refuseUnreachable(mapping);
    const resolved = mappings.flatMap((mapping) =>
      mapping.share === undefined || live === undefined || target === undefined
        ? reserveMapping(mapping, descriptors, live)
        : reserveShared(mapping, descriptors, { live, target }),
    );
    return { mappings: resolved, descriptors, [Symbol.dispose]: release };
  } catch (error) {
    release();
    throw error;
  }
}

function refuseUnreachable(mapping: PortMapping): void {
  refuseUnforwardable(mapping);
  if (mapping.hostIp !== "::1" || canPublishLoopback6()) return;
  throw new EstibaError("unsupported", {
    reason: "network.no_loopback6",
    what: `cannot publish the ${mapping.protocol} port ${mapping.hostPort} on [::1]: this host has no IPv6, or its bridges call ip6tables`,
    fix: "publish on 127.0.0.1, or: sysctl -w net.bridge.bridge-nf-call-ip6tables=0",
  });
}

function reserveMapping(mapping: PortMapping, descriptors: number[], live: Database | undefined): PortMapping[] {
  if (mapping.among !== undefined) return [reserveAmong(mapping, mapping.among, descriptors)];
  if (mapping.hostPort === 0) {
    return Array.from({ length: mapping.range }, (_, index) => {
      const single = { ...mapping, containerPort: mapping.containerPort + index, range: 1 };
      return { ...single, hostPort: reserveRandom(single, descriptors) };
    });
  }
  for (let index = 0; index < mapping.range; index += 1) {
    const port = mapping.hostPort + index;
    for (const address of hostAddresses(mapping)) {
      const result = bindOne(mapping, address, port);
      if (typeof result === "object") throw bindError(mapping, { address, port, errno: result.errno }, live);
      if (result >= 0) descriptors.push(result);
    }
    if (!canForward(mapping, port)) {
      throw bindError(mapping, { address: mapping.hostIp, port, errno: ERRNO.EADDRINUSE }, undefined);
    }
  }
  return [mapping];
}

type Sharing = { readonly live: Database; readonly target: PublishTarget };

// Written down in the transaction in which it is bound: two groups that want one port at once do not both find it free.
function reserveShared(mapping: PortMapping, descriptors: number[], { live, target }: Sharing): PortMapping[] {
  const own = mapping.share?.group;
  transaction(live, () => {
    for (const port of publishedPorts(target, { ...mapping, share: { group: own ?? "", standby: true } })) {
      const { hostIp: address, hostPort } = port;
      const others = findPortOwners(live, port).some(({ share }) => share !== undefined && share !== own);
      // A row of another group's counts as long as somebody holds its socket.
      const probe = others ? bindOne(mapping, address, hostPort) : -1;
      if (typeof probe === "number" && probe >= 0) closeSocket(probe);
      const result = typeof probe === "object" ? probe : bindOne(mapping, address, hostPort, true);
      if (typeof result === "object" && !isElsewhere(mapping, result.errno))
        throw bindError(mapping, { address, port: hostPort, errno: result.errno }, live);
      if (typeof result === "number" && result >= 0) descriptors.push(result);
      replacePublishedPorts(live, [port]);
    }
  });
  return [mapping];
}

// To bind it is to have it: of two that start at once, one goes on to the next.
function reserveAmong(
  { hostIp, containerPort, protocol, range }: PortMapping,
  { first, last }: PortRange,
  descriptors: number[],
): PortMapping {
  for (let hostPort = first; hostPort <= last; hostPort += 1) {
    const mapping = { hostIp, hostPort, containerPort, protocol, range };
    if (bindAll(mapping, hostPort, descriptors) !== undefined) return mapping;
  }
  throw new EstibaError("exhausted", {
    reason: "network.range_in_use",
    what: `every ${protocol} port of ${hostIp}${hostIp === "" ? "" : ":"}${first}-${last} is in use, for port ${containerPort} of the container`,
    fix: "give a wider range, or start fewer containers with it",
  });
}

function isElsewhere({ share }: PortMapping, errno: number): boolean {
  return share?.elsewhere === true && errno === ERRNO.EADDRNOTAVAIL;
}

// The kernel picks on the first address, and the others must agree.
function reserveRandom(mapping: PortMapping, descriptors: number[]): number {
  for (let attempt = 0; attempt < RANDOM_ATTEMPTS; attempt += 1) {
    const port = bindAll(mapping, 0, descriptors);
    if (port !== undefined) return port;
  }
  throw new EstibaError("exhausted", {
    reason: "network.no_free_port",
    what: `no free ${mapping.protocol} port was found for port ${mapping.containerPort} of the container`,
    fix: "name a host port, or free some",
  });
}

/** Binds one port, or with 0 one of the kernel's choice, on every address; undefined, and nothing held, where another has it on one of them. */
function bindAll(mapping: PortMapping, wanted: number, descriptors: number[]): number | undefined {
  const taken: number[] = [];
  let port = wanted;
  for (const address of hostAddresses(mapping)) {
    const result = bindOne(mapping, address, port);
    if (typeof result === "object") {
      for (const fd of taken) closeSocket(fd);
      if (result.errno === ERRNO.EADDRINUSE) return undefined;
      throw bindError(mapping, { address, port, errno: result.errno }, undefined);
    }
    if (result < 0) continue;
    taken.push(result);
    if (port === 0) port = boundPort(result);
  }
  if (port !== 0 && canForward(mapping, port)) {
    descriptors.push(...taken);
    return port;
  }
  for (const fd of taken) closeSocket(fd);
  return undefined;
}

/** The descriptor; -1 where the kernel cannot do the family or protocol, so that nobody else can hold the port either; or the errno. */
function bindOne(mapping: PortMapping, text: string, port: number, shared = false): number | { errno: number } {
  // In the user's own network of a rootless engine, where no address is the host's.
  const address = parseIp(IN_USER_NAMESPACE ? (text.includes(":") ? "::" : "0.0.0.0") : text);
  if (address === undefined) return { errno: ERRNO.EADDRNOTAVAIL };
  const fd = openSocket(address.length === 4 ? 4 : 6, mapping.protocol);
  const optional = mapping.hostIp === "" || mapping.protocol === "sctp";
  if (fd < 0 && optional && UNSUPPORTED.includes(-fd)) return -1;
  if (fd < 0) return { errno: -fd };
  if (shared) allowSharing(fd);
  const result = bindSocket(fd, address, port);
  if (result >= 0) return fd;
  closeSocket(fd);
  // The wildcard of a family that is switched off in this namespace.
  return -result === ERRNO.EADDRNOTAVAIL && text === "::" && mapping.hostIp === "" ? -1 : { errno: -result };
}

type Refusal = { address: string; port: number; errno: number };

function bindError(mapping: PortMapping, { address, port, errno }: Refusal, live: Database | undefined): EstibaError {
  const where = `${address.includes(":") ? `[${address}]` : address}:${port}`;
  const step = `cannot publish the ${mapping.protocol} port ${where}`;
  const cause = errnoError(errno, `binding ${where}`);
  if (errno === ERRNO.EADDRINUSE) {
    const holders = live && findPortOwners(live, { protocol: mapping.protocol, hostIp: address, hostPort: port });
    const owner = holders?.find(({ share }) => share === undefined || share !== mapping.share?.group)?.containerId;
    const holder = owner === undefined ? findPortHolder(mapping.protocol, port) : `the container ${owner.slice(0, 12)}`;
    return new EstibaError("in_use", {
      reason: "network.port_in_use",
      what: `${step}: ${holder === undefined ? "the port is in use" : `${holder} uses it`}`,
      cause,
      fix: owner === undefined ? "stop that program, or choose another host port" : `estiba stop ${owner.slice(0, 12)}`,
      details: { port, protocol: mapping.protocol, address },
    });
  }
  if (errno === ERRNO.EADDRNOTAVAIL) {
    return new EstibaError("unavailable", {
      reason: "network.address_not_local",
      what: `${step}: the address is not this host's`,
      cause,
      fix: "choose one that `ip address` shows, or leave the address out",
    });
  }
  const fixes: Readonly<Record<number, string>> = {
    [ERRNO.EACCES]: "choose a host port above 1023, or lower net.ipv4.ip_unprivileged_port_start",
    [ERRNO.EMFILE]: "publish fewer ports, or raise the limit of open files: ulimit -n",
  };
  const fix = fixes[errno];
  return new EstibaError(cause.code, {
    reason: "network.cannot_bind",
    what: step,
    cause,
    ...(fix !== undefined && { fix }),
  });
}
