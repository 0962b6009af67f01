import { EstibaError } from "../../lib/error.ts";
import { getContainer, getState } from "../../state/containers.ts";
import { transaction } from "../../state/database.ts";
import { getNetwork, replaceNetwork } from "../../state/networks.ts";
import type { Engine } from "../engine.ts";
import { lockContainer } from "../locks.ts";
import { writeNames } from "../names/files.ts";
import { hasProcess, observe } from "../status.ts";
import { withoutNames } from "./no-resolver.ts";
import { usersOf } from "./users.ts";

type NetworkChange = { readonly add: readonly string[]; readonly drop: readonly string[] };

/**
 * Changes who is asked for foreign names on a network; the resolver of its containers that run knows at once. Gives the network's name.
 * Throws `not_found`, `invalid` for a network without names, or a server that is not there.
 */
export async function updateNetwork(engine: Engine, nameOrId: string, { add, drop }: NetworkChange): Promise<string> {
  const network = transaction(engine.store, () => {
    const found = getNetwork(engine.store, nameOrId);
    if (found.dns !== true) throw withoutNames(found.name);
    const { nameservers: before = [], ...rest } = found;
    const strange = drop.find((server) => !before.includes(server));
    if (strange !== undefined) throw notAsked(found.name, strange);
    const kept = before.filter((server) => !drop.includes(server));
    const nameservers = [...new Set([...kept, ...add])];
    replaceNetwork(engine.store, nameservers.length === 0 ? rest : { ...rest, nameservers });
    return found;
  });
  for (const { id } of usersOf(engine, network.name)) await tellNames(engine, id);
  return network.name;
}

// Under its lock: of two changes at once the later one is told last, and a container that starts meanwhile has begun by then.
async function tellNames(engine: Engine, id: string): Promise<void> {
  using lock = await lockContainer(engine, id);
  const record = getContainer(engine.store, id);
  if (record === undefined) return lock.discard();
  const state = getState(engine.live, id);
  if (state?.endpoints === undefined || !hasProcess(observe(engine, record))) return;
  writeNames(engine, record, state.endpoints);
}

function notAsked(name: string, server: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "network.unknown_server",
    what: `the network "${name}" has no name server ${server}`,
    fix: `see: estiba network inspect ${name}`,
  });
}
