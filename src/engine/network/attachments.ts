import { EstibaError } from "../../lib/error.ts";
import { DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";

/** What a container is attached to, also where nothing was said of it. */
export function attachmentsOf({ spec }: Pick<ContainerRecord, "spec">): readonly NetworkAttachment[] {
  if (spec.network !== "bridge") return [];
  return spec.networks ?? [{ network: DEFAULT_NETWORK }];
}

/** Throws `invalid` where two attachments name one network, or one interface. */
export function checkAttachments(attachments: readonly NetworkAttachment[]): void {
  const kinds = [
    ["network", attachments.map(({ network }) => network)],
    ["interface name", attachments.flatMap(({ interfaceName }) => interfaceName ?? [])],
  ] as const;
  for (const [what, names] of kinds) {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice === undefined) continue;
    throw new EstibaError("invalid", {
      reason: "network.named_twice",
      what: `the ${what} "${twice}" is given twice for one container`,
      fix: "give each once",
    });
  }
}
