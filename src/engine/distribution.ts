import { loadRegistriesConfig, placesOf, registryOf } from "../config/registries.ts";
import { fetchBlob, fetchManifest } from "../image/registry/client.ts";
import type { RegistrySession } from "../image/registry/session.ts";
import { EstibaError } from "../lib/error.ts";
import { parseImageConfig } from "../oci/image-config.ts";
import { MAX_DOCUMENT_BYTES, type Manifest, parseManifest } from "../oci/manifest.ts";
import type { Platform } from "../oci/platform.ts";
import { isQualified, parseReference, repositoryOf, withDefaultTag } from "../oci/reference.ts";
import { openSession, type RegistryOptions } from "./registry-session.ts";

/** What a registry has under a name: the document that the name points at, and the platforms behind it. */
export type Distribution = {
  readonly mediaType: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly platforms: readonly Platform[];
};

type Options = RegistryOptions & { readonly signal: AbortSignal };

/** Asks the registry of a qualified name; nothing is fetched but documents. Throws `not_found`, `unauthenticated`, `denied`, `unavailable`. */
export async function describeDistribution(name: string, options: Options): Promise<Distribution> {
  const reference = withDefaultTag(parseReference(name));
  if (!isQualified(reference)) throw unqualified(name);
  const registries = loadRegistriesConfig(process.env);
  const repository = repositoryOf(reference);
  const [place] = placesOf(registries, repository, reference.digest === undefined ? "tag" : "digest");
  if (place === undefined || registryOf(registries, repository)?.blocked === true) throw blocked(reference.domain);
  const session = await openSession(place, options, "pull");
  const { digest: wanted, tag = "latest" } = reference;
  const { signal } = options;
  const { bytes, digest, contentType } = await fetchManifest(
    session,
    wanted === undefined ? { tag } : { digest: wanted },
    signal,
  );
  const manifest = parseManifest(bytes, contentType);
  const platforms =
    manifest.kind === "index"
      ? manifest.manifests.flatMap(({ platform }) => (platform === undefined ? [] : [platform]))
      : [await platformOf(session, manifest, signal)];
  return { mediaType: manifest.mediaType, digest, sizeBytes: bytes.byteLength, platforms };
}

async function platformOf(session: RegistrySession, { config }: Manifest, signal: AbortSignal): Promise<Platform> {
  if (config.size > MAX_DOCUMENT_BYTES)
    throw new EstibaError("corrupt", {
      reason: "image.config_too_large",
      what: `the image's configuration has ${config.size} bytes`,
    });
  const pieces: Uint8Array[] = [];
  for await (const piece of fetchBlob(session, config, signal)) pieces.push(piece);
  const { os, architecture, variant } = parseImageConfig(Buffer.concat(pieces));
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function unqualified(name: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "image.not_qualified",
    what: `"${name}" names no registry`,
    fix: "write it in full, such as docker.io/library/busybox",
  });
}

function blocked(domain: string): EstibaError {
  return new EstibaError("denied", {
    reason: "image.registry_blocked",
    what: `${domain} is blocked by registries.conf`,
    fix: "choose another registry, or remove the block",
  });
}
