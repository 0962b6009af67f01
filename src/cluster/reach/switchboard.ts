import { chmodSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Engine } from "../../engine/engine.ts";
import { randomHex } from "../../lib/random-hex.ts";
import { toWire } from "../../lib/wire-error.ts";
import { askLeader } from "../door/lead.ts";
import type { Door } from "../door/routes.ts";
import { notInTouch } from "../manager/calls.ts";
import { reachSocketPath } from "../node/paths.ts";
import { callManager } from "../remote/call.ts";
import { ownTasks } from "./call-back.ts";
import { join } from "./frames.ts";

/** So long a node may take to call back. */
const PATIENCE_MS = 5_000;
const CALL_MS = 2_000;
const MAX_LINE_BYTES = 4_096;

type Board = {
  readonly door: Door;
  /** Where the API of this node's own tasks answers. */
  readonly tasks: () => Promise<string>;
};

/**
 * Connects commands of this machine with nodes of the cluster, until the signal: a command says which node by a line of JSON, gets one back,
 * and is then joined to the API of that node's tasks. Only root can connect.
 */
export async function serveConnections(engine: Engine, board: Board, signal: AbortSignal): Promise<void> {
  const path = reachSocketPath(engine);
  // Of one that was killed: the lock says that none lives.
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    void answer(board, socket, signal);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  server.close();
  for (const socket of sockets) socket.destroy();
  rmSync(path, { force: true });
}

async function answer(board: Board, socket: Socket, stop: AbortSignal): Promise<void> {
  const gone = new AbortController();
  socket.on("close", () => gone.abort());
  try {
    const { nodeId } = JSON.parse(await lineOf(socket)) as { nodeId: string };
    if (nodeId === board.door.manager.nodeId) {
      const tasks = await board.tasks();
      socket.write("{}\n");
      ownTasks(socket, tasks);
      return;
    }
    const far = await reach(board.door, nodeId, AbortSignal.any([stop, gone.signal]));
    socket.write("{}\n");
    // The two far ends know what an end is, and whether the other one is there: in between bytes are bytes.
    join(socket, far);
  } catch (error) {
    socket.end(`${JSON.stringify({ error: toWire(error) })}\n`);
  }
}

/** The first line, and nothing beyond it: who asks waits for the answer. */
async function lineOf(socket: Socket): Promise<string> {
  let seen = "";
  return await new Promise<string>((resolve, reject) => {
    const look = (bytes: Buffer): void => {
      seen += bytes.toString();
      if (!seen.includes("\n") && seen.length < MAX_LINE_BYTES) return;
      socket.off("data", look);
      socket.pause();
      resolve(seen);
    };
    socket.on("data", look);
    socket.once("close", () => reject(new Error("the command has gone")));
  });
}

/** Has a node call this manager; gives that connection. Throws `unavailable` when it does not. */
async function reach(door: Door, nodeId: string, signal: AbortSignal): Promise<Duplex> {
  const { replica, calls } = door.manager;
  const node = replica.nodes.get(nodeId);
  const name = node?.description.hostname ?? nodeId;
  const at = replica.nodes.get(door.manager.nodeId)?.listensAt;
  if (node?.state !== "ready" || at === undefined) throw notInTouch(name);
  const call = { id: randomHex(16), at };
  using expected = calls.expect(nodeId, call.id);
  if (!calls.ask(nodeId, call)) {
    if (node.role === "manager" && node.listensAt !== undefined) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
      const asked = { method: "POST", path: "/call-back", body: call, signal: within } as const;
      await (await callManager(node.listensAt, { ...asked, credentials: await door.credentials() })).json();
    } else await askLeader(door, { method: "POST", path: `/nodes/${nodeId}/call-back`, body: call }, signal);
  }
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(notInTouch(name, `it has not called back at ${at}: is that let through from there?`)),
    PATIENCE_MS,
  );
  const abort = (): void => late.reject(notInTouch(name));
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([expected.came, late.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}
