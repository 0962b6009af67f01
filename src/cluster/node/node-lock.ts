import type { Engine } from "../../engine/engine.ts";
import { endHelper, readProcessFile } from "../../engine/helper-process.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Lock, takeLock } from "../../state/lock.ts";
import { nodeLockPath, nodePidPath } from "./paths.ts";

const PATIENCE_MS = 30_000;
const LOOK_MS = 20;

/**
 * Ends the process of this node, and keeps the place that it had: nobody starts another one until the lock is disposed. Throws `timeout` when
 * others do not let it go.
 */
export async function lockOutNode(engine: Engine): Promise<Lock> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await Bun.sleep(LOOK_MS)) {
    const node = readProcessFile(nodePidPath(engine));
    if (node !== undefined) await endHelper(node);
    // Another command, or systemd, may have started one meanwhile.
    const lock = await takeLock(nodeLockPath(engine));
    if (lock !== undefined) return lock;
  }
  throw new EstibaError("timeout", {
    reason: "cluster.node_busy",
    what: "the process of this node does not end, or is started again and again",
    fix: `see what holds its lock, and end it: fuser -v ${nodeLockPath(engine)}`,
    retryable: true,
  });
}
