import type { Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { EstibaError } from "../../lib/error.ts";
import { type Credentials, notReached, requireManager } from "./call.ts";
import { parseAddress } from "./node-server.ts";

const PATIENCE_MS = 5_000;
const MAX_HEAD_BYTES = 1 << 16;

type Dialing = {
  readonly at: string;
  readonly path: string;
  readonly credentials: Credentials;
  /** Ends it before it has been made; afterwards it is its owner's. */
  readonly signal: AbortSignal;
};

/** A connection to a manager on which no more requests are made: what it is for, `path` says. Gives what came behind the answer. */
export async function dialManager({
  at,
  path,
  credentials,
  signal,
}: Dialing): Promise<{ readonly socket: TLSSocket; readonly head: Buffer }> {
  const { host, port } = parseAddress(at);
  const socket = connect({ host, port, ...credentials, checkServerIdentity: requireManager });
  const abort = (): void => void socket.destroy();
  const timer = setTimeout(abort, PATIENCE_MS);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.on("error", reject);
      socket.once("close", () => reject(notTaken(at)));
      if (signal.aborted) abort();
    });
    const wrong = requireManager(host, socket.getPeerCertificate());
    if (!socket.authorized || wrong !== undefined) throw wrong ?? notTaken(at);
    socket.write(`POST ${path} HTTP/1.1\r\nHost: ${at}\r\nConnection: Upgrade\r\nUpgrade: estiba\r\n\r\n`);
    return { socket, head: await upgraded(socket, at) };
  } catch (error) {
    socket.destroy();
    throw error instanceof EstibaError ? error : notReached(at, error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** Waits for the answer's head; gives what came behind it. */
async function upgraded(socket: Socket, at: string): Promise<Buffer> {
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
    fix: "see whether it runs there, and is of the same version: estiba node ls",
    retryable: true,
  });
}
