import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { cgroupParent } from "../../engine/runtime-places.ts";
import { moveToCgroup } from "../../host/cgroup-mode.ts";
import { ownProcess } from "../../host/process.ts";
import { takeLock } from "../../state/lock.ts";
import { openedWhenAsked, type ServeTasks } from "../reach/tasks-api.ts";
import { requireIdentity } from "./identity.ts";
import { type KeyRing, makeKeyRing } from "./key-ring.ts";
import { waitForKey } from "./locked.ts";
import { removeFormerState } from "./migrate.ts";
import { lockOutNode } from "./node-lock.ts";
import { nodeLockPath, nodePidPath } from "./paths.ts";
import { managerParts } from "./run-manager.ts";
import { workerParts } from "./run-worker.ts";
import { openStore } from "./store-place.ts";

/** What a node's process is started with. */
export type NodeProcess = {
  readonly version: string;
  /** Answers the API of this node's tasks at a path, for root only, until the signal. */
  readonly serveTasks: ServeTasks;
  readonly signal: AbortSignal;
  /** One that runs already is ended first. */
  readonly replace: boolean;
};

/**
 * The process of this node, until the signal. It holds no container: killed and started again, it finds them all. At once over when another
 * one runs already, unless that is to be replaced. Throws `wrong_state` when the node is in no cluster.
 */
export async function runNode(engine: Engine, node: NodeProcess): Promise<void> {
  requireIdentity(engine);
  mkdirSync(engine.paths.node, { recursive: true, mode: 0o700 });
  using lock = node.replace ? await lockOutNode(engine) : await takeLock(nodeLockPath(engine));
  if (lock === undefined) return;
  await moveToCgroup(process.pid, `${cgroupParent(engine)}/node`);
  writeFileSync(nodePidPath(engine), JSON.stringify(ownProcess()), { mode: 0o600 });
  // What was unlocked stays so while the process lives, whatever it becomes.
  const ring = makeKeyRing(engine);
  try {
    while (!node.signal.aborted && (await runAs(engine, { ...node, ring })));
  } finally {
    rmSync(nodePidPath(engine), { force: true });
  }
}

type Running = NodeProcess & { readonly ring: KeyRing };

/** Runs the node as what it is now; resolves with true when it is to begin anew as something else. */
async function runAs(engine: Engine, { version, serveTasks, ring, signal }: Running): Promise<boolean> {
  await removeFormerState(engine);
  const identity = requireIdentity(engine);
  // What fails takes the others with it: a node of which only a part goes on would look well.
  const stop = new AbortController();
  const end = (): void => stop.abort();
  const next = { isOther: false };
  const change = (): void => {
    next.isOther = true;
    end();
  };
  signal.addEventListener("abort", end, { once: true });
  const tasks = openedWhenAsked(engine, serveTasks, stop.signal);
  if (identity.role === "worker") {
    await runParts(workerParts(engine, identity, { version, tasks, ring, signal: stop.signal, change }), end);
  } else if (ring.isLocked()) {
    next.isOther = await waitForKey(engine, identity, { ring, signal: stop.signal });
  } else {
    await using store = openStore(engine, identity);
    using open = new DisposableStack();
    const running = { store, version, tasks, ring, signal: stop.signal, open, change };
    await runParts(managerParts(engine, identity, running), end);
  }
  signal.removeEventListener("abort", end);
  return next.isOther;
}

async function runParts(parts: readonly (() => Promise<void>)[], end: () => void): Promise<void> {
  const results = await Promise.allSettled(parts.map(async (part) => await part().finally(end)));
  for (const result of results) if (result.status === "rejected") throw result.reason as unknown;
}
