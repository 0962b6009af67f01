import { isEstibaError } from "../../lib/error.ts";
import { DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import { getNetwork } from "../../state/networks.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";
import type { Engine } from "../engine.ts";
import { askOwnCluster, isInCluster } from "./own-cluster.ts";

/** Attachments with the cluster's networks among them by name, known here from now on. Throws `unknown` in no cluster. */
export async function introduced(
  engine: Engine,
  asked: readonly NetworkAttachment[],
  unknown: Error,
): Promise<NetworkAttachment[]> {
  if (!isInCluster(engine)) throw unknown;
  const named: NetworkAttachment[] = [];
  for (const attachment of asked) {
    const { network } = attachment;
    named.push(
      isKnown(engine, network) ? attachment : { ...attachment, network: await introduce(engine, network, unknown) },
    );
  }
  return named;
}

/** Has networks of the cluster be known here that are; says nothing of others. */
export async function knowNetworks(engine: Engine, names: readonly string[]): Promise<void> {
  if (!isInCluster(engine)) return;
  for (const reference of names) {
    if (isKnown(engine, reference)) continue;
    try {
      await askOwnCluster(engine, "introduce", { reference });
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }
}

async function introduce(engine: Engine, reference: string, unknown: Error): Promise<string> {
  try {
    return (await askOwnCluster(engine, "introduce", { reference })).name;
  } catch (error) {
    // Nobody has it: neither this machine nor the cluster.
    throw isEstibaError(error, "not_found") ? unknown : error;
  }
}

function isKnown({ store }: Engine, network: string): boolean {
  if (network === DEFAULT_NETWORK) return true;
  try {
    getNetwork(store, network);
    return true;
  } catch (error) {
    if (isEstibaError(error, "not_found")) return false;
    throw error;
  }
}
