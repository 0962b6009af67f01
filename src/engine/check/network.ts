import { auditNetwork, repairNetwork } from "../../network/audit.ts";
import { networkRoot } from "../../network/root-id.ts";
import { listStates } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { isBusy } from "./busy.ts";
import type { Finding } from "./finding.ts";

const LOOK_EVERY_MS = 50;
const SETTLING_LOOKS = 20;
/** The kernel frees network namespaces one batch after another, and an interface goes with its own: seconds after the last process. */
const KERNELS_LOOKS = 200;

/** Addresses, ports, rules and interfaces that no running container owns, or that a running one lacks. */
export async function checkNetwork(engine: Engine): Promise<Finding[]> {
  const root = networkRoot(engine.paths.runRoot);
  let lasting = audit(engine);
  // A container that was just coming or going is right a moment later.
  for (let look = 0; lasting.length > 0; look++) {
    const patience = lasting.every(({ kind }) => kind === "stray-veth") ? KERNELS_LOOKS : SETTLING_LOOKS;
    if (look >= patience) break;
    await Bun.sleep(LOOK_EVERY_MS);
    const again = new Set(audit(engine).map((finding) => JSON.stringify(finding)));
    lasting = lasting.filter((finding) => again.has(JSON.stringify(finding)));
  }
  return lasting.map((finding) => ({
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
  const found = auditNetwork(networkRoot(engine.paths.runRoot), engine.store, engine.live, running);
  // Steps of builds have addresses, too, and are written down nowhere: who runs them has their lock.
  return found.filter(
    (finding) => !("owner" in finding && finding.owner !== undefined && isBusy(engine, finding.owner)),
  );
}
