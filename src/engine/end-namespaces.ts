import { IN_USER_NAMESPACE } from "../host/own-ids.ts";
import { endOwnNamespaces } from "../host/rootless/end.ts";
import { EstibaError } from "../lib/error.ts";
import type { Engine } from "./engine.ts";
import { endHelper } from "./helper-process.ts";
import { readListening } from "./names/wake.ts";
import { dismissWatcher } from "./watcher/watch.ts";

/**
 * Ends what keeps the namespaces of a rootless engine's user, with what runs for this engine and no container in them. Nothing happens for
 * root's engine. Throws `in_use` while containers run.
 */
export async function endNamespaces(engine: Engine): Promise<void> {
  if (!IN_USER_NAMESPACE) return;
  await dismissWatcher(engine);
  const resolver = readListening(engine)?.process;
  if (resolver !== undefined) await endHelper(resolver);
  const users = await endOwnNamespaces();
  if (users.length === 0) return;
  throw new EstibaError("in_use", {
    reason: "rootless.in_use",
    what: `processes live in the user's namespaces: ${users.slice(0, 5).join(", ")}${users.length > 5 ? ", ..." : ""}`,
    fix: "stop the containers first: estiba stop --all",
  });
}
