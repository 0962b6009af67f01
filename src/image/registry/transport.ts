import { rootCertificates } from "node:tls";
import { EstibaError } from "../../lib/error.ts";
import { type Asked, badReply, networkError } from "./errors.ts";
import { throwIfAborted } from "./retry.ts";

/** Silence after which a transfer counts as broken, in milliseconds. */
const INACTIVITY_MS = 60_000;
/** What a transfer is not expected to fall below. */
const SLOWEST_BYTES_PER_S = 16 * 1024;
const MAX_REDIRECTS = 5;
const USER_AGENT = "estiba";

/** How a registry may be spoken to. */
export type Security = {
  /** False: any certificate will do. */
  readonly verifyTls: boolean;
  /** Certificates to trust besides the host's, and one to show (containers-certs.d(5)). */
  readonly certificates?: Certificates;
  /** True: plain HTTP is allowed, for the registry itself and for where it redirects. */
  readonly plainHttp: boolean;
};

/** PEM texts. */
export type Certificates = {
  readonly ca: readonly string[];
  readonly client?: { readonly cert: string; readonly key: string };
};

export type HttpMethod = "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE";

/** Bytes, or what gives them while they travel: called anew where the request has to be sent once more. */
export type Body = Uint8Array | (() => AsyncGenerator<Uint8Array>);

export type HttpRequest = {
  /** GET where it is absent. */
  method?: HttpMethod;
  body?: Body;
  url: URL;
  security: Security;
  headers?: Readonly<Record<string, string>>;
  signal: AbortSignal;
  asked: Asked;
};

/** An answer whose body is read chunk by chunk; dispose it to let the connection go. */
export type HttpReply = Disposable & { response: Response; url: URL; body: AsyncIterable<Uint8Array> };

/**
 * Sends a request, a GET where none is named, and follows at most five redirects. Authorization stays with the origin it was meant for; a redirect to another scheme than
 * http(s), from HTTPS to plain HTTP, or from outside to a loopback or link-local address is refused. No answer or no byte for a minute
 * ends it. Honours the signal. Throws `unavailable`, `timeout`, `cancelled`, `corrupt` (`image.bad_reply`).
 */
export async function send(request: HttpRequest): Promise<HttpReply> {
  let { url } = request;
  let headers = { ...request.headers };
  for (let hops = 0; ; hops++) {
    const reply = await sendOnce({ ...request, url, headers });
    const location = reply.response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(reply.response.status) || location === null) return reply;
    reply[Symbol.dispose]();
    if (hops >= MAX_REDIRECTS) throw badReply(request.asked.domain, `more than ${MAX_REDIRECTS} redirects`);
    const next = redirectTarget(url, location, request);
    if (next.origin !== url.origin) {
      const { Authorization: _, ...others } = headers as { Authorization?: string };
      headers = others;
    }
    url = next;
  }
}

/** Reads a body of at most `limit` bytes. Throws `corrupt` when it is longer. */
export async function readAll(reply: HttpReply, limit: number, domain: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of reply.body) {
    size += chunk.byteLength;
    if (size > limit) throw badReply(domain, `a document of more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Throws where a server outside this host sends us inside: to a loopback or link-local address. */
export function refuseInward(from: URL, to: URL, domain: string): void {
  if (isInward(to.hostname) && !isInward(from.hostname)) {
    throw badReply(domain, `it points at ${to.host}, an address of this host or its link`);
  }
}

/** True for loopback names and addresses, and for link-local addresses. */
function isInward(hostname: string): boolean {
  return (
    isLoopback(hostname) || hostname.startsWith("169.254.") || /^\[fe[89ab]/i.test(hostname) || hostname === "0.0.0.0"
  );
}

/** True for `localhost`, names below it, 127.0.0.0/8 and ::1. */
export function isLoopback(hostname: string): boolean {
  return (
    /^(?:.*\.)?localhost$/i.test(hostname) ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname) ||
    hostname === "[::1]" ||
    hostname === "::1"
  );
}

// fetch takes proxies from the environment, in either spelling; unlike everybody's, its does so for this host itself, too.
function keepLoopbackDirect(environment: Record<string, string | undefined>): void {
  const name = environment["no_proxy"] === undefined && environment["NO_PROXY"] !== undefined ? "NO_PROXY" : "no_proxy";
  const listed = environment[name] ?? "";
  if (!listed.endsWith(LOOPBACK)) environment[name] = listed === "" ? LOOPBACK : `${listed},${LOOPBACK}`;
}

const LOOPBACK = "localhost,127.0.0.0/8,::1";

async function sendOnce(request: HttpRequest): Promise<HttpReply> {
  keepLoopbackDirect(process.env);
  throwIfAborted(request.signal);
  const stalled = new AbortController();
  const idle = { waiting: true };
  // While our own side is slow to take bytes, silence is not the server's fault.
  // Bytes that are sent at once say nothing of their way: they get the time that the slowest line needs.
  const { body } = request;
  const atOnce = body instanceof Uint8Array ? body.byteLength : 0;
  const patienceMs = INACTIVITY_MS + (atOnce / SLOWEST_BYTES_PER_S) * 1000;
  const timer: NodeJS.Timeout = setTimeout(() => {
    if (idle.waiting) stalled.abort(stalledError(request.url, patienceMs));
    else timer.refresh();
  }, patienceMs);
  const signal = AbortSignal.any([request.signal, stalled.signal]);
  const streamed = typeof body === "function" ? streamedBody(body(), timer) : undefined;
  try {
    const { ca = [], client } = request.security.certificates ?? {};
    const response = await fetch(request.url.href, {
      method: request.method ?? "GET",
      // Bun's fetch takes a generator of bytes as well, at the pace of the server.
      ...(body === undefined ? {} : { body: (streamed?.pieces ?? body) as Uint8Array<ArrayBuffer> }),
      headers: { "User-Agent": USER_AGENT, "Accept-Encoding": "identity", ...request.headers },
      redirect: "manual",
      signal,
      tls: {
        rejectUnauthorized: request.security.verifyTls,
        ...(ca.length === 0 ? {} : { ca: [...rootCertificates, ...ca] }),
        ...client,
      },
      ...BUN_FETCH,
    });
    const release = (): void => {
      clearTimeout(timer);
      // Ends a transfer nobody reads any more; after the last byte it does nothing.
      stalled.abort(new EstibaError("cancelled", { reason: "image.released", what: "no longer needed" }));
    };
    return {
      response,
      url: request.url,
      body: readBody(response, { request, timer, signal, idle }),
      [Symbol.dispose]: release,
    };
  } catch (error) {
    clearTimeout(timer);
    throw streamed?.failure() ?? asFault(error, request, signal);
  } finally {
    await streamed?.end();
  }
}

type StreamedBody = {
  readonly pieces: AsyncGenerator<Uint8Array>;
  /** What went wrong where the bytes come from. */
  readonly failure: () => unknown;
  readonly end: () => Promise<void>;
};

/** A body whose every piece that is taken shows that the server is there. */
function streamedBody(source: AsyncGenerator<Uint8Array>, timer: NodeJS.Timeout): StreamedBody {
  const held: { failure?: unknown } = {};
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of source) {
        timer.refresh();
        yield piece;
      }
    } catch (error) {
      held.failure = error;
      throw error;
    }
  };
  // An answer may come before the last byte: what is read for the rest of them is closed.
  return { pieces: pieces(), failure: () => held.failure, end: async () => void (await source.return(undefined)) };
}

// Bun would unpack Content-Encoding behind the digest's back and end long transfers after five minutes.
const BUN_FETCH = { decompress: false, timeout: false } as object;

type Transfer = { request: HttpRequest; timer: NodeJS.Timeout; signal: AbortSignal; idle: { waiting: boolean } };

async function* readBody(response: Response, { request, timer, signal, idle }: Transfer): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  try {
    for (;;) {
      timer.refresh();
      idle.waiting = true;
      const { value, done } = await reader.read();
      idle.waiting = false;
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw asFault(error, request, signal);
  } finally {
    clearTimeout(timer);
  }
}

function asFault(error: unknown, request: HttpRequest, signal: AbortSignal): unknown {
  throwIfAborted(request.signal);
  if (signal.aborted) return signal.reason;
  return error instanceof EstibaError ? error : networkError(request.url, error);
}

function stalledError(url: URL, patienceMs: number): EstibaError {
  return new EstibaError("timeout", {
    reason: "image.registry_stalled",
    what: `no byte from ${url.host} for ${Math.round(patienceMs / 1000)} seconds`,
    retryable: true,
    details: { host: url.host },
  });
}

function redirectTarget(from: URL, location: string, request: HttpRequest): URL {
  const { domain } = request.asked;
  const to = URL.parse(location, from.href);
  if (to === null) throw badReply(domain, `a redirect to "${location.slice(0, 200)}"`);
  if (to.protocol !== "https:" && to.protocol !== "http:")
    throw badReply(domain, `a redirect to ${to.protocol}//${to.host}`);
  if (to.protocol === "http:" && from.protocol === "https:" && !request.security.plainHttp) {
    throw badReply(domain, `a redirect from HTTPS to plain HTTP at ${to.host}`);
  }
  refuseInward(from, to, domain);
  return to;
}
