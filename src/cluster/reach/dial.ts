import { connect, type Socket } from "node:net";
import { ApiClient } from "../../client/api-client.ts";
import type { Wire } from "../../client/wire.ts";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError } from "../../lib/error.ts";
import { fromWire, type WireError } from "../../lib/wire-error.ts";
import { reachSocketPath } from "../node/paths.ts";
import { framed } from "./frames.ts";

/** A client of the API that a node of the cluster has for its tasks. On managers; the node's process runs. */
export function tasksOf(engine: Engine, nodeId: string): ApiClient {
  const path = reachSocketPath(engine);
  const dial = async (signal: AbortSignal | undefined): Promise<Wire> => await dialNode(path, nodeId, signal);
  return new ApiClient({ kind: "unix", path }, { version: "1.50", dial });
}

async function dialNode(path: string, nodeId: string, signal: AbortSignal | undefined): Promise<Wire> {
  const socket = connect({ path, allowHalfOpen: true });
  const abort = (): void => void socket.destroy();
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  try {
    const duplex = framed(socket, await connected(socket, nodeId));
    return {
      input: duplex,
      output: duplex,
      dear: true,
      complaint: () => undefined,
      destroy: () => duplex.destroy(),
    };
  } catch (error) {
    socket.destroy();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** Says which node it is about; gives what has come behind the answer. Throws what the node's process says. */
async function connected(socket: Socket, nodeId: string): Promise<Buffer> {
  let seen = Buffer.alloc(0);
  const failed: { cause?: unknown } = {};
  const line = await new Promise<Buffer | undefined>((resolve) => {
    socket.once("error", (cause) => (failed.cause = cause));
    socket.once("close", () => resolve(undefined));
    socket.once("connect", () => socket.write(`${JSON.stringify({ nodeId })}\n`));
    const look = (bytes: Buffer): void => {
      seen = Buffer.concat([seen, bytes]);
      const end = seen.indexOf("\n");
      if (end < 0) return;
      socket.off("data", look);
      socket.pause();
      resolve(seen.subarray(0, end));
    };
    socket.on("data", look);
  });
  if (line === undefined) throw processGone(failed.cause);
  const { error } = JSON.parse(line.toString()) as { error?: WireError };
  if (error !== undefined) throw fromWire(error);
  return seen.subarray(line.length + 1);
}

function processGone(cause: unknown): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.node_gone",
    what: "the node's process has just ended, or is of another version of Estiba",
    ...(cause === undefined ? {} : { cause }),
    fix: "try it again: the next command starts it",
    retryable: true,
  });
}
