import { isEstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import { pause } from "../../lib/pause.ts";
import { randomHex } from "../../lib/random-hex.ts";
import type { Orders, Upstream } from "../manager/dispatch.ts";
import { HEARTBEAT_MS } from "../manager/liveness.ts";
import type { NodeDescription } from "../model/node.ts";
import type { TaskStatus } from "../model/task.ts";
import { type Credentials, callManager } from "./call.ts";
import type { Reports, SessionRequest } from "./wire.ts";

const CALL_MS = 2_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 4_000;

type Way = {
  readonly managers: readonly string[];
  /** Read for each connection: certificates are renewed. */
  readonly credentials: () => Credentials;
  readonly description: NodeDescription;
};

/** The way of a worker to its manager. What it has to say is kept until it was heard; without a manager, tasks run on. */
export function remoteUpstream(way: Way): Upstream & { readonly stayInTouch: (signal: AbortSignal) => Promise<void> } {
  const session = randomHex(8);
  const outbox = new Map<string, TaskStatus>();
  const bell = { ring: Promise.withResolvers<void>() };
  const turn = { next: 0 };
  const call = async (method: "GET" | "POST", path: string, signal: AbortSignal, body?: unknown): Promise<Response> => {
    const manager = way.managers[turn.next % way.managers.length] ?? "";
    try {
      return await callManager(manager, { method, path, body, signal, credentials: way.credentials() });
    } catch (error) {
      turn.next += 1;
      throw error;
    }
  };
  return {
    report: (taskId, status) => {
      outbox.set(taskId, status);
      bell.ring.resolve();
    },
    orders: async function* (signal) {
      for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        try {
          const request: SessionRequest = { session, description: way.description };
          await call("POST", "/session", AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]), request);
          const response = await call("GET", "/orders", signal);
          pauseMs = FIRST_PAUSE_MS;
          if (response.body !== null) yield* lines(response.body);
        } catch (error) {
          if (!signal.aborted) told(error);
        }
        await pause(pauseMs, signal);
      }
    },
    stayInTouch: async (signal) => {
      while (!signal.aborted) {
        const sent = [...outbox];
        try {
          const body: Reports = { session, statuses: sent };
          await call("POST", "/reports", AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]), body);
          for (const [id, status] of sent) if (outbox.get(id) === status) outbox.delete(id);
        } catch (error) {
          if (!signal.aborted) told(error);
          await pause(FIRST_PAUSE_MS, signal);
        }
        if (outbox.size === 0) await Promise.race([bell.ring.promise, pause(HEARTBEAT_MS, signal)]);
        bell.ring = Promise.withResolvers<void>();
      }
    },
  };
}

// All of it is tried again: the manager may be away for a while.
function told(error: unknown): void {
  if (!isEstibaError(error) && !(error instanceof Error)) throw error;
  logDebug(() => `no way to the manager: ${String(error)}`);
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<Orders> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const parts = `${rest}${decoder.decode(chunk, { stream: true })}`.split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part !== "") yield JSON.parse(part) as Orders;
  }
}
