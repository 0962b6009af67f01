import { getContainer, getState } from "../../state/containers.ts";
import type { HealthTest } from "../../state/spec/health.ts";
import { joinedContainer } from "../../state/spec/namespaces.ts";
import type { Engine } from "../engine.ts";

/** How a check went: 0 passed. */
type Outcome = { readonly exitCode: number; readonly output: string };

type Wanted = { readonly id: string; readonly test: HealthTest; readonly timeoutMs: number };

const FAILED = 1;
const NO_ANSWER = -1;
const HTTP = /^(https?):\/\/(\[[^\]]*\]|[^:/]*):(\d+)(\/.*)$/s;

/**
 * Connects to a container from the host, as a kubelet does: a program in the image is not needed. Without a host, the container's own
 * address is meant. HTTP passes with a status from 200 to 399. What fails is an outcome, with the reason as its output.
 */
export async function probeByNetwork(engine: Engine, wanted: Wanted, signal: AbortSignal): Promise<Outcome> {
  const [kind, target = "", ...headers] = wanted.test;
  const [, scheme = "", named = "", port = "", path = ""] =
    kind === "HTTP" ? (HTTP.exec(target) ?? []) : ["", "tcp", ...splitPort(target)];
  const host = named === "" ? addressOf(engine, wanted.id) : named.replace(/^\[(.*)\]$/, "$1");
  if (host === undefined) return { exitCode: NO_ANSWER, output: "the container has no address on a network" };
  const request = kind === "HTTP" ? requestText({ host: named === "" ? host : named, port, path, headers }) : undefined;
  try {
    const answer = await exchange({ host, port: Number(port), tls: scheme === "https", request, wanted, signal });
    if (request === undefined) return { exitCode: 0, output: "" };
    const status = Number(/^HTTP\/\d\.\d (\d{3})/.exec(answer)?.[1] ?? Number.NaN);
    if (status >= 200 && status < 400) return { exitCode: 0, output: `HTTP ${status}` };
    const said = Number.isNaN(status) ? "what answers does not speak HTTP" : `statuscode: ${status}`;
    return { exitCode: FAILED, output: `HTTP probe failed with ${said}` };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { exitCode: NO_ANSWER, output: `dial tcp ${host}:${port}: ${error.message}` };
  }
}

function splitPort(target: string): [string, string] {
  const colon = target.lastIndexOf(":");
  return [target.slice(0, colon), target.slice(colon + 1)];
}

/** The container's address, or that of the container whose network it has. */
function addressOf(engine: Engine, id: string): string | undefined {
  const network = getContainer(engine.store, id)?.spec.network;
  if (network === "host") return "127.0.0.1";
  const state = getState(engine.live, joinedContainer(network) ?? id);
  return state?.address?.ip ?? state?.endpoints?.[0]?.ip;
}

type Request = {
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly headers: readonly string[];
};

function requestText({ host, port, path, headers }: Request): string {
  const own = headers.some((header) => /^host:/i.test(header)) ? [] : [`Host: ${host}:${port}`];
  return [
    "GET " + path + " HTTP/1.1",
    ...own,
    "User-Agent: estiba-probe",
    "Connection: close",
    ...headers,
    "",
    "",
  ].join("\r\n");
}

type Exchange = {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly request: string | undefined;
  readonly wanted: Wanted;
  readonly signal: AbortSignal;
};

/** Connects, and gives the first of what is answered to the request; "" where none is made. Proxies of the environment do not count. */
async function exchange({ host, port, tls, request, wanted, signal }: Exchange): Promise<string> {
  const done = Promise.withResolvers<string>();
  const timeout = AbortSignal.timeout(wanted.timeoutMs);
  const stop = AbortSignal.any([signal, timeout]);
  const giveUp = (): void => done.reject(new Error(`timeout after ${wanted.timeoutMs / 1000}s`));
  stop.addEventListener("abort", giveUp, { once: true });
  const parts: Buffer[] = [];
  const connecting = Bun.connect({
    hostname: host,
    port,
    // As a kubelet: whose certificate it is does not tell whether it is well.
    ...(tls ? { tls: { rejectUnauthorized: false } } : {}),
    socket: {
      open: (socket) => {
        if (request === undefined) done.resolve("");
        else socket.write(request);
      },
      data: (_, data) => {
        parts.push(Buffer.from(data));
        const text = Buffer.concat(parts).toString("latin1");
        if (text.includes("\n") || text.length > 4096) done.resolve(text);
      },
      close: () => done.resolve(Buffer.concat(parts).toString("latin1")),
      error: (_, error) => done.reject(error),
      connectError: (_, error) => done.reject(error),
    },
  });
  // Told of by connectError.
  connecting.catch(() => {});
  try {
    return await done.promise;
  } finally {
    stop.removeEventListener("abort", giveUp);
    void connecting.then(
      (socket) => socket.end(),
      () => {},
    );
  }
}
