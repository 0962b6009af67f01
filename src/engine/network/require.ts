import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import { findNetwork, getNetwork } from "../../state/networks.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";
import type { Engine } from "../engine.ts";

/** The attachments with the names of their networks, where ids were given. Throws `not_found`, `invalid`. */
function resolveAttachments(engine: Engine, asked: readonly NetworkAttachment[]): NetworkAttachment[] {
  return asked.map((attachment) => ({
    ...attachment,
    network:
      attachment.network === DEFAULT_NETWORK ? DEFAULT_NETWORK : getNetwork(engine.store, attachment.network).name,
  }));
}

/** {@link resolveAttachments}, also where the cluster has networks that this machine has no part of yet. */
export async function findAttachments(
  engine: Engine,
  asked: readonly NetworkAttachment[],
): Promise<NetworkAttachment[]> {
  try {
    return resolveAttachments(engine, asked);
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
    const { introduced } = await import("./introduce.ts");
    return resolveAttachments(engine, await introduced(engine, asked, error));
  }
}

/**
 * Makes sure that the networks are there at the moment their users are written down, in the caller's transaction. Throws `not_found`, and
 * `invalid` for an alias where no names are answered.
 */
export function requireNetworks(engine: Engine, attachments: readonly NetworkAttachment[]): void {
  for (const { network: name, aliases = [], links = [], ofTask } of attachments) {
    // The default one is made by the first container that starts in it.
    const network = name === DEFAULT_NETWORK ? findNetwork(engine.store, name) : getNetwork(engine.store, name);
    if (network?.cluster !== undefined && ofTask !== true && network.cluster.attachable !== true)
      throw notAttachable(name);
    const [alias] = [...aliases, ...links.map((link) => link.name)];
    if (alias === undefined || network?.dns === true) continue;
    throw new EstibaError("invalid", {
      reason: "network.no_names",
      what: `the alias "${alias}" would not be found: the network "${name}" answers no names`,
      fix: "use a network of your own: estiba network create NAME",
    });
  }
}

/** In Docker's words. */
export function notAttachable(name: string): EstibaError {
  return new EstibaError("denied", {
    reason: "network.not_attachable",
    what: `could not attach to network ${name}: rpc error: code = PermissionDenied desc = network ${name} not manually attachable`,
    fix: "make the network with --attachable, or run a service on it: estiba service create --network NAME",
  });
}
