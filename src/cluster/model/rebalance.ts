import { EstibaError } from "../../lib/error.ts";
import type { ServiceSpec } from "./service.ts";

/** The label of a service whose tasks move to nodes that have fewer of them. */
export const REBALANCE_LABEL = "io.estiba.rebalance";

/** Whether a service's tasks move to nodes that come. Throws `invalid` for a label that says nothing sensible. */
export function isRebalanced({ labels, mode, placement }: Pick<ServiceSpec, "labels" | "mode" | "placement">): boolean {
  const text = labels[REBALANCE_LABEL];
  if (text === undefined || text === "false") return false;
  if (text !== "true") throw bad(`${REBALANCE_LABEL} is true or false, not "${text}"`);
  if (mode.kind !== "replicated") throw bad(`${REBALANCE_LABEL} is for replicated services, not ${mode.kind}`);
  if (placement.strategy === "binpack") throw bad(`${REBALANCE_LABEL} uses nodes evenly, and binpack fills them`);
  return true;
}

function bad(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "service.bad_rebalance",
    what,
    fix: "leave it out, or use it for a replicated service that is spread: --rebalance",
  });
}
