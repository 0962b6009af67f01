import type { NodeClient } from "../../cluster/door/client.ts";
import { EstibaError } from "../../lib/error.ts";
import type { Cli } from "../context.ts";

/** The key that locked managers need. Throws `wrong_state` where they do not lock. */
export async function readUnlockKey(ask: NodeClient): Promise<string> {
  const { unlockKey } = await ask<{ unlockKey: string }>("GET", "/swarm/unlock-key");
  if (unlockKey !== "") return unlockKey;
  throw new EstibaError("wrong_state", {
    reason: "cluster.no_unlock_key",
    what: "no unlock key is set",
    fix: "have managers be locked when their processes begin: estiba swarm update --autolock",
  });
}

/** Says, as Docker does, what the key is for. */
export function tellUnlockKey(cli: Cli, unlockKey: string): void {
  cli.out(
    `To unlock a swarm manager after it restarts, run the \`estiba swarm unlock\`\ncommand and provide the following key:\n\n    ${unlockKey}\n\nRemember to store this key in a password manager, since without it you\nwill not be able to restart the manager.\n`,
  );
}
