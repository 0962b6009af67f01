import { createPrivateKey, type KeyObject, scryptSync } from "node:crypto";
import { EstibaError } from "../../lib/error.ts";
import { openSecretbox } from "./secretbox.ts";

const MARK = /-----BEGIN ENCRYPTED (?:COSIGN|SIGSTORE) PRIVATE KEY-----([\s\S]*?)-----END/;
const KEY_BYTES = 32;
/** What deriving may take: cosign's own parameters need 32 or 64 MB. */
const MOST_MEMORY = 512 * 1024 * 1024;

/** Whether a key is in the form that cosign and skopeo give keys with a passphrase. */
export function isEncryptedKey(pem: string): boolean {
  return MARK.test(pem);
}

/**
 * Opens such a key: JSON in PEM, with a PKCS#8 key in a box whose key scrypt makes of the passphrase (go-securesystemslib, encrypted). Throws
 * `invalid` for another passphrase and for what is not of this form.
 */
export function readEncryptedKey(pem: string, passphrase: string | undefined, path: string): KeyObject {
  if (passphrase === undefined) throw badKey(path, "it has a passphrase, and none was given");
  try {
    const der = open(Buffer.from(MARK.exec(pem)?.[1] ?? "", "base64").toString(), passphrase);
    if (der === undefined) throw badKey(path, "the passphrase is wrong, or the key is damaged");
    return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
  } catch (error) {
    throw error instanceof EstibaError ? error : badKey(path, "it is not of cosign's form", error);
  }
}

type Sealed = {
  readonly kdf?: { readonly name?: string; readonly params?: Record<"N" | "r" | "p", number>; readonly salt?: string };
  readonly cipher?: { readonly name?: string; readonly nonce?: string };
  readonly ciphertext?: string;
};

function open(json: string, passphrase: string): Uint8Array | undefined {
  const { kdf, cipher, ciphertext = "" } = JSON.parse(json) as Sealed;
  if (kdf?.name !== "scrypt" || kdf.params === undefined || cipher?.name !== "nacl/secretbox")
    throw new TypeError("an unknown way to encrypt");
  const { N, r, p } = kdf.params;
  const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64");
  const key = scryptSync(passphrase, bytes(kdf.salt), KEY_BYTES, { N, r, p, maxmem: MOST_MEMORY });
  return openSecretbox(bytes(ciphertext), bytes(cipher.nonce), key);
}

function badKey(path: string, why: string, cause?: unknown): EstibaError {
  return new EstibaError("invalid", {
    reason: "trust.bad_key",
    what: `${path} cannot be used as a private key: ${why}`,
    cause,
    fix: "name a file with the right passphrase: --sign-passphrase-file FILE",
  });
}
