import type { Engine } from "../../engine/engine.ts";
import { inspectNetwork, type NetworkDetails, selectNetworks } from "../../engine/network/list.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { NetworkRecord } from "../../state/networks.ts";
import type { NewClusterNetwork } from "../manager/networks.ts";
import type { ClusterNetwork } from "../model/network.ts";
import { isManager } from "../node/identity.ts";
import { networkOfCluster } from "../views/network.ts";
import { askNode, type NodeClient } from "./client.ts";
import type { NetworkSummary, ServiceSummary } from "./wire.ts";

/** The networks of the cluster, on a manager; none elsewhere. */
async function clusterNetworks(engine: Engine): Promise<NetworkSummary[]> {
  if (!isManager(engine)) return [];
  return await (await askNode(engine))<NetworkSummary[]>("GET", "/networks");
}

/** Networks of this machine with those of the cluster, which come first where this node has a part of them. */
export async function withClusterNetworks(
  engine: Engine,
  networks: readonly NetworkRecord[],
  fits: (network: NetworkRecord) => boolean,
): Promise<NetworkRecord[]> {
  const summaries = await clusterNetworks(engine);
  const ofCluster = summaries.map(networkOfCluster).filter(fits);
  const known = new Set(ofCluster.map(({ cluster }) => cluster?.id));
  return [...networks.filter(({ cluster }) => !known.has(cluster?.id ?? "")), ...ofCluster].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

/** The network of the cluster that a name or id means, on a manager; undefined where there is none. Throws `conflict` for several. */
export async function findClusterNetwork(engine: Engine, reference: string): Promise<NetworkSummary | undefined> {
  if (!isManager(engine)) return undefined;
  try {
    return await (await askNode(engine))<NetworkSummary>("GET", `/networks/${encodeURIComponent(reference)}`);
  } catch (error) {
    if (isEstibaError(error, "not_found")) return undefined;
    throw error;
  }
}

/** Forgets a network of the cluster; its name. Throws `in_use`, after a moment where only containers are on it that may just have ended. */
export async function removeClusterNetwork(engine: Engine, id: string): Promise<string> {
  const ask = await askNode(engine);
  for (const deadline = performance.now() + GUESTS_MS; ; await Bun.sleep(LOOK_MS)) {
    try {
      return (await ask<ClusterNetwork>("DELETE", `/networks/${id}`)).name;
    } catch (error) {
      if (!isEstibaError(error, "in_use") || performance.now() > deadline) throw error;
      const { isNamed, owners } = await usersOf(ask, id);
      if (isNamed || !owners.every((owner) => owner === "container" || owner === "node")) throw error;
    }
  }
}

/** Tasks of services that were removed are given their grace; then their networks can go. */
const PATIENCE_MS = 60_000;
/** Of a container that has ended the cluster hears a little later. */
const GUESTS_MS = 1_000;
const LOOK_MS = 100;

/** Forgets a network of the cluster as soon as the tasks of removed services have left it. Throws `in_use` while a service names it. */
export async function removeLeftNetwork(ask: NodeClient, id: string): Promise<void> {
  for (const begun = performance.now(); ; await Bun.sleep(LOOK_MS)) {
    try {
      await ask("DELETE", `/networks/${id}`);
      return;
    } catch (error) {
      if (!isEstibaError(error, "in_use")) throw error;
      const { isNamed, owners } = await usersOf(ask, id);
      const patienceMs = owners.includes("container") ? GUESTS_MS : PATIENCE_MS;
      if (isNamed || performance.now() - begun > patienceMs) throw error;
    }
  }
}

/** Whether services name a network, and of what kinds they are who have addresses on it. */
async function usersOf(ask: NodeClient, id: string): Promise<{ isNamed: boolean; owners: string[] }> {
  const { network, holders } = await ask<NetworkSummary>("GET", `/networks/${id}`);
  const services = await ask<ServiceSummary[]>("GET", "/services");
  const isNamed = services.some(
    ({ service }) => service.spec.container.networks?.some((one) => one.network === network.name) === true,
  );
  return { isNamed, owners: holders.map(({ owner }) => owner.split("/")[0] ?? "") };
}

/** Creates a network of the cluster. Throws `wrong_state` on what is no manager. */
export async function createClusterNetwork(engine: Engine, asked: NewClusterNetwork): Promise<ClusterNetwork> {
  return await (await askNode(engine))<ClusterNetwork>("POST", "/networks", asked);
}

/** A network of the cluster with all who are on it, and the containers of this node. */
export function inspectClusterNetwork(engine: Engine, summary: NetworkSummary): NetworkDetails {
  const local = selectNetworks(engine, []).find(({ cluster }) => cluster?.id === summary.network.id);
  const containers = local === undefined ? [] : inspectNetwork(engine, local.name).containers;
  const holders = summary.holders.map(({ name, owner, ip }) => ({ name, owner: owner.split("/")[0] ?? "", ip }));
  return { network: networkOfCluster(summary), containers, holders };
}
