import { startsAtBoot } from "../../cluster/node/start-process.ts";
import type { Cli } from "../context.ts";

/** Says how this node comes with the machine, where systemd does not see to that yet. */
export function hintAtBoot(cli: Cli): void {
  if (startsAtBoot(cli.engine()) !== false) return;
  cli.warn(
    "after a boot this node comes back with the next command about the cluster; at once by: systemctl enable --now estiba-node",
  );
}
