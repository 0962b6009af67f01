import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { createNetwork } from "../../engine/network/create.ts";
import { removeNetwork } from "../../engine/network/remove.ts";
import { usersOf } from "../../engine/network/users.ts";
import { isEstibaError } from "../../lib/error.ts";
import { acquireLock, type Lock } from "../../state/lock.ts";
import { findNetwork } from "../../state/networks.ts";
import { KUBE_NETWORK } from "./network.ts";

/** Makes the network of pods unless it is there; nobody takes it away as long as the lock is held, though no pod is on it yet. */
export async function holdNetwork(engine: Engine): Promise<Lock> {
  const lock = await acquireLock(lockPath(engine), { shared: true });
  createNetwork(engine, {
    name: KUBE_NETWORK,
    subnets: [],
    ipv6: false,
    internal: false,
    dns: true,
    labels: {},
    options: {},
    bridgeName: undefined,
    ignore: true,
  });
  return lock;
}

/** Removes the network of pods when nobody is on it, once those who are about to be are. */
export async function removeIdleNetwork(engine: Engine): Promise<void> {
  if (findNetwork(engine.store, KUBE_NETWORK) === undefined) return;
  using _ = await acquireLock(lockPath(engine));
  if (usersOf(engine, KUBE_NETWORK).length > 0) return;
  try {
    await removeNetwork(engine, KUBE_NETWORK, { force: false });
  } catch (error) {
    // Taken into use, or removed, meanwhile.
    if (!isEstibaError(error, "in_use", "not_found")) throw error;
  }
}

function lockPath(engine: Engine): string {
  return join(engine.paths.locks, "kube-network");
}
