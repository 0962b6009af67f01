import { isEstibaError } from "../../lib/error.ts";
import { inBlocks } from "../../lib/in-blocks.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import { type Asked, badReply } from "./errors.ts";
import { delayMs, pause } from "./retry.ts";
import type { RegistrySession } from "./session.ts";

/** A blob to be stored in a repository. */
export type Upload = Transfer &
  (
    | { readonly blob: Descriptor; readonly digest?: undefined }
    /** It is packed on its way: `blob` is what it became before, if it ever was; its digest is known when it has been read to its end. */
    | { readonly blob: Descriptor | undefined; readonly digest: () => Digest }
  );

type Transfer = {
  /** Its bytes from an offset on; called again when a transfer has to go on where it stopped. */
  readonly read: (offset: number) => AsyncIterable<Uint8Array>;
  /** Repositories of the same registry that may have it already. */
  readonly elsewhere: readonly string[];
  readonly signal: AbortSignal;
  /** Called with the bytes that the registry has. */
  readonly report: (sentBytes: number) => void;
};

/** `present`: it was there; `mounted`: taken from another repository of the registry; `sent`: it has travelled. */
export type UploadOutcome = "present" | "mounted" | "sent";

/** Kept in memory at once for each blob that travels in chunks. */
const CHUNK_BYTES = 8 * 1024 * 1024;
const RESUMES = 4;
/** More would cost requests for nothing: registries that can mount have it in the first ones. */
const MOUNT_ATTEMPTS = 2;

/**
 * Stores a blob unless the repository has it: mounted from a repository that has it where the registry can, else in one stream while it is read.
 * Where that breaks off, or is too long for somebody on the way, it goes on where it stopped, in chunks that the registry acknowledges one by one
 * (distribution spec, "Pushing blobs"). Of a blob that is not known yet nothing is asked. The registry verifies the digest.
 */
export async function uploadBlob(session: RegistrySession, upload: Upload): Promise<UploadOutcome> {
  const { blob, elsewhere } = upload;
  if (blob !== undefined && (await isThere(session, blob, upload))) return "present";
  let location: URL | undefined;
  for (const from of blob === undefined ? [] : elsewhere.slice(0, MOUNT_ATTEMPTS)) {
    const query = new URLSearchParams({ mount: blob?.digest ?? "", from }).toString();
    location = await begin(session, upload, query);
    if (location === undefined) return "mounted";
  }
  await send(session, upload, location ?? (await beginAnew(session, upload)));
  return "sent";
}

async function isThere(session: RegistrySession, { digest }: Descriptor, { signal }: Upload): Promise<boolean> {
  const asked = { kind: "blob", name: digest } as const;
  using head = await session.request(`blobs/${digest}`, asked, { method: "HEAD", signal, expected: [404] });
  return head.response.status < 400;
}

/** Stores a manifest or an index under a tag or its digest; gives the digest. It becomes visible with this, so everything it names comes first. */
export async function putManifest(
  session: RegistrySession,
  name: string,
  { bytes, mediaType }: { bytes: Uint8Array; mediaType: string },
  signal: AbortSignal,
): Promise<Digest> {
  const digest = digestOf(bytes);
  const headers = { "Content-Type": mediaType };
  const asked = { kind: "manifest", name } as const;
  using reply = await session.request(`manifests/${name}`, asked, { method: "PUT", headers, body: bytes, signal });
  const told = reply.response.headers.get("docker-content-digest");
  if (told?.startsWith("sha256:") !== true || told === digest) return digest;
  throw badReply(session.domain, `it stored the manifest as ${told.slice(0, 160)}, not as ${digest}`);
}

/** Begins an upload and gives its address; undefined when the blob was mounted and nothing is to be sent. */
async function begin(session: RegistrySession, upload: Upload, query: string): Promise<URL | undefined> {
  const { signal } = upload;
  const path = `blobs/uploads/${query === "" ? "" : `?${query}`}`;
  using reply = await session.request(path, askedOf(upload), { method: "POST", body: new Uint8Array(0), signal });
  return reply.response.status === 201 ? undefined : locationOf(session, reply);
}

async function beginAnew(session: RegistrySession, upload: Upload): Promise<URL> {
  const location = await begin(session, upload, "");
  if (location === undefined) throw badReply(session.domain, "a new upload that has ended already");
  return location;
}

async function send(session: RegistrySession, upload: Upload, begun: URL): Promise<void> {
  // What is packed on its way has its digest, and its size, only after its last byte.
  const size = upload.digest === undefined ? upload.blob.size : undefined;
  let location = begun;
  let done = 0;
  let losses = 0;
  for (let breaks = 0; ; ) {
    try {
      const streamed = losses + breaks === 0 && (size === undefined || size > CHUNK_BYTES);
      if (streamed) {
        location = await sendStream(session, upload, location);
        await finish(session, upload, location, NOTHING);
        return;
      }
      for await (const chunk of inBlocks(upload.read(done), CHUNK_BYTES, { reuse: true })) {
        const last = done + chunk.byteLength === size;
        location = last
          ? await finish(session, upload, location, { chunk, offset: done })
          : await sendChunk(session, upload, location, { chunk, offset: done });
        done += chunk.byteLength;
        breaks = 0;
        upload.report(done);
        if (last) return;
      }
      // What has been packed comes here, and a blob without a byte.
      await finish(session, upload, location, NOTHING);
      return;
    } catch (error) {
      breaks += 1;
      const lost = isLost(error);
      if (lost) losses += 1;
      if (!isEstibaError(error) || !(error.retryable || lost) || breaks > RESUMES || losses > RESUMES) throw error;
      await pause(delayMs(error, breaks), upload.signal);
      ({ location, done } = lost
        ? { location: await beginAnew(session, upload), done: 0 }
        : await whereItStopped(session, upload, location, done));
    }
  }
}

/** All of it, as Docker and Podman send it. */
async function sendStream(session: RegistrySession, upload: Upload, location: URL): Promise<URL> {
  const body = async function* (): AsyncGenerator<Uint8Array> {
    let sent = 0;
    for await (const piece of upload.read(0)) {
      yield piece;
      sent += piece.byteLength;
      upload.report(sent);
    }
  };
  const headers = { "Content-Type": "application/octet-stream" };
  const options = { method: "PATCH", headers, body, signal: upload.signal } as const;
  using reply = await session.requestOnce(location, askedOf(upload), options);
  return locationOf(session, reply);
}

type Part = { readonly chunk: Uint8Array; readonly offset: number };

const NOTHING: Part = { chunk: new Uint8Array(0), offset: 0 };

async function sendChunk(session: RegistrySession, upload: Upload, location: URL, part: Part): Promise<URL> {
  const { signal } = upload;
  const [headers, body] = [headersOf(part), part.chunk];
  using reply = await session.requestOnce(location, askedOf(upload), { method: "PATCH", headers, body, signal });
  return locationOf(session, reply);
}

async function finish(session: RegistrySession, upload: Upload, location: URL, part: Part): Promise<URL> {
  const { signal } = upload;
  const target = new URL(location);
  target.searchParams.set("digest", upload.digest === undefined ? upload.blob.digest : upload.digest());
  const [headers, body] = [headersOf(part), part.chunk];
  using _ = await session.requestOnce(target, askedOf(upload), { method: "PUT", headers, body, signal });
  return target;
}

function headersOf({ chunk, offset }: Part): Record<string, string> {
  const headers = { "Content-Type": "application/octet-stream", "Content-Length": String(chunk.byteLength) };
  return chunk.byteLength === 0
    ? headers
    : { ...headers, "Content-Range": `${offset}-${offset + chunk.byteLength - 1}` };
}

/** What the registry says it has of an upload; where it says nothing, the upload begins anew. */
async function whereItStopped(
  session: RegistrySession,
  upload: Upload,
  location: URL,
  done: number,
): Promise<{ location: URL; done: number }> {
  const { signal } = upload;
  using reply = await session.request(location, askedOf(upload), { signal, expected: [404, 405] });
  const range = /^(?:bytes=)?0-(\d+)$/.exec(reply.response.headers.get("range") ?? "");
  if (reply.response.status < 400 && range !== null) {
    const has = Number(range[1]) + 1;
    // An upload that has no byte yet is told as 0-0.
    const known = done === 0 && has === 1 ? 0 : has;
    return { location: reply.response.headers.has("location") ? locationOf(session, reply) : location, done: known };
  }
  return { location: await beginAnew(session, upload), done: 0 };
}

function askedOf({ blob }: Upload): Pick<Asked, "kind" | "name"> {
  return { kind: "upload", name: blob?.digest ?? "new layer" };
}

// A registry does not know the upload's place any more when it has written a part of what broke off. A proxy before it may take no body of that
// length (413).
function isLost(error: unknown): boolean {
  return isEstibaError(error) && [404, 413, 416].includes(Number(error.details["status"]));
}

function locationOf(session: RegistrySession, { response, url }: { response: Response; url: URL }): URL {
  const location = URL.parse(response.headers.get("location") ?? "", url.href);
  if (location !== null && (location.protocol === "https:" || location.protocol === url.protocol)) return location;
  throw badReply(session.domain, "an upload without an address to go on at");
}
