import { auditNetwork, repairNetwork } from "../../network/audit.ts";
import { networkRoot } from "../../network/root-id.ts";
import { listStates } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { isBusy } from "./busy.ts";
import type { Finding } from "./finding.ts";

/** Addresses, ports, rules and interfaces that no running container owns, or that a running one lacks. */
export function checkNetwork(engine: Engine): Finding[] {
  const root = networkRoot(engine.paths.runRoot);
  // What is published is written down first: a container that is just starting lacks it still.
  const first = audit(engine).filter((finding) => !("owner" in finding && isBusy(engine, finding.owner)));
  if (first.length === 0) return [];
  // A container that came or went between the look at the states and the look at the network is right the second time.
  const again = new Set(audit(engine).map(({ text }) => text));
  return first
    .filter(({ text }) => again.has(text))
    .map((finding) => ({
      kind: "network",
      what: finding.text,
      repair: () => repairNetwork(root, engine.store, engine.live, [finding]),
    }));
}

function audit(engine: Engine): ReturnType<typeof auditNetwork> {
  const running = new Set(
    [...listStates(engine.live)]
      .filter(([, { status }]) => status !== "created" && status !== "exited")
      .map(([id]) => id),
  );
  return auditNetwork(networkRoot(engine.paths.runRoot), engine.store, engine.live, running);
}
