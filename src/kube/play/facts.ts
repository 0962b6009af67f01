import { statSync } from "node:fs";
import { availableParallelism, hostname, totalmem } from "node:os";
import type { Engine } from "../../engine/engine.ts";
import { listSecrets } from "../../state/secrets.ts";
import type { PlanFacts } from "../plan/context.ts";

/** What this host and this engine say to a plan. */
export function planFacts(engine: Engine, seccompRoot: string): PlanFacts {
  return {
    nodeName: hostname(),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    secrets: new Set(listSecrets(engine.store).map(({ name }) => name)),
    seccompRoot,
    statOf: (path) => statSync(path, { throwIfNoEntry: false }),
  };
}
