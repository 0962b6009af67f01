import { notAttachable } from "../../engine/network/require.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { toWire, type WireError } from "../../lib/wire-error.ts";
import { overlaps, parseCidr, parseIp } from "../../network/address.ts";
import type { Address, ClusterNetwork, Guest, Owner } from "../model/network.ts";
import { freeOf } from "../network/allot.ts";
import type { Compare, Operation } from "../store/contract.ts";
import { randomMac } from "./addresses.ts";
import { addressKey, guestKey } from "./keys.ts";
import { type Manager, putOf, write } from "./manager.ts";
import { findNetwork } from "./networks.ts";

/** A node that is away for so long has lost what its guests had. */
const LOST_MS = 60_000;

/** What a node asks for a container that is no task. */
export type GuestAsk =
  /** A network by name or id. */
  | { readonly what: "network"; readonly reference: string }
  | ({ readonly what: "admit" } & Admission)
  | ({ readonly what: "dismiss" } & Pick<Guest, "networkId" | "containerId">);

export type Admission = Pick<Guest, "networkId" | "containerId" | "names"> & {
  /** As asked for by name. */
  readonly ip?: string | undefined;
  readonly mac?: string | undefined;
};

/** What it gets: the network, an address on it, nothing, or why not. */
export type GuestAnswer =
  | { readonly network: ClusterNetwork }
  | { readonly ip: string; readonly mac: string }
  | { readonly refused: WireError }
  | Readonly<Record<string, never>>;

/** Answers a node; a refusal is an answer, too. Throws `unavailable`. */
export async function answerGuest(manager: Manager, nodeId: string, asked: GuestAsk): Promise<GuestAnswer> {
  try {
    switch (asked.what) {
      case "network":
        return { network: findNetwork(manager, asked.reference) };
      case "admit":
        return await admit(manager, nodeId, asked);
      case "dismiss":
        await dismiss(manager, nodeId, asked);
        return {};
    }
  } catch (error) {
    if (!isEstibaError(error) || error.code === "unavailable") throw error;
    return { refused: toWire(error) };
  }
}

/** Gives a container an address, the one that it has or had if it may. Throws `denied`, `not_found`, `in_use`, `invalid`, `exhausted`. */
async function admit(manager: Manager, nodeId: string, asked: Admission): Promise<{ ip: string; mac: string }> {
  const { replica } = manager;
  const { networkId, containerId, names } = asked;
  const given = { ip: "", mac: "" };
  await write(manager, () => {
    const network = findNetwork(manager, networkId);
    if (network.attachable !== true) throw notAttachable(network.name);
    const known = replica.guests.get(`${networkId}/${containerId}`);
    const guest: Guest = { networkId, containerId, nodeId, names, createdAt: known?.createdAt ?? manager.now() };
    const { address, freed } = addressFor(manager, network, asked);
    Object.assign(given, { ip: address.ip, mac: address.mac });
    const steps = [
      putOf(replica, guestKey(networkId, containerId), guest),
      ...[address, ...freed].map((each) => putOf(replica, addressKey(networkId, each.ip), each)),
    ];
    return { compares: steps.map(({ compare }) => compare), operations: steps.map(({ operation }) => operation) };
  });
  return given;
}

type Chosen = { readonly address: Address & { readonly mac: string }; readonly freed: readonly Address[] };

// Who comes back while its address still rests may have it again: whoever remembers it remembers the right one.
function addressFor({ replica, now }: Manager, network: ClusterNetwork, asked: Admission): Chosen {
  const owner: Owner = `container/${asked.containerId}`;
  const taken = replica.addresses.get(network.id);
  const own = [...(taken?.values() ?? [])].filter((each) => each.owner === owner);
  const held = own.filter(({ freedAt }) => freedAt === undefined);
  const usual = held[0] ?? own[0];
  const ip = asked.ip === undefined ? (usual?.ip ?? freeAddress(replica, network)) : wantedAddress(network, asked.ip);
  const other = taken?.get(ip);
  if (other !== undefined && other.owner !== owner) throw addressInUse(network, ip);
  const mac = asked.mac ?? other?.mac ?? randomMac();
  const freed = held.filter((each) => each.ip !== ip).map((each): Address => ({ ...each, freedAt: now() }));
  return { address: { networkId: network.id, ip, owner, mac }, freed };
}

function freeAddress(replica: Manager["replica"], network: ClusterNetwork): string {
  const { value, done } = freeOf(replica, network).next();
  if (done !== true) return value;
  throw new EstibaError("exhausted", {
    reason: "network.no_free_address",
    what: `no address of the network ${network.name} (${network.subnet}) is free`,
    fix: "remove what is not needed on it; an address is given again after a minute",
  });
}

function wantedAddress({ name, subnet }: ClusterNetwork, text: string): string {
  const [range, address] = [parseCidr(subnet), parseIp(text)];
  if (range !== undefined && address?.length === 4 && overlaps(range, { address, prefix: 32 })) return text;
  throw new EstibaError("invalid", {
    reason: "network.wrong_address",
    what: `the address "${text}" cannot be given on the network "${name}": it lies outside of its subnet`,
    fix: `choose one inside of ${subnet}`,
  });
}

function addressInUse({ name }: ClusterNetwork, ip: string): EstibaError {
  return new EstibaError("in_use", {
    reason: "network.address_in_use",
    what: `the address ${ip} of the network "${name}" is somebody's, or was a moment ago`,
    fix: "choose another one, or try it again in a minute",
  });
}

async function dismiss(
  manager: Manager,
  nodeId: string,
  { networkId, containerId }: Pick<Guest, "networkId" | "containerId">,
): Promise<void> {
  const { replica } = manager;
  // It may have been given up, and be another node's.
  if (replica.guests.get(`${networkId}/${containerId}`)?.nodeId !== nodeId) return;
  await write(manager, () => {
    const key = guestKey(networkId, containerId);
    const held = replica
      .addressesOf(`container/${containerId}`)
      .filter((each) => each.networkId === networkId)
      .map((each) => putOf(replica, addressKey(networkId, each.ip), { ...each, freedAt: manager.now() }));
    return {
      compares: [{ key, what: "modified", at: replica.modified(key) }, ...held.map(({ compare }) => compare)],
      operations: [{ kind: "delete", key }, ...held.map(({ operation }) => operation)],
    };
  });
}

/** What has to be written for guests of nodes that are gone, or away for long, to be forgotten; their addresses are given back with them. */
export function lostGuests({
  replica,
  now,
}: Pick<Manager, "replica" | "now">): { readonly compare: Compare; readonly operation: Operation }[] {
  const at = now();
  return [...replica.guests.values()].flatMap(({ networkId, containerId, nodeId }) => {
    const node = replica.nodes.get(nodeId);
    const isLost = node === undefined || (node.state === "down" && at - node.updatedAt >= LOST_MS);
    if (!isLost && replica.networks.has(networkId)) return [];
    const key = guestKey(networkId, containerId);
    return [
      { compare: { key, what: "modified", at: replica.modified(key) }, operation: { kind: "delete", key } } as const,
    ];
  });
}
