import { type EstibaError, isEstibaError } from "../../lib/error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, Digester, digestAlgorithm } from "../../oci/digest.ts";
import { ACCEPTED_MANIFESTS, MAX_DOCUMENT_BYTES } from "../../oci/manifest.ts";
import { badReply } from "./errors.ts";
import { delayMs, pause } from "./retry.ts";
import type { RegistrySession } from "./session.ts";
import { type HttpReply, readAll } from "./transport.ts";

/** A manifest or an index as the registry sent it; its bytes have the digest. */
export type FetchedManifest = { bytes: Uint8Array; digest: Digest; contentType: string | undefined };

const RESUMES = 4;

/**
 * Fetches a manifest by tag or digest (distribution spec, "Pulling manifests"). The digest is computed here; where one was asked for, or
 * the registry names one, they must agree. Throws the registry's typed errors, `corrupt` (`image.digest_mismatch`).
 */
export async function fetchManifest(
  session: RegistrySession,
  wanted: { tag: string } | { digest: Digest; size?: number },
  signal: AbortSignal,
): Promise<FetchedManifest> {
  const name = "tag" in wanted ? wanted.tag : wanted.digest;
  const headers = { Accept: ACCEPTED_MANIFESTS.join(", ") };
  using reply = await session.request(`manifests/${name}`, { kind: "manifest", name }, { signal, headers });
  const bytes = await readAll(reply, MAX_DOCUMENT_BYTES, session.domain);
  const told = reply.response.headers.get("docker-content-digest");
  const digester = new Digester("digest" in wanted ? digestAlgorithm(wanted.digest) : "sha256");
  digester.update(bytes);
  const digest = digester.digest();
  if ("digest" in wanted && digest !== wanted.digest) throw wrongDigest(session.domain, wanted.digest, digest);
  if ("digest" in wanted && wanted.size !== undefined && wanted.size !== bytes.byteLength) {
    throw badReply(
      session.domain,
      `manifest ${digest} has ${bytes.byteLength} bytes, not the ${wanted.size} announced`,
    );
  }
  if (told?.startsWith("sha256:") === true && digest.startsWith("sha256:") && told !== digest) {
    throw wrongDigest(session.domain, told, digest);
  }
  return { bytes, digest, contentType: reply.response.headers.get("content-type") ?? undefined };
}

/**
 * Streams a blob (distribution spec, "Pulling blobs"), not more than its announced size and not less: a broken transfer goes on where it
 * stopped, by Range. The bytes are not verified here; whoever takes them hashes them.
 */
export async function* fetchBlob(
  session: RegistrySession,
  blob: Descriptor,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let received = 0;
  for (let breaks = 0; ; ) {
    try {
      for await (const chunk of fetchFrom(session, blob, received, signal)) {
        received += chunk.byteLength;
        if (received > blob.size)
          throw badReply(session.domain, `blob ${blob.digest} is longer than its ${blob.size} bytes`);
        if (chunk.byteLength > 0) breaks = 0;
        yield chunk;
      }
      if (received === blob.size) return;
      throw shortBlob(session.domain, blob, received);
    } catch (error) {
      breaks += 1;
      if (!isEstibaError(error) || !error.retryable || breaks > RESUMES) throw error;
      await pause(delayMs(error, breaks), signal);
    }
  }
}

async function* fetchFrom(
  session: RegistrySession,
  blob: Descriptor,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const headers: Record<string, string> = offset === 0 ? {} : { Range: `bytes=${offset}-` };
  using reply = await session.request(`blobs/${blob.digest}`, { kind: "blob", name: blob.digest }, { signal, headers });
  let skip = offset - startOf(reply, offset, session.domain);
  for await (const chunk of reply.body) {
    const rest = skip === 0 ? chunk : chunk.subarray(Math.min(skip, chunk.byteLength));
    skip -= chunk.byteLength - rest.byteLength;
    if (rest.byteLength > 0) yield rest;
  }
}

// A registry may ignore Range and start anew: then what we have is skipped.
function startOf(reply: HttpReply, offset: number, domain: string): number {
  if (reply.response.status !== 206) return 0;
  const range = /^bytes (\d+)-/.exec(reply.response.headers.get("content-range") ?? "");
  if (Number(range?.[1]) === offset) return offset;
  throw badReply(domain, `bytes ${offset} and on were asked for, others came`);
}

function shortBlob(domain: string, blob: Descriptor, received: number): EstibaError {
  return badReply(domain, `blob ${blob.digest} ended after ${received} of ${blob.size} bytes`);
}

function wrongDigest(domain: string, wanted: string, found: Digest): EstibaError {
  return badReply(domain, `the manifest has digest ${found}, not ${wanted.slice(0, 160)}`);
}
