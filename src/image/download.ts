import { EstibaError } from "../lib/error.ts";
import { send } from "./registry/transport.ts";

/** Streams what an http(s) address serves; redirects, timeouts and certificates as for a registry. Throws `unavailable`, `not_found`. */
export async function* download(url: URL, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const security = { verifyTls: true, plainHttp: url.protocol === "http:" };
  const asked = { domain: url.host, repository: url.pathname, kind: "blob", name: url.pathname } as const;
  using reply = await send({ url, security, signal, asked });
  const { status } = reply.response;
  if (status !== 200) {
    throw new EstibaError(status === 404 || status === 410 ? "not_found" : "unavailable", {
      reason: "image.download_failed",
      what: `cannot fetch ${url.origin}${url.pathname}: HTTP ${status}`,
      details: { status },
    });
  }
  yield* reply.body;
}
