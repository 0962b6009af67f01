import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describeError, EstibaError } from "../../lib/error.ts";
import { writeLog } from "../../lib/log.ts";
import { parseListenAddress } from "../listen-address.ts";
import { listening, listenUnix } from "../unix-socket.ts";

const TYPE = "text/plain; version=0.0.4; charset=utf-8";
/** A scrape that is slower hangs. */
const PATIENCE_MS = 10_000;

/**
 * Answers `GET /metrics`, and nothing else, at `HOST:PORT` or `unix:///PATH`: a door of its own, so that whoever scrapes need not be root.
 * Throws `invalid` and `conflict` for the place.
 */
export async function serveMetrics(address: string, text: () => string): Promise<Disposable> {
  const place = parseListenAddress(address.includes("://") ? address : `tcp://${address}`, {
    environment: {},
    pid: 0,
    runRoot: "",
  });
  const server = createServer((request, response) => answer(request, response, text));
  server.requestTimeout = PATIENCE_MS;
  server.headersTimeout = PATIENCE_MS;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  if (place.kind === "unix") {
    const socket = await listenUnix(server, place.path, undefined);
    return {
      [Symbol.dispose]: () => {
        close();
        socket[Symbol.dispose]();
      },
    };
  }
  if (place.kind === "fd") throw handedOver(address);
  await listening(server, () => server.listen(place.port, place.host));
  const { port } = server.address() as AddressInfo;
  // Whoever asked for port 0 cannot know it otherwise.
  writeLog("info", "metrics are served", { url: `http://${place.host}:${port}/metrics` });
  return { [Symbol.dispose]: close };
}

function answer(request: IncomingMessage, response: ServerResponse, text: () => string): void {
  const wanted = (request.method === "GET" || request.method === "HEAD") && request.url?.split("?")[0] === "/metrics";
  try {
    const body = wanted ? text() : "page not found\n";
    response.writeHead(wanted ? 200 : 404, { "Content-Type": wanted ? TYPE : "text/plain" });
    response.end(request.method === "HEAD" ? undefined : body);
  } catch (error) {
    writeLog("error", `metrics could not be read: ${describeError(error)}`);
    response.writeHead(500).end();
  }
}

function handedOver(address: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "api.bad_address",
    what: `cannot serve metrics at "${address}": a socket that is handed over is for the API`,
    fix: "for example --metrics 127.0.0.1:9323",
  });
}
