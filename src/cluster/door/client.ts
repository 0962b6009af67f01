import type { Engine } from "../../engine/engine.ts";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { writeLog } from "../../lib/log.ts";
import { fromWire, type WireError } from "../../lib/wire-error.ts";
import { requireManager } from "../node/identity.ts";
import { nodeSocketPath } from "../node/paths.ts";
import { reviveNode } from "../node/revive.ts";
import { STALE_HEADER } from "./wire.ts";

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What a command asks its node. */
export type NodeClient = <T>(method: Method, path: string, body?: unknown, signal?: AbortSignal) => Promise<T>;

/**
 * The way to the process of this node; one that does not run is started first. Throws `wrong_state` when the node is in no cluster; its
 * calls throw what the node's verbs do.
 */
export async function askNode(engine: Engine): Promise<NodeClient> {
  requireManager(engine);
  await reviveNode(engine);
  // It has become a worker meanwhile.
  requireManager(engine);
  const warned = { done: false };
  const warn = (seconds: string): void => {
    if (!warned.done)
      writeLog("warn", `the cluster's store has not answered for ${seconds} s: what is shown is what was known before`);
    warned.done = true;
  };
  return async <T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> =>
    await request<T>(engine, { method, path, body, signal }, warn);
}

type Request = {
  readonly method: Method;
  readonly path: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
};

async function request<T>(
  engine: Engine,
  { method, path, body, signal }: Request,
  warn: (seconds: string) => void,
): Promise<T> {
  const response = await send(engine, { method, path, body, signal });
  const answer: unknown = await response.json();
  const stale = response.headers.get(STALE_HEADER);
  if (stale !== null) warn(stale);
  if (response.ok) return answer as T;
  throw fromWire(answer as WireError);
}

async function send(engine: Engine, { method, path, body, signal }: Request): Promise<Response> {
  try {
    return await fetch(`http://node${path}`, {
      method,
      unix: nodeSocketPath(engine),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true || !isGone(error)) throw error;
    throw new EstibaError("unavailable", {
      reason: "cluster.node_gone",
      what: "the node's process has just ended",
      cause: error,
      fix: "try it again: the next command starts it",
      retryable: true,
    });
  }
}

function isGone(error: unknown): boolean {
  return hasCode(
    error,
    "FailedToOpenSocket",
    "ConnectionRefused",
    "ConnectionClosed",
    "ECONNRESET",
    "ENOENT",
    "ECONNREFUSED",
  );
}
