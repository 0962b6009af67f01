import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { describeError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import type { Reply } from "./call.ts";
import { errorReply } from "./dispatch.ts";
import { RAW_STREAM } from "./frames.ts";
import type { RawConnection } from "./hijack.ts";
import { taken } from "./other-end.ts";
import { acceptKey, asWebSocket, closeWebSocket } from "./websocket.ts";

export type Headers = Readonly<Record<string, string>>;

/** Answers through node:http. Resolves when all is sent, or the client has gone. */
export async function respond(
  reply: Reply,
  {
    request,
    response,
    headers,
    signal,
  }: { request: IncomingMessage; response: ServerResponse; headers: Headers; signal: AbortSignal },
): Promise<void> {
  if ("hijack" in reply) {
    // An ordinary request with a body in chunks: what it streams is the input, what we answer the output.
    response.writeHead(200, { ...headers, "Content-Type": reply.type });
    response.flushHeaders();
    await reply.hijack({
      input: request,
      write: async (bytes) => await write(response, bytes, signal),
      taken: async () => await taken(request.socket, signal),
      signal,
    });
    response.end();
    return;
  }
  if ("stream" in reply) {
    response.writeHead(reply.status, { ...headers, ...reply.headers, "Content-Type": reply.type });
    response.flushHeaders();
    try {
      for await (const piece of reply.stream) if (!(await write(response, piece, signal))) return;
      response.end();
    } catch (error) {
      // The status is sent: only a connection that breaks off can say that this is not all.
      logDebug(() => `a response broke off: ${describeError(error)}`);
      response.destroy();
    }
    return;
  }
  const body = reply.json === undefined ? undefined : `${JSON.stringify(reply.json)}\n`;
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  const length =
    reply.status === 204 || reply.status === 304
      ? {}
      : { "Content-Length": String(body === undefined ? 0 : Buffer.byteLength(body)) };
  response.writeHead(reply.status, { ...headers, ...type, ...length, ...reply.headers });
  if (body === undefined || request.method === "HEAD") response.end();
  else response.end(body);
}

async function write(response: ServerResponse, piece: Uint8Array | string, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted || response.destroyed) return false;
  if (response.write(piece)) return true;
  return await new Promise<boolean>((resolve) => {
    const settle = (): void => {
      response.off("drain", settle);
      signal.removeEventListener("abort", settle);
      resolve(!signal.aborted);
    };
    response.on("drain", settle);
    signal.addEventListener("abort", settle, { once: true });
    if (signal.aborted) settle();
  });
}

type RawAnswer = {
  readonly connection: RawConnection;
  readonly headers: Headers;
  /** What the client wants to go on with: Docker's `tcp`, or `websocket`. */
  readonly upgrade: string | undefined;
  readonly websocketKey: string | undefined;
};

/** Answers on a connection that was taken from the parser, and ends it. */
export async function respondRaw(answer: Reply, raw: RawAnswer): Promise<void> {
  const reply = "stream" in answer ? errorReply(new Error("this answer cannot be sent here")) : answer;
  const { connection, headers } = raw;
  if ("hijack" in reply) await hijack(reply, raw);
  else if (!("stream" in reply)) {
    const body = reply.json === undefined ? "" : `${JSON.stringify(reply.json)}\n`;
    const head = headOf(reply.status, {
      ...headers,
      ...(body === "" ? {} : { "Content-Type": "application/json" }),
      ...reply.headers,
      Connection: "close",
      "Content-Length": String(Buffer.byteLength(body)),
    });
    await connection.write(Buffer.from(`${head}${body}`));
  }
  await connection.end();
}

async function hijack(reply: Extract<Reply, { hijack: unknown }>, raw: RawAnswer): Promise<void> {
  const { connection, headers, upgrade, websocketKey } = raw;
  if (upgrade?.toLowerCase() === "websocket") {
    const accept = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Accept": acceptKey(websocketKey ?? ""),
    };
    await connection.write(Buffer.from(headOf(101, { ...headers, ...accept })));
    await reply.hijack(asWebSocket(connection));
    await closeWebSocket(connection);
    return;
  }
  const head =
    upgrade === undefined
      ? headOf(200, { ...headers, "Content-Type": RAW_STREAM })
      : headOf(101, { ...headers, "Content-Type": reply.type, Connection: "Upgrade", Upgrade: upgrade }, "UPGRADED");
  await connection.write(Buffer.from(head));
  await reply.hijack(connection);
}

function headOf(status: number, headers: Headers, text: string = STATUS_CODES[status] ?? ""): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${text}\r\n${lines.join("")}\r\n`;
}
