import { fetchManifest } from "../../image/registry/client.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Index, type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { Platform } from "../../oci/platform.ts";
import {
  formatReference,
  isQualified,
  parseReference,
  type QualifiedReference,
  qualify,
  withDefaultTag,
} from "../../oci/reference.ts";
import { placeOf } from "../push.ts";
import { openSession, type RegistryOptions } from "../registry-session.ts";

type Remote = {
  readonly reference: QualifiedReference;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly document: Index | Manifest;
};

/** The manifest or index that a name stands for in its registry, as it is there. Throws the registry's typed errors. */
export async function remoteManifest(
  text: string,
  options: RegistryOptions & { readonly signal: AbortSignal },
): Promise<Remote> {
  const parsed = withDefaultTag(parseReference(text));
  const reference = isQualified(parsed) ? parsed : qualify(parsed, "docker.io");
  const wanted = reference.digest === undefined ? { tag: reference.tag ?? "latest" } : { digest: reference.digest };
  const session = await openSession(placeOf(reference), options, "pull");
  const { bytes, digest, contentType } = await fetchManifest(session, wanted, options.signal);
  return { reference, bytes, digest, document: parseManifest(bytes, contentType) };
}

/** Every image that a name stands for, each by its digest; attestations left out. */
export async function remoteEntries(
  text: string,
  options: RegistryOptions & { readonly signal: AbortSignal },
): Promise<{ readonly name: string; readonly platform?: Platform }[]> {
  const { reference, digest, document } = await remoteManifest(text, options);
  const { tag: _, ...repository } = reference;
  if (document.kind === "manifest") return [{ name: formatReference({ ...repository, digest }) }];
  return document.manifests
    .filter(({ platform }) => platform?.os !== "unknown")
    .map((entry) => ({
      name: formatReference({ ...repository, digest: entry.digest }),
      ...(entry.platform === undefined ? {} : { platform: entry.platform }),
    }));
}
