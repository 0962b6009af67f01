import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { EstibaError } from "../../lib/error.ts";
import type { Digest } from "../../oci/digest.ts";
import { isEncryptedKey, readEncryptedKey } from "./encrypted-key.ts";

/** What a signature says: that this name was given to the image of this digest. */
export type SignedClaim = { readonly reference: string; readonly digest: string };

/** The annotation of a layer that holds the signature of the layer's bytes (cosign's signature specification). */
export const SIGNATURE_ANNOTATION = "dev.cosignproject.cosign/signature";
/** The media type of such a layer. */
export const PAYLOAD_TYPE = "application/vnd.dev.cosign.simplesigning.v1+json";

const CLAIM_TYPE = "cosign container image signature";

/** The tag under which a registry keeps the signatures of a digest. */
export function signatureTag(digest: Digest): string {
  return `${digest.replace(":", "-")}.sig`;
}

/** The bytes that are signed ("simple signing", containers-signature(5)). */
export function makePayload({ reference, digest }: SignedClaim): Uint8Array {
  const critical = {
    type: CLAIM_TYPE,
    image: { "docker-manifest-digest": digest },
    identity: { "docker-reference": reference },
  };
  return Buffer.from(JSON.stringify({ critical, optional: { creator: "estiba" } }));
}

/** What a payload claims, if one of the keys has signed it; nothing of the payload is looked at before. */
export function verifyPayload(
  payload: Uint8Array,
  signature: string,
  keys: readonly KeyObject[],
): SignedClaim | undefined {
  const bytes = Buffer.from(signature, "base64");
  if (!keys.some((key) => verify(hashFor(key), payload, key, bytes))) return undefined;
  return claimOf(payload);
}

/** The signature of a payload, base64. */
export function signPayload(payload: Uint8Array, key: KeyObject): string {
  return sign(hashFor(key), payload, key).toString("base64");
}

/** A public key, PEM. Throws `invalid`. */
export function readPublicKey(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new EstibaError("invalid", {
      reason: "trust.bad_key",
      what: "a public key is not in PEM form",
      cause: error,
    });
  }
}

/** A private key, PEM or in cosign's own form, with the passphrase that opens it. Throws `invalid`. */
export function readPrivateKey(pem: string, passphrase: string | undefined, path: string): KeyObject {
  if (isEncryptedKey(pem)) return readEncryptedKey(pem, passphrase, path);
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (error) {
    throw new EstibaError("invalid", {
      reason: "trust.bad_key",
      what: `${path} cannot be used as a private key`,
      fix: "it must be PEM; an encrypted one needs --sign-passphrase-file with the right passphrase",
      cause: error,
    });
  }
}

// Ed25519 hashes by itself.
function hashFor({ asymmetricKeyType }: KeyObject): string | null {
  return asymmetricKeyType === "ed25519" ? null : "sha256";
}

function claimOf(payload: Uint8Array): SignedClaim | undefined {
  const { critical } = JSON.parse(Buffer.from(payload).toString()) as {
    critical?: { type?: unknown; image?: Record<string, unknown>; identity?: Record<string, unknown> };
  };
  const digest = critical?.image?.["docker-manifest-digest"];
  const reference = critical?.identity?.["docker-reference"];
  if (critical?.type !== CLAIM_TYPE || typeof digest !== "string" || typeof reference !== "string") return undefined;
  return { digest, reference };
}
