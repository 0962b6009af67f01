import { EstibaError } from "../../lib/error.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Index, parseManifest } from "../../oci/manifest.ts";
import { choosePlatform, formatPlatform, type Platform } from "../../oci/platform.ts";
import type { QualifiedReference } from "../../oci/reference.ts";
import type { ImageSource } from "../source.ts";
import { fetchBlob, fetchManifest } from "./client.ts";
import type { RegistrySession } from "./session.ts";

/** An image as found in a registry. `digests` are those its name stands for: the index, where there is one, and the manifest. */
export type RemoteImage = { source: ImageSource; digests: Digest[] };

/** How deep indexes may nest: real ones do not. */
const MAX_INDEX_DEPTH = 2;

/**
 * Resolves a reference to one image: the manifest itself, or the index's entry for the platform. Every step by digest is verified.
 * Throws the registry's typed errors, `not_found` (`image.no_platform`).
 */
export async function resolveImage(
  session: RegistrySession,
  reference: QualifiedReference,
  platform: Platform,
  signal: AbortSignal,
): Promise<RemoteImage> {
  const documents: Uint8Array[] = [];
  const digests: Digest[] = [];
  let wanted: Parameters<typeof fetchManifest>[1] =
    reference.digest === undefined ? { tag: reference.tag ?? "latest" } : { digest: reference.digest };
  let told: string | undefined;
  for (let depth = 0; ; depth++) {
    const { bytes, digest, contentType } = await fetchManifest(session, wanted, signal);
    const manifest = parseManifest(bytes, told ?? contentType);
    documents.push(bytes);
    digests.push(digest);
    if (manifest.kind === "manifest") {
      const open = (blob: Descriptor, signal: AbortSignal): AsyncIterable<Uint8Array> =>
        fetchBlob(session, blob, signal);
      return { source: { manifest, manifestDigest: digest, documents, open }, digests };
    }
    if (depth >= MAX_INDEX_DEPTH) throw tooDeep(session.domain);
    const entry = pickEntry(manifest, platform);
    wanted = { digest: entry.digest, size: entry.size };
    told = entry.mediaType;
  }
}

/** The index's entry for the platform. Throws `not_found` (`image.no_platform`) that lists what there is. */
export function pickEntry(index: Index, platform: Platform): Descriptor {
  // Attestations of BuildKit stand in the index as images for the platform unknown/unknown.
  const entries = index.manifests.filter((entry) => entry.platform?.os !== "unknown");
  const entry = choosePlatform(entries, platform);
  if (entry !== undefined) return entry;
  const there = entries.flatMap((item) => (item.platform === undefined ? [] : [formatPlatform(item.platform)]));
  throw new EstibaError("not_found", {
    reason: "image.no_platform",
    what: `the image is not there for ${formatPlatform(platform)}`,
    fix: there.length === 0 ? "choose another image" : `choose with --platform: ${[...new Set(there)].join(", ")}`,
    details: { platforms: there },
  });
}

function tooDeep(domain: string): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.index_depth",
    what: `${domain} has an index within an index more than ${MAX_INDEX_DEPTH} deep`,
  });
}
