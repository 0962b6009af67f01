import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { EstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import { toWire } from "../../lib/wire-error.ts";
import type { Credentials } from "./call.ts";
import { type Caller, callOf, MAX_BODY_BYTES, type Serving, tooLong } from "./caller.ts";
import { NODE_ROUTES, noRoute, requireAnswerable } from "./node-routes.ts";
import { takeConnection } from "./upgrades.ts";

type Listening = Serving & {
  /** `HOST:PORT`; port 0 takes a free one. */
  readonly listen: string;
  /** What other nodes reach this one at. */
  readonly address: string;
};

// Who has no certificate of the cluster's gets an answer that says so.
const ANYBODY = { requestCert: true, rejectUnauthorized: false } as const;

export type NodeServer = Disposable & {
  readonly at: string;
  /** Proves itself by these from now on; connections that there are stay. */
  readonly renew: (credentials: Required<Credentials>) => void;
};

/** Listens for other nodes; resolves when it does, to where. Disposing ends it. */
export async function listenForNodes(serving: Listening): Promise<NodeServer> {
  const { door, listen, address } = serving;
  const { host, port } = parseAddress(listen);
  const callers = new WeakMap<object, Caller>();
  const http = createServer((asked, response) => {
    void answer(serving, callers.get(asked.socket), { asked, response });
  });
  http.requestTimeout = 0;
  http.on("upgrade", (asked: IncomingMessage, socket: Socket, head: Buffer) => {
    takeConnection(serving, callers.get(asked.socket), { target: asked.url ?? "", socket, head });
  });
  const sockets = new Set<Socket>();
  const tls = createTlsServer({ ...(await door.credentials()), ...ANYBODY }, (socket: TLSSocket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    // Only a certificate of the cluster's root says who somebody is.
    const { CN: name, OU: unit } = socket.authorized ? socket.getPeerCertificate().subject : {};
    if (typeof name === "string") callers.set(socket, { name, role: unit === "swarm-manager" ? "manager" : "worker" });
    http.emit("connection", socket);
  });
  await new Promise<void>((resolve, reject) => {
    tls.once("error", (error: Error) => reject(cannotListen(listen, error)));
    tls.listen(port, host, resolve);
  });
  const { port: bound } = tls.address() as AddressInfo;
  return {
    renew: (credentials) => tls.setSecureContext({ ...credentials, ...ANYBODY }),
    at: `${address.includes(":") ? `[${address}]` : address}:${bound}`,
    [Symbol.dispose]: () => {
      tls.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

type Exchange = { readonly asked: IncomingMessage; readonly response: ServerResponse };

async function answer(serving: Serving, caller: Caller | undefined, { asked, response }: Exchange): Promise<void> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    const path = (asked.url ?? "").split("?")[0];
    const route = NODE_ROUTES[`${asked.method} ${path}`];
    if (route === undefined) throw noRoute(`${asked.method} ${path}`);
    requireAnswerable(route, serving.door, caller?.name);
    const text = await bodyOf(asked);
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    const call = callOf(serving, caller, { socket: asked.socket, body, signal: gone.signal });
    response.end(JSON.stringify((await route.answer(call)) ?? null));
  } catch (error) {
    logDebug(() => `a node's request failed: ${error instanceof Error ? error.stack : String(error)}`);
    response.writeHead(400);
    response.end(JSON.stringify(toWire(error)));
  }
}

async function bodyOf(asked: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  const size = { bytes: 0 };
  for await (const chunk of asked as AsyncIterable<Buffer>) {
    size.bytes += chunk.length;
    if (size.bytes > MAX_BODY_BYTES) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** `HOST:PORT`, `HOST` or `:PORT`. Throws `invalid`. */
export function parseAddress(text: string): { host: string; port: number } {
  const {
    host = "",
    six = "",
    port = "2377",
  } = /^(?:\[(?<six>[0-9a-fA-F:.]+)\]|(?<host>[\w.-]*))(?::(?<port>\d{1,5}))?$/.exec(text)?.groups ?? {};
  const name = six === "" ? host : six;
  if (text !== "" && (name !== "" || text.startsWith(":")) && Number(port) <= 65_535)
    return { host: name === "" ? "0.0.0.0" : name, port: Number(port) };
  throw new EstibaError("invalid", {
    reason: "cluster.bad_address",
    what: `"${text}" is no address to reach a node at`,
    fix: "write HOST:PORT, such as 10.0.0.5:2377",
  });
}

function cannotListen(listen: string, cause: Error): EstibaError {
  return new EstibaError("in_use", {
    reason: "cluster.cannot_listen",
    what: `cannot listen for other nodes at ${listen}`,
    cause,
    fix: "end what has that port (ss -ltnp), or choose another one: --listen-addr",
  });
}
