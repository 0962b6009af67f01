import { fetchBlob, fetchManifest } from "../../image/registry/client.ts";
import { badReply } from "../../image/registry/errors.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Artifact, parseArtifact } from "../../oci/artifact.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { type Digest, Digester, digestAlgorithm } from "../../oci/digest.ts";
import { MAX_DOCUMENT_BYTES } from "../../oci/manifest.ts";
import { formatReference, type QualifiedReference } from "../../oci/reference.ts";
import { placeOf } from "../push.ts";
import { openSession, type RegistryOptions } from "../registry-session.ts";
import { demandsOnReference, verifyTrust } from "../trust.ts";

/** An artifact in its registry, and the way to its files. */
export type FoundArtifact = Artifact & {
  readonly digest: Digest;
  /** The bytes of a file, verified; none is longer than a manifest may be. */
  readonly read: (file: Descriptor) => Promise<Uint8Array>;
};

/** Finds an artifact that policy.json allows. Throws as a pull of an image does. */
export async function findArtifact(
  reference: QualifiedReference,
  options: RegistryOptions & { readonly signal: AbortSignal },
): Promise<FoundArtifact> {
  const { signal } = options;
  const demands = demandsOnReference(reference);
  const session = await openSession(placeOf(reference), options, "pull");
  const wanted = reference.digest === undefined ? { tag: reference.tag ?? "latest" } : { digest: reference.digest };
  const { bytes, digest } = await fetchManifest(session, wanted, signal);
  await verifyTrust(session, { reference, digests: [digest], demands }, signal);
  return {
    ...parseArtifact(bytes),
    digest,
    read: async (file) => {
      if (file.size > MAX_DOCUMENT_BYTES) throw tooLong(reference, file);
      const digester = new Digester(digestAlgorithm(file.digest));
      const pieces: Uint8Array[] = [];
      for await (const piece of fetchBlob(session, file, signal)) {
        digester.update(piece);
        pieces.push(piece);
      }
      const found = digester.digest();
      if (found === file.digest) return Buffer.concat(pieces);
      throw badReply(session.domain, `a file has digest ${found}, not ${file.digest}`);
    },
  };
}

function tooLong(reference: QualifiedReference, { size }: Descriptor): EstibaError {
  return new EstibaError("exhausted", {
    reason: "image.artifact_too_long",
    what: `${formatReference(reference)} has a file of ${size} bytes; at most ${MAX_DOCUMENT_BYTES} are read`,
  });
}
