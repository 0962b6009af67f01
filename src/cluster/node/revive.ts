import { readFileSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { isLocked } from "../../state/lock.ts";
import type { ClusterInfo } from "../door/wire.ts";
import { requireIdentity } from "./identity.ts";
import { nodeErrorPath, nodeLockPath, nodeSocketPath } from "./paths.ts";
import { startNodeProcess } from "./start-process.ts";

const PATIENCE_MS = 15_000;
const LOOK_MS = 10;
const START_AGAIN_MS = 1_000;
const LONGEST_ANSWER_MS = 2_000;
/** A state that was read, and is empty, is not about to come. */
const GONE_MS = 1_500;

/** Starts the process of this node where none runs, and waits until it answers. Throws `unavailable` when it does not come up. */
export async function reviveNode(engine: Engine): Promise<void> {
  const found: Found = {};
  // A worker's process answers nobody: it is enough that it runs. A manager may become one while it is waited for.
  const isUp = async (): Promise<boolean> =>
    requireIdentity(engine).role === "worker" ? runs(engine) : await answers(engine, found);
  const deadline = performance.now() + PATIENCE_MS;
  // One that was just killed may seem to run for a moment; one that was started may find that, and end.
  for (let startedAt = Number.NEGATIVE_INFINITY; !(await isUp()); await Bun.sleep(LOOK_MS)) {
    if (found.goneSince !== undefined && performance.now() - found.goneSince > GONE_MS) throw stateGone();
    if (performance.now() > deadline) throw doesNotAnswer(engine);
    if (performance.now() - startedAt < START_AGAIN_MS || runs(engine)) continue;
    // It has found that it cannot go on, and said why.
    if (startedAt > 0 && lastError(engine) !== undefined) throw doesNotAnswer(engine);
    startNodeProcess(engine);
    startedAt = performance.now();
  }
}

function runs(engine: Engine): boolean {
  return isLocked(nodeLockPath(engine));
}

/** Since when the process says that its state is gone. */
type Found = { goneSince?: number | undefined };

async function answers(engine: Engine, found: Found): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(LONGEST_ANSWER_MS);
    const response = await fetch("http://node/info", { unix: nodeSocketPath(engine), signal });
    const { leader, silent, isLocked, isGone = false } = (await response.json()) as ClusterInfo;
    found.goneSince = isGone ? (found.goneSince ?? performance.now()) : undefined;
    // Without its store it knows what it knew; without its key it waits for that.
    return response.ok && (leader !== undefined || silent !== undefined || isLocked === true);
  } catch (error) {
    // Held, or too busy.
    if (error instanceof DOMException && error.name === "TimeoutError") return false;
    if (
      hasCode(
        error,
        "FailedToOpenSocket",
        "ConnectionRefused",
        "ConnectionClosed",
        "ECONNRESET",
        "ENOENT",
        "ECONNREFUSED",
      )
    )
      return false;
    throw error;
  }
}

// Nobody makes another cluster in its place, and nothing is stopped.
function stateGone(): EstibaError {
  return new EstibaError("corrupt", {
    reason: "cluster.state_gone",
    what: "the state of this cluster is not where it is kept: it was emptied, or is another one",
    fix: "put it back, or restore a backup: estiba swarm store restore. Tasks run on meanwhile",
  });
}

function doesNotAnswer(engine: Engine): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.node_silent",
    what: "the process of this node does not come up",
    ...(lastError(engine) === undefined ? {} : { cause: lastError(engine) }),
    fix: "run it in the foreground to see why: estiba system node",
    retryable: true,
  });
}

function lastError(engine: Engine): string | undefined {
  try {
    return readFileSync(nodeErrorPath(engine), "utf8").trim();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
