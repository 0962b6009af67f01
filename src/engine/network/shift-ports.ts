import { flushConntrack } from "../../host/netlink/conntrack.ts";
import { NETLINK, NetlinkSocket } from "../../host/netlink/socket.ts";
import { udpFilters } from "../../network/firewall.ts";
import { networkRoot } from "../../network/root-id.ts";
import { dealSlots } from "../../network/shared-ports.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { findContainer, getState, putState, replaceDefinition } from "../../state/containers.ts";
import { transaction } from "../../state/database.ts";
import { type PublishedPort, putStandby } from "../../state/leases.ts";
import type { PortMapping } from "../../state/spec/network.ts";
import type { Engine } from "../engine.ts";
import { lockContainer } from "../locks.ts";

type Shift = {
  /** Names or ids of those that get their part from now on. */
  readonly into: readonly string[];
  /** Those that get no new connections any more; those that they have go on. */
  readonly outOf: readonly string[];
};

/**
 * Moves the host ports of a group from some of its containers to others, in one step: every new connection finds one of them. It is
 * written down for the next starts of them, too. Throws `not_found`.
 */
export async function shiftPorts(engine: Engine, { into, outOf }: Shift): Promise<void> {
  const wanted = new Map([
    ...outOf.map((name): [string, boolean] => [findContainer(engine.store, name).id, true]),
    ...into.map((name): [string, boolean] => [findContainer(engine.store, name).id, false]),
  ]);
  await using locks = new AsyncDisposableStack();
  // In one order, or two shifts would wait for each other.
  for (const id of [...wanted.keys()].toSorted()) locks.use(await lockContainer(engine, id));
  transaction(engine.store, () => {
    for (const [id, standby] of wanted) replaceDefinition(engine.store, withStandby(engine, id, standby));
  });
  const ports = transaction(engine.live, () => [...wanted].flatMap(([id, standby]) => shiftLive(engine, id, standby)));
  using socket = new NetlinkSocket(NETLINK.NETFILTER);
  dealSlots(socket, networkRoot(engine.paths.runRoot), { live: engine.live, ports: distinct(ports) });
  // A flow of UDP would stay with the container that it has met.
  flushConntrack(socket, udpFilters(ports));
}

function withStandby(engine: Engine, id: string, standby: boolean): ContainerRecord {
  const record = findContainer(engine.store, id);
  return { ...record, spec: { ...record.spec, ports: record.spec.ports.map((port) => shifted(port, standby)) } };
}

function shiftLive(engine: Engine, id: string, standby: boolean): PublishedPort[] {
  const state = getState(engine.live, id);
  if (state?.ports !== undefined)
    putState(engine.live, id, { ...state, ports: state.ports.map((port) => shifted(port, standby)) });
  return putStandby(engine.live, id, standby);
}

function shifted(port: PortMapping, standby: boolean): PortMapping {
  if (port.share === undefined) return port;
  const { standby: _, ...share } = port.share;
  return { ...port, share: { ...share, ...(standby ? { standby } : {}) } };
}

function distinct(ports: readonly PublishedPort[]): PublishedPort[] {
  const key = ({ protocol, hostIp, hostPort }: PublishedPort): string => `${protocol} ${hostIp} ${hostPort}`;
  return [...new Map(ports.map((port) => [key(port), port])).values()];
}
