import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createNetServer, type Server as NetServer, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { logDebug } from "../../lib/log.ts";
import type { Service } from "./call.ts";
import { dispatch, NEWEST } from "./dispatch.ts";
import { hijacksSilently, MAX_HEAD_BYTES, mayBeRequest, peekHead, type RequestHead } from "./head.ts";
import { takeSocket } from "./hijack.ts";
import { IdleSockets } from "./idle-sockets.ts";
import { type Observation, type Observer, observeRequest } from "./observed.ts";
import { type Headers, respond, respondRaw } from "./respond.ts";
import type { Router } from "./router.ts";

/** A client that has not sent the head of its request by then is slow on purpose. */
const HEAD_PATIENCE_MS = 30_000;
/** How long a connection may be open with nothing asked, as with dockerd. */
const IDLE_PATIENCE_MS = 300_000;
const MAX_UPGRADE_BODY_BYTES = 1 << 20;

/** What a server on TCP proves itself with, and what its clients have to. PEM. */
export type TlsOptions = { readonly cert: string; readonly key: string; readonly ca: string };

/** The server of the API, not yet listening. */
export type ApiServer = {
  readonly net: NetServer;
  /** How many requests are being answered, streams among them. */
  readonly busy: () => number;
  /** Ends all connections. */
  readonly close: () => void;
};

type ServerOptions = {
  readonly idle: () => void;
  readonly tls: TlsOptions | undefined;
  readonly observers: readonly Observer[];
};

/** What every request is answered by. */
type Within = { readonly router: Router; readonly service: Service; readonly observers: readonly Observer[] };

/**
 * A server that hands connections to node:http, and keeps those for itself that become streams without saying so by `Upgrade`: the parser
 * would take their bytes for a request. `idle` is called whenever the last request has been answered.
 */
export function makeServer(router: Router, service: Service, { idle, tls, observers }: ServerOptions): ApiServer {
  const doors = { router, service, observers };
  const sockets = new Set<Socket>();
  const count = { busy: 0 };
  const during = async (work: () => Promise<void>): Promise<void> => {
    count.busy++;
    try {
      await work();
    } catch (error) {
      logDebug(() => `a connection failed: ${error instanceof Error ? error.stack : String(error)}`);
    } finally {
      count.busy--;
      if (count.busy === 0) idle();
    }
  };
  const http = makeHttp(doors, during);
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // The connection's `close` follows, and ends what belongs to it.
    socket.on("error", () => undefined);
    beginConnection(socket, {
      ordinary: () => http.emit("connection", socket),
      hijacked: (head, rest) =>
        void during(async () => await answerRaw(doors, { socket, rest, request: { ...head, url: head.target } })),
    });
  };
  const net = tls === undefined ? createNetServer({ allowHalfOpen: true }, accept) : createTls(tls, accept);
  return {
    net,
    busy: () => count.busy,
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function createTls(tls: TlsOptions, accept: (socket: Socket) => void): NetServer {
  const proof = { requestCert: true, rejectUnauthorized: true, handshakeTimeout: HEAD_PATIENCE_MS };
  const server = createTlsServer({ ...tls, ...proof, allowHalfOpen: true }, accept);
  // Who does not prove itself, or not in time, is not kept: Bun leaves that to us.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  return server;
}

type Doors = { readonly ordinary: () => void; readonly hijacked: (head: RequestHead, rest: Buffer) => void };

/**
 * Reads the first head of a connection: whose it is is known then, and a client that sends it byte by byte is not waited for without end. (The
 * server of node:http in Bun has no such limit.)
 */
function beginConnection(socket: Socket, { ordinary, hijacked }: Doors): void {
  let seen: Buffer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), HEAD_PATIENCE_MS);
  const stop = (): void => {
    clearTimeout(timer);
    socket.off("data", look);
    socket.off("end", end);
    socket.off("close", stop);
  };
  const handOver = (): void => {
    stop();
    socket.pause();
    if (seen.length > 0) socket.unshift(seen);
    ordinary();
    socket.resume();
  };
  const look = (bytes: Buffer): void => {
    seen = seen.length === 0 ? bytes : Buffer.concat([seen, bytes]);
    const head = peekHead(seen);
    if (head === "incomplete" && seen.length < MAX_HEAD_BYTES && mayBeRequest(seen)) return;
    if (typeof head !== "object" || !hijacksSilently(head)) return handOver();
    stop();
    socket.pause();
    hijacked(head, seen.subarray(head.length));
  };
  const end = (): void => {
    // Nothing was asked; or no more of it will come, which the parser has an answer to.
    if (seen.length === 0) socket.destroy();
    else handOver();
  };
  socket.on("data", look);
  socket.on("end", end);
  socket.on("close", stop);
}

function makeHttp(within: Within, during: (work: () => Promise<void>) => Promise<void>): Server {
  const idle = new IdleSockets(IDLE_PATIENCE_MS);
  const http = createHttpServer({ maxHeaderSize: MAX_HEAD_BYTES }, (request, response) => {
    // The request forgets it when the client has gone.
    const { socket } = request;
    idle.asked(socket);
    response.on("close", () => idle.answered(socket));
    void during(async () => await answer(within, request, response));
  });
  // How long a body may take is the client's business: an image is as large as it is.
  http.requestTimeout = 0;
  http.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    // For good: it ends by itself.
    idle.asked(socket);
    void during(async () => await answerRaw(within, { socket, rest: head, request }));
  });
  http.on("clientError", (_error: Error, socket: Socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    else socket.destroy();
  });
  return http;
}

async function answer(within: Within, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { router, service } = within;
  const gone = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  const signal = AbortSignal.any([gone.signal, service.signal]);
  const { method = "", url: target = "", headers } = request;
  const observation = observeRequest(request, within.observers);
  try {
    const { routed } = observation;
    const reply = await dispatch(router, service, { method, target, headers, body: request, signal, routed });
    if (gone.signal.aborted) return await abandon(reply);
    observation.replied(reply);
    await respond(reply, { request, response, headers: commonHeaders(service, observation), signal });
  } finally {
    observation.over();
  }
}

// Nobody is left to answer: a stream that was opened for it still has to end.
async function abandon(reply: Awaited<ReturnType<typeof dispatch>>): Promise<void> {
  if ("stream" in reply) await reply.stream[Symbol.asyncIterator]().return?.();
}

type RawRequest = {
  readonly socket: Socket;
  readonly rest: Buffer;
  readonly request: Pick<IncomingMessage, "method" | "url" | "headers">;
};

async function answerRaw(within: Within, raw: RawRequest): Promise<void> {
  const observation = observeRequest(raw.request, within.observers);
  try {
    await answerObserved(within, raw, observation);
  } finally {
    observation.over();
  }
}

async function answerObserved(
  { router, service }: Within,
  { socket, rest, request }: RawRequest,
  observation: Observation,
): Promise<void> {
  const connection = takeSocket(socket, rest);
  const { method = "", url: target = "", headers } = request;
  const length = Number(headers["content-length"] ?? 0);
  const tooLong = !Number.isInteger(length) || length < 0 || length > MAX_UPGRADE_BODY_BYTES;
  const body = tooLong ? Buffer.alloc(0) : await connection.take(length);
  const signal = AbortSignal.any([connection.signal, service.signal]);
  const incoming = { method, target, headers, body: pieces(body), signal, routed: observation.routed };
  const reply = tooLong
    ? { status: 413, json: { message: "request body is too large" } }
    : await dispatch(router, service, incoming);
  const { upgrade } = headers;
  observation.replied(reply, upgrade !== undefined);
  const websocketKey = headers["sec-websocket-key"];
  await respondRaw(reply, {
    connection: { ...connection, signal },
    headers: commonHeaders(service, observation),
    upgrade,
    websocketKey,
  });
}

async function* pieces(body: Buffer): AsyncGenerator<Buffer> {
  if (body.length > 0) yield body;
}

function commonHeaders({ version }: Service, { id }: Observation): Headers {
  return {
    "Api-Version": `1.${NEWEST}`,
    "Docker-Experimental": "false",
    Ostype: "linux",
    Server: `Estiba/${version} (linux)`,
    "X-Reference-Id": id,
  };
}
