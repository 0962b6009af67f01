import { EstibaError } from "../../lib/error.ts";
import { DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import { findNetwork, getNetwork } from "../../state/networks.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";
import type { Engine } from "../engine.ts";

/** The attachments with the names of their networks, where ids were given. Throws `not_found`, `invalid`. */
export function resolveAttachments(engine: Engine, asked: readonly NetworkAttachment[]): NetworkAttachment[] {
  return asked.map((attachment) => ({
    ...attachment,
    network:
      attachment.network === DEFAULT_NETWORK ? DEFAULT_NETWORK : getNetwork(engine.store, attachment.network).name,
  }));
}

/**
 * Makes sure that the networks are there at the moment their users are written down, in the caller's transaction. Throws `not_found`, and
 * `invalid` for an alias where no names are answered.
 */
export function requireNetworks(engine: Engine, attachments: readonly NetworkAttachment[]): void {
  for (const { network: name, aliases = [], ofTask } of attachments) {
    // The default one is made by the first container that starts in it.
    const network = name === DEFAULT_NETWORK ? findNetwork(engine.store, name) : getNetwork(engine.store, name);
    if (network?.cluster !== undefined && ofTask !== true) throw notAttachable(name);
    if (aliases.length === 0 || network?.dns === true) continue;
    throw new EstibaError("invalid", {
      reason: "network.no_names",
      what: `the alias "${aliases[0]}" would not be found: the network "${name}" answers no names`,
      fix: "use a network of your own: estiba network create NAME",
    });
  }
}

function notAttachable(name: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "network.not_attachable",
    what: `could not attach to network ${name}: it is of the cluster, and only tasks of services are on those`,
    fix: "run it as a service: estiba service create --network NAME; or use a network of this machine's own",
  });
}
