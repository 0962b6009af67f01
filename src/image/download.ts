import { EstibaError } from "../lib/error.ts";
import { send } from "./registry/transport.ts";

/** What an address serves: its bytes, and when they were last changed (milliseconds since the epoch), where that is told. */
export type Download = Disposable & {
  readonly body: AsyncIterable<Uint8Array>;
  readonly modifiedMs: number | undefined;
};

/** Opens what an http(s) address serves; redirects, timeouts and certificates as for a registry. Throws `unavailable`, `not_found`. */
export async function openDownload(url: URL, signal: AbortSignal): Promise<Download> {
  const security = { verifyTls: true, plainHttp: url.protocol === "http:" };
  const asked = { domain: url.host, repository: url.pathname, kind: "blob", name: url.pathname } as const;
  const reply = await send({ url, security, signal, asked });
  const { status, headers } = reply.response;
  if (status === 200) {
    const modified = Date.parse(headers.get("last-modified") ?? "");
    return {
      body: reply.body,
      modifiedMs: Number.isNaN(modified) ? undefined : modified,
      [Symbol.dispose]: () => reply[Symbol.dispose](),
    };
  }
  reply[Symbol.dispose]();
  throw new EstibaError(status === 404 || status === 410 ? "not_found" : "unavailable", {
    reason: "image.download_failed",
    what: `cannot fetch ${url.origin}${url.pathname}: HTTP ${status}`,
    details: { status },
  });
}

/** Streams what an http(s) address serves. */
export async function* download(url: URL, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  using reply = await openDownload(url, signal);
  yield* reply.body;
}
