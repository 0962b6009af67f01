import type { NetworkRecord } from "../../state/networks.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";

/** A network with what was asked for there. */
export type Planned = { readonly network: NetworkRecord; readonly attachment: NetworkAttachment };

/** Whether the cluster gives the address: to all on its networks but tasks, which bring theirs. */
export function isGuest({ network, attachment }: Planned): boolean {
  return network.cluster !== undefined && attachment.ofTask !== true;
}
