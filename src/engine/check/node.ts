import { existsSync } from "node:fs";
import { join } from "node:path";
import { isLocked } from "../../state/lock.ts";
import type { Engine } from "../engine.ts";
import { startHelper } from "../helper-process.ts";
import type { Finding } from "./finding.ts";

/** A machine that is part of a cluster, of which nobody looks after its tasks. */
export function checkNode(engine: Engine): Finding[] {
  const { cluster, node } = engine.paths;
  if (!existsSync(join(cluster, "node.json")) || isLocked(join(node, "lock"))) return [];
  return [
    {
      kind: "node",
      what: "this machine is part of a cluster, and the process that does its part does not run",
      repair: () => startHelper(engine, ["system", "node"]),
    },
  ];
}
