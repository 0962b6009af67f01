import { readFileSync } from "node:fs";
import { fetchManifest } from "../image/registry/client.ts";
import { attachSignature } from "../image/sigstore/attached.ts";
import { makePayload, readPrivateKey, signPayload } from "../image/sigstore/signature.ts";
import { EstibaError } from "../lib/error.ts";
import type { Digest } from "../oci/digest.ts";
import { formatReference, type QualifiedReference } from "../oci/reference.ts";
import { destinationOf, placeOf } from "./push.ts";
import { openSession, type RegistryOptions } from "./registry-session.ts";

export type SigningKey = { readonly path: string; readonly passphraseFile: string | undefined };

type SignOptions = RegistryOptions & { readonly key: SigningKey; readonly signal: AbortSignal };

/** What was signed. */
export type Signed = { readonly name: string; readonly digest: Digest };

/**
 * Signs what a name stands for in its registry, index or image, and puts the signature beside it (cosign's signature specification, which
 * skopeo and Podman verify as sigstoreSigned). Throws `not_found`, `invalid`, `denied`, `unauthenticated`, `unavailable`.
 */
export async function signImage(text: string, options: SignOptions): Promise<Signed> {
  const key = openKey(options.key);
  const reference = destinationOf(text, text);
  const session = await openSession(placeOf(reference), options, "push");
  const wanted = reference.digest === undefined ? { tag: reference.tag ?? "latest" } : { digest: reference.digest };
  const { digest } = await fetchManifest(session, wanted, options.signal);
  const name = signedName(reference);
  const payload = makePayload({ reference: name, digest });
  await attachSignature(session, digest, { payload, signature: signPayload(payload, key) }, options.signal);
  return { name, digest };
}

// By digest no tag is known, and a signature names a tag or nothing.
function signedName({ domain, path, tag }: QualifiedReference): string {
  return formatReference(tag === undefined ? { domain, path } : { domain, path, tag });
}

function openKey({ path, passphraseFile }: SigningKey) {
  const passphrase = passphraseFile === undefined ? undefined : read(passphraseFile).replace(/\r?\n$/, "");
  return readPrivateKey(read(path), passphrase, path);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new EstibaError("invalid", { reason: "trust.unreadable", what: `cannot read ${path}`, cause: error });
  }
}
