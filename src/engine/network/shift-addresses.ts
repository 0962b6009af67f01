import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { ownsBridge } from "../../network/driver-options.ts";
import type { WantedAddresses } from "../../network/lease.ts";
import {
  addAddresses,
  announce,
  answerForAll,
  type ContainerInterface,
  dropAddresses,
  hideAddresses,
  usableAddresses,
} from "../../network/moved-address.ts";
import { endPassing, type MovedAddress, passFlowsOn } from "../../network/moved-flows.ts";
import { exchangeAddresses, keepSpares, missingAddresses } from "../../network/moved-lease.ts";
import { type Netns, openNetns } from "../../network/netns.ts";
import type { ContainerRecord, ContainerState, EndpointState } from "../../state/container.ts";
import { getState, putState } from "../../state/containers.ts";
import { type Lease, listLeases } from "../../state/leases.ts";
import type { NetworkRecord } from "../../state/networks.ts";
import type { Engine } from "../engine.ts";
import { writeNames } from "../names/files.ts";
import { addressState } from "../own-network.ts";
import { hasProcess, observe } from "../status.ts";
import { attachmentsOf } from "./attachments.ts";
import { rewriteFiles } from "./names-files.ts";
import { networkOf, type PlannedEndpoint } from "./plan.ts";

export type AddressShift = {
  /** The container that is to have what its definition fixes; it runs. */
  readonly into: ContainerRecord;
  /** The one that has it. */
  readonly outOf: ContainerRecord;
};

/** One end of a shift. */
type Side = { readonly lease: Lease; readonly on: ContainerInterface };

type Move = {
  readonly network: NetworkRecord;
  /** What goes over, or has gone over. */
  readonly moved: WantedAddresses;
  /** It has not gone over yet. */
  readonly isAhead: boolean;
  readonly into: Side;
  /** Undefined where that one has no processes, or is not on the network. */
  readonly outOf: Side | undefined;
};

/** Lets a container that starts beside the one whose addresses it is to have bind to them, and be asked for them by nobody. */
export function hideFixed(netns: Netns, endpoints: readonly (PlannedEndpoint & { readonly lease: Lease })[]): void {
  for (const { network, attachment, interfaceName: name, lease } of endpoints) {
    const { ipv4, ipv6 } = ownsBridge(network) ? missingAddresses(lease, attachment) : {};
    const addresses = usableAddresses(ipv4, ipv6);
    if (addresses.length > 0) hideAddresses({ netns, name, network }, addresses);
  }
}

/**
 * Makes a shift of addresses ready: the one that is to lose them gets others besides, and connections that it has will be passed on to it.
 * Idempotent. The caller holds both locks. Throws `in_use` where a third one has an address, and what taking addresses throws.
 */
export function prepareAddresses(engine: Engine, shift: AddressShift): void {
  using ends = new DisposableStack();
  for (const { network, moved, isAhead, into, outOf } of movesOf(engine, shift, ends)) {
    if (!isAhead) continue;
    refuseOthers(engine, { network, moved, outOf: shift.outOf });
    if (outOf === undefined) continue;
    const { kept = {} } = keepSpares(engine.live, network, outOf.lease, moved);
    hideAddresses(outOf.on, usableAddresses(moved.ipv4, moved.ipv6));
    addAddresses(outOf.on, usableAddresses(moved.ipv4 && kept.ipv4, moved.ipv6 && kept.ipv6));
    passFlowsOn(into.on.netns, into.on.name, [
      ...movedAddress(moved.ipv4, kept.ipv4),
      ...movedAddress(moved.ipv6, kept.ipv6),
    ]);
  }
}

/**
 * Gives a container the addresses that its definition fixes, out of another one's hands: who begins a connection finds one of them.
 * Idempotent, after {@link prepareAddresses}. The caller holds both locks. Gives the endpoints that it has now.
 */
export function shiftAddresses(engine: Engine, shift: AddressShift): readonly EndpointState[] {
  using ends = new DisposableStack();
  const moves = movesOf(engine, shift, ends);
  for (const { moved, isAhead, into, outOf } of moves) {
    if (isAhead) exchangeAddresses(engine.live, { into: into.lease, outOf: outOf?.lease, moved });
  }
  for (const { network, moved, into, outOf } of moves) {
    const now = (id: string): Lease | undefined => leaseOn(engine, id, network);
    const [taken, left] = [now(shift.into.id) ?? into.lease, now(shift.outOf.id)];
    if (moved.mac !== undefined && outOf !== undefined && left !== undefined) announce(outOf.on, left.mac);
    take(into.on, taken, moved);
    if (outOf === undefined) continue;
    dropAddresses(outOf.on, usableAddresses(moved.ipv4, moved.ipv6));
    // The other one has answered for them until now.
    announce(into.on, taken.mac);
  }
  const after = noteEndpoints(engine, shift.into);
  const left = noteEndpoints(engine, shift.outOf);
  if (left.length > 0) writeNames(engine, shift.outOf, left);
  return after;
}

/** Ends what {@link prepareAddresses} has laid down, when the other container is gone. Idempotent. */
export function finishAddresses(engine: Engine, into: ContainerRecord): void {
  using netns = netnsOf(engine, into);
  if (netns !== undefined) endPassing(netns);
}

function take(on: ContainerInterface, { mac, kept = {} }: Lease, moved: WantedAddresses): void {
  announce(on, mac);
  addAddresses(on, usableAddresses(moved.ipv4, moved.ipv6));
  if (moved.ipv4 !== undefined && kept.ipv4 !== undefined) {
    // The one that was moved comes first for what the container begins; of IPv6 the latest does.
    hideAddresses(on, [kept.ipv4]);
    dropAddresses(on, [kept.ipv4]);
  }
  answerForAll(on);
  announce(on, mac);
}

function movesOf(engine: Engine, { into, outOf }: AddressShift, ends: DisposableStack): Move[] {
  const netns = netnsOf(engine, into);
  if (netns === undefined) return [];
  ends.use(netns);
  const others = netnsOf(engine, outOf);
  if (others !== undefined) ends.use(others);
  return attachmentsOf(into).flatMap((attachment): Move[] => {
    const network = networkOf(engine, attachment.network);
    const side = ownsBridge(network) ? sideOf(engine, into, { netns, network }) : undefined;
    if (side === undefined) return [];
    const missing = missingAddresses(side.lease, attachment);
    const { ipv4, ipv6 } = side.lease.kept ?? {};
    const moved = {
      ...missing,
      ...(ipv4 === undefined || attachment.ipv4 === undefined ? {} : { ipv4: attachment.ipv4 }),
      ...(ipv6 === undefined || attachment.ipv6 === undefined ? {} : { ipv6: attachment.ipv6 }),
      ...(attachment.mac === undefined ? {} : { mac: attachment.mac }),
    };
    if (Object.keys(moved).length === 0) return [];
    const other = others === undefined ? undefined : sideOf(engine, outOf, { netns: others, network });
    return [{ network, moved, isAhead: Object.keys(missing).length > 0, into: side, outOf: other }];
  });
}

type Place = { readonly netns: Netns; readonly network: NetworkRecord };

function sideOf(engine: Engine, { id }: ContainerRecord, { netns, network }: Place): Side | undefined {
  const lease = leaseOn(engine, id, network);
  const endpoint = getState(engine.live, id)?.endpoints?.find(({ networkId }) => networkId === network.id);
  return lease === undefined || endpoint === undefined
    ? undefined
    : { lease, on: { netns, name: endpoint.interfaceName, network } };
}

function leaseOn(engine: Engine, id: string, network: NetworkRecord): Lease | undefined {
  return listLeases(engine.live, id).find(({ networkId }) => networkId === network.id);
}

/** Undefined where the container has no processes, or has none any more. */
function netnsOf(engine: Engine, record: ContainerRecord): Netns | undefined {
  const state = getState(engine.live, record.id);
  if (state?.init === undefined || !hasProcess(observe(engine, record))) return undefined;
  try {
    return openNetns(`/proc/${state.init.pid}/ns/net`);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Writes down what the leases say, also in the container's own files. */
function noteEndpoints(engine: Engine, record: ContainerRecord): readonly EndpointState[] {
  const state = getState(engine.live, record.id);
  const before = state?.endpoints ?? [];
  if (state === undefined || before.length === 0) return before;
  const after = before.map((endpoint) => {
    const network = networkOf(engine, endpoint.network);
    const lease = leaseOn(engine, record.id, network);
    return lease === undefined ? endpoint : { ...endpoint, ...addressState(network, lease) };
  });
  putState(engine.live, record.id, { ...state, endpoints: after } satisfies ContainerState);
  rewriteFiles(engine, record, { before, after });
  return after;
}

function movedAddress(address: string | undefined, instead: string | undefined): MovedAddress[] {
  return usableAddresses(address).length === 0 || address === undefined || instead === undefined
    ? []
    : [{ address, instead }];
}

type Claim = { readonly network: NetworkRecord; readonly moved: WantedAddresses; readonly outOf: ContainerRecord };

function refuseOthers(engine: Engine, { network, moved, outOf }: Claim): void {
  const other = listLeases(engine.live).find(
    ({ networkId, containerId, ipv4, ipv6 }) =>
      networkId === network.id &&
      containerId !== outOf.id &&
      ((ipv4 !== undefined && ipv4 === moved.ipv4) || (ipv6 !== undefined && ipv6 === moved.ipv6)),
  );
  if (other === undefined) return;
  throw new EstibaError("in_use", {
    reason: "network.address_in_use",
    what: `an address of ${usableAddresses(moved.ipv4, moved.ipv6).join(", ")} is in use by another container of the network "${network.name}"`,
    fix: "choose another address, or stop that container",
  });
}
