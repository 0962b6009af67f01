import { existsSync } from "node:fs";
import { isUsual } from "../../config/paths.ts";
import type { Engine } from "../../engine/engine.ts";
import { startHelper } from "../../engine/helper-process.ts";

const UNIT = "estiba-node.service";
const SYSTEMD = "/run/systemd/system";
/** Where `systemctl enable` puts it. */
const ENABLED = `/etc/systemd/system/multi-user.target.wants/${UNIT}`;

/** Starts this node's process: by its unit where systemd looks after it, so that it is in the journal and comes again; else by itself. */
export function startNodeProcess(engine: Engine): void {
  if (startsAtBoot(engine) === true && startUnit()) return;
  startHelper(engine, ["system", "node"]);
}

/** Whether systemd starts this node with the machine; undefined where there is no systemd, or the roots are others than the unit's. */
export function startsAtBoot({ paths }: Engine): boolean | undefined {
  return isUsual(paths) && existsSync(SYSTEMD) ? existsSync(ENABLED) : undefined;
}

// It may have failed too often, or be masked: the node is to run all the same.
function startUnit(): boolean {
  const systemctl = Bun.which("systemctl");
  return systemctl !== null && Bun.spawnSync([systemctl, "start", "--no-block", UNIT]).success;
}
