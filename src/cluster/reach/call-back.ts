import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { EstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import type { Call } from "../manager/calls.ts";
import { type Credentials, requireManager } from "../remote/call.ts";
import { parseAddress } from "../remote/node-server.ts";
import { framed, join } from "./frames.ts";

const PATIENCE_MS = 5_000;
const MAX_HEAD_BYTES = 1 << 16;

type Calling = {
  readonly credentials: () => Promise<Required<Credentials>>;
  /** Where the API of this node's tasks answers. */
  readonly tasks: () => Promise<string>;
  readonly signal: AbortSignal;
};

/** Calls a manager that has asked for it, and has what it sends answered by the API of this node's tasks. What fails shows there, by silence. */
export async function callBack(call: Call, { tasks, ...calling }: Calling): Promise<void> {
  try {
    const path = await tasks();
    join(await dialManager(call, calling), connect({ path, allowHalfOpen: true }));
  } catch (error) {
    logDebug(() => `the manager at ${call.at} was not called back: ${String(error)}`);
  }
}

/** A connection to a manager, which has taken the call. */
async function dialManager({ id, at }: Call, { credentials, signal }: Omit<Calling, "tasks">): Promise<Duplex> {
  const { host, port } = parseAddress(at);
  const socket = connectTls({ host, port, ...(await credentials()), checkServerIdentity: requireManager });
  const abort = (): void => void socket.destroy();
  const timer = setTimeout(abort, PATIENCE_MS);
  signal.addEventListener("abort", abort, { once: true });
  socket.on("close", () => signal.removeEventListener("abort", abort));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(notTaken(at)));
    });
    const wrong = requireManager(host, socket.getPeerCertificate());
    if (!socket.authorized || wrong !== undefined) throw wrong ?? notTaken(at);
    socket.write(`POST /call?id=${id} HTTP/1.1\r\nHost: ${at}\r\nConnection: Upgrade\r\nUpgrade: estiba\r\n\r\n`);
    return framed(socket, await upgraded(socket, at));
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for the answer's head; gives what came behind it. */
async function upgraded(socket: TLSSocket, at: string): Promise<Buffer> {
  let seen = Buffer.alloc(0);
  return await new Promise<Buffer>((resolve, reject) => {
    const look = (bytes: Buffer): void => {
      seen = Buffer.concat([seen, bytes]);
      const end = seen.indexOf("\r\n\r\n");
      if (end < 0 && seen.length < MAX_HEAD_BYTES) return;
      socket.off("data", look);
      socket.pause();
      if (seen.toString("latin1", 0, 13).startsWith("HTTP/1.1 101 ")) resolve(seen.subarray(end + 4));
      else reject(notTaken(at));
    };
    socket.on("data", look);
    socket.once("close", () => reject(notTaken(at)));
  });
}

function notTaken(at: string): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.no_manager",
    what: `the manager at ${at} has not taken the call`,
    fix: "see whether it runs there: estiba node ls",
    retryable: true,
  });
}

/** A connection to the API of this node's tasks, in pieces as they travel. */
export function ownTasks(socket: Socket, tasks: string): void {
  join(framed(socket), connect({ path: tasks, allowHalfOpen: true }));
}
