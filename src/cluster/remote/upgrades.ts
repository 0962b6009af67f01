import type { Socket } from "node:net";
import { logDebug } from "../../lib/log.ts";
import { toWire } from "../../lib/wire-error.ts";
import type { Orders } from "../manager/dispatch.ts";
import { type Caller, callOf, MAX_BODY_BYTES, type Serving, tooLong } from "./caller.ts";
import { lineCutter } from "./lines.ts";
import { LINE_ROUTES, noRoute, requireAnswerable } from "./node-routes.ts";
import type { LineAnswer, LineRequest } from "./wire.ts";

const TAKEN = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: estiba\r\n\r\n";
const UNKNOWN = "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

type Arriving = {
  /** What it is to be for: path and query. */
  readonly target: string;
  readonly socket: Socket;
  /** What came behind the request. */
  readonly head: Buffer;
};

/** Takes a connection on which a node makes no more requests. */
export function takeConnection(serving: Serving, caller: Caller | undefined, arriving: Arriving): void {
  const { target, socket, head } = arriving;
  const { pathname, searchParams } = new URL(target, "http://manager");
  socket.pause();
  if (head.length > 0) socket.unshift(head);
  const { calls } = serving.door.manager;
  const hand = pathname === "/call" ? calls.waiting(caller?.name ?? "", searchParams.get("id") ?? "") : undefined;
  if (hand === undefined && pathname !== "/line") {
    socket.end(UNKNOWN);
    return;
  }
  socket.write(TAKEN);
  // A node that was asked to call: its connection goes to who waits for it.
  if (hand === undefined) answerLines(serving, caller, socket);
  else hand(socket);
}

/** Answers each line of a node as if it were a request, by a line, one after the other; orders come in between. */
function answerLines(serving: Serving, caller: Caller | undefined, socket: Socket): void {
  const gone = new AbortController();
  socket.on("close", () => gone.abort());
  const cut = lineCutter(MAX_BODY_BYTES, tooLong);
  const last = { answered: Promise.resolve() };
  const answer = async (text: string): Promise<void> => {
    try {
      const { path, body } = JSON.parse(text) as LineRequest;
      const route = LINE_ROUTES[path];
      if (route === undefined) throw noRoute(path);
      // Of each anew: who leads may be another one by now, and who asks may have been removed.
      requireAnswerable(route, serving.door, caller?.name);
      const call = callOf(serving, caller, { socket, body, signal: gone.signal });
      if ("stream" in route) void pushOrders(socket, route.stream(call));
      else await route.answer(call);
      say(socket, {});
    } catch (error) {
      logDebug(() => `what a node has said was refused: ${error instanceof Error ? error.stack : String(error)}`);
      say(socket, { error: toWire(error) });
    }
  };
  socket.on("data", (bytes: Buffer) => {
    try {
      for (const text of cut(bytes)) last.answered = last.answered.then(async () => await answer(text));
    } catch (error) {
      say(socket, { error: toWire(error) });
      socket.end();
    }
  });
  socket.resume();
}

/** The node asks anew when it ends. */
async function pushOrders(socket: Socket, stream: AsyncIterable<Orders>): Promise<void> {
  try {
    for await (const orders of stream) say(socket, { orders });
  } catch (error) {
    logDebug(() => `a node's orders failed: ${error instanceof Error ? error.stack : String(error)}`);
  }
  socket.end();
}

function say(socket: Socket, said: LineAnswer): void {
  if (socket.writable) socket.write(`${JSON.stringify(said)}\n`);
}
