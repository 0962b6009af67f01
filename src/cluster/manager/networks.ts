import { EstibaError } from "../../lib/error.ts";
import { randomHex } from "../../lib/random-hex.ts";
import { type ClusterNetwork, INGRESS } from "../model/network.ts";
import { hasDoors } from "../network/attached.ts";
import { askedSubnet, freeSubnet, freeVni, subnet6For } from "../network/ranges.ts";
import { findOne } from "./find.ts";
import { newId } from "./ids.ts";
import { KEYS, networkKey, networkNameKey } from "./keys.ts";
import { type Manager, putOf, write } from "./manager.ts";

/** A network as asked for. */
export type NewClusterNetwork = Pick<ClusterNetwork, "name" | "labels" | "options" | "internal" | "attachable"> & {
  /** Undefined for a free one. */
  readonly subnet?: string | undefined;
  readonly ipv6?: boolean | undefined;
  readonly subnet6?: string | undefined;
};

/** Writes a network down, with a number and a subnet that no other has. Throws `conflict`, `invalid`, `exhausted`. */
export async function createNetwork(manager: Manager, asked: NewClusterNetwork): Promise<ClusterNetwork> {
  const { replica } = manager;
  requireName(asked.name);
  const { name, labels, options, internal, attachable = false } = asked;
  const base = { id: newId(), name, createdAt: manager.now(), labels, options, internal };
  const made: { network?: ClusterNetwork } = {};
  await write(manager, () => {
    if (replica.modified(networkNameKey(name)) !== 0) throw nameTaken(name);
    const all = [...replica.networks.values()];
    const subnet = asked.subnet === undefined ? freeSubnet(all, name === INGRESS) : askedSubnet(all, asked.subnet);
    const { ipv6 = false, subnet6 } = asked;
    const sixth = ipv6 || subnet6 !== undefined ? { subnet6: subnet6For(all, subnet6, () => randomHex(7)) } : {};
    const network: ClusterNetwork = {
      ...base,
      subnet,
      vni: freeVni(all),
      ...(attachable ? { attachable } : {}),
      ...sixth,
    };
    made.network = network;
    const steps = [
      putOf(replica, networkNameKey(name), network.id),
      putOf(replica, networkKey(network.id), network),
      putOf(replica, KEYS.networkPool, network.id),
    ];
    return { compares: steps.map(({ compare }) => compare), operations: steps.map(({ operation }) => operation) };
  });
  return made.network ?? findNetwork(manager, name);
}

/** The network by id, name or the beginning of an id. Throws `not_found`, `conflict`. */
export function findNetwork({ replica }: Pick<Manager, "replica">, reference: string): ClusterNetwork {
  return findOne(replica.networks.values(), reference, {
    kind: "network",
    nameOf: ({ name }) => name,
    fix: "estiba network ls lists them",
  });
}

/** Forgets a network. Throws `in_use` while a service names it or a task is on it. */
export async function removeNetwork(manager: Manager, reference: string): Promise<ClusterNetwork> {
  const { replica } = manager;
  const removed = findNetwork(manager, reference);
  await write(manager, () => {
    const { id, name } = findNetwork(manager, removed.id);
    requireUnused(manager, removed);
    const key = networkKey(id);
    const pool = putOf(replica, KEYS.networkPool, id);
    return {
      compares: [{ key, what: "modified", at: replica.modified(key) }, pool.compare],
      operations: [{ kind: "delete", key }, { kind: "delete", key: networkNameKey(name) }, pool.operation],
    };
  });
  return removed;
}

/** Makes the network of published ports as soon as there is more than one node, and something to publish. */
export async function ensureIngress(manager: Manager): Promise<void> {
  const { nodes, services, networks } = manager.replica;
  if (nodes.size < 2 || [...networks.values()].some(({ name }) => name === INGRESS)) return;
  if (![...services.values()].some(({ spec }) => hasDoors(spec.container))) return;
  await createNetwork(manager, { name: INGRESS, labels: {}, options: {}, internal: false, ipv6: true });
}

function requireUnused({ replica }: Manager, { id, name }: ClusterNetwork): void {
  const user = [...replica.services.values()].find(({ spec }) =>
    spec.container.networks?.some(({ network }) => network === name),
  );
  const holder = [...(replica.addresses.get(id)?.values() ?? [])].find(
    ({ owner, freedAt }) => freedAt === undefined && !owner.startsWith("node/"),
  );
  if (user === undefined && holder === undefined) return;
  throw new EstibaError("in_use", {
    reason: "network.in_use_by_service",
    what: `network ${id} is in use by ${user === undefined ? holderOf(replica, id, holder?.owner) : `service ${user.spec.name}`}`,
    fix: "remove what is on it, or take it off: estiba service update --network-rm, estiba network disconnect",
  });
}

function holderOf({ guests }: Manager["replica"], networkId: string, owner = ""): string {
  const [kind, id] = owner.split("/");
  return `${kind} ${kind === "container" ? (guests.get(`${networkId}/${id}`)?.names[0] ?? id) : id}`;
}

function requireName(name: string): void {
  if (
    /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(name) &&
    !["bridge", "podman", "default", "none", "host"].includes(name)
  )
    return;
  throw new EstibaError("invalid", {
    reason: "network.bad_name",
    what: `invalid network name "${name}": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*, and some stand for networks that are always there`,
    fix: "choose a name of letters, digits, _ . and -",
  });
}

function nameTaken(name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "network.name_in_use",
    what: `network name ${name} already used: network already exists`,
    fix: "choose another name, or add --ignore",
  });
}
