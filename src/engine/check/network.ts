import { auditNetwork, repairNetwork } from "../../network/audit.ts";
import { networkRoot } from "../../network/root-id.ts";
import { listStates } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import type { Finding } from "./finding.ts";

/** Addresses, ports, rules and interfaces that no running container owns, or that a running one lacks. */
export function checkNetwork(engine: Engine): Finding[] {
  const root = networkRoot(engine.paths.runRoot);
  const running = new Set(
    [...listStates(engine.live)]
      .filter(([, { status }]) => status !== "created" && status !== "exited")
      .map(([id]) => id),
  );
  return auditNetwork(root, engine.store, engine.live, running).map((finding) => ({
    kind: "network",
    what: finding.text,
    repair: () => repairNetwork(root, engine.store, engine.live, [finding]),
  }));
}
