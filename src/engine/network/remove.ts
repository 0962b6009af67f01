import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { DEFAULT_NETWORK, rangesOf } from "../../network/bridge-networks.ts";
import { networkRoot } from "../../network/root-id.ts";
import { releaseClaim } from "../../network/subnet-claims.ts";
import { removeNetwork as removeFromHost } from "../../network/teardown.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { transaction } from "../../state/database.ts";
import { deleteNetwork, getNetwork, listNetworks } from "../../state/networks.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { removePod } from "../pod/remove.ts";
import { removeContainer } from "../remove.ts";
import { networkFilter } from "./list.ts";
import { usersOf } from "./users.ts";

type RemoveOptions = {
  /** Remove the containers that are on it first. */
  readonly force: boolean;
  /** Seconds for those to stop; undefined kills them. */
  readonly timeoutSeconds?: number | undefined;
};

/**
 * Forgets a network, then takes its bridge and its rules away. Throws `not_found`, `in_use` while a container has it, running or not, and
 * `invalid` for the default one.
 */
export async function removeNetwork(engine: Engine, nameOrId: string, options: RemoveOptions): Promise<string> {
  if ([DEFAULT_NETWORK, "podman", "default"].includes(nameOrId)) throw isDefault(nameOrId);
  const network = getNetwork(engine.store, nameOrId);
  if (network.name === DEFAULT_NETWORK) throw isDefault(nameOrId);
  if (options.force) {
    for (const user of usersOf(engine, network.name)) await removeUser(engine, user, options.timeoutSeconds);
  }
  const root = networkRoot(engine.paths.runRoot);
  transaction(engine.store, () => {
    const users = usersOf(engine, network.name);
    if (users.length > 0) throw inUse(network.name, users.length);
    deleteNetwork(engine.store, network.id);
    // Not later: by then the subnet may be another network's, with the same note.
    for (const range of rangesOf([network])) releaseClaim(root, range);
  });
  removeFromHost(root, network, engine);
  const { id, name, driver } = network;
  emitEvent(engine, { type: "network", action: "remove", id, name, attributes: { driver } });
  return network.name;
}

/** The networks that no container has and that fit the filters; never the default one. Throws `invalid` for a bad filter. */
export function unusedNetworks(engine: Engine, filters: readonly string[]): string[] {
  const fits = networkFilter(engine, filters, ["label", "label!", "until"]);
  return (
    listNetworks(engine.store)
      // Those of a cluster come and go with its tasks.
      .filter((network) => network.name !== DEFAULT_NETWORK && network.cluster === undefined && fits(network))
      .filter(({ name }) => usersOf(engine, name).length === 0)
      .map(({ name }) => name)
  );
}

/** Removes {@link unusedNetworks}, one after another; gives the names of those that went. */
export async function pruneNetworks(engine: Engine, filters: readonly string[]): Promise<string[]> {
  const removed: string[] = [];
  for (const name of unusedNetworks(engine, filters)) {
    try {
      removed.push(await removeNetwork(engine, name, { force: false }));
    } catch (error) {
      // Taken into use, or removed, since it was listed.
      if (!isEstibaError(error, "in_use", "not_found")) throw error;
    }
  }
  return removed;
}

async function removeUser(
  engine: Engine,
  { id, spec: { pod } }: ContainerRecord,
  timeoutSeconds: number | undefined,
): Promise<void> {
  try {
    // A pod's network is that of its infra container.
    if (pod?.infra === true) await removePod(engine, pod.id, { force: true, timeoutSeconds });
    else await removeContainer(engine, id, { force: true, volumes: true, timeoutSeconds });
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}

function inUse(name: string, users: number): EstibaError {
  return new EstibaError("in_use", {
    reason: "network.in_use",
    what: `"${name}" has associated containers with it. Use -f to forcibly delete containers and pods: network is being used`,
    fix: `estiba ps --all --filter network=${name}`,
    details: { containers: users },
  });
}

function isDefault(name: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "network.default",
    what: `default network ${name} cannot be removed`,
    fix: "leave it: it is there for containers that name no network",
  });
}
