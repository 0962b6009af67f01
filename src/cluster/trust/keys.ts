import { createPrivateKey, type KeyObject } from "node:crypto";
// Before the library of certificates, which asks for it.
import "reflect-metadata";
import { PemConverter } from "@peculiar/x509";
import { EstibaError } from "../../lib/error.ts";

/** Of all keys that are made here. */
export const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

const CURVES: Readonly<Record<string, { readonly namedCurve: string; readonly hash: string }>> = {
  prime256v1: { namedCurve: "P-256", hash: "SHA-256" },
  secp384r1: { namedCurve: "P-384", hash: "SHA-384" },
  secp521r1: { namedCurve: "P-521", hash: "SHA-512" },
};
const LEAST_RSA_BITS = 2_048;

type Algorithm =
  | { readonly name: "ECDSA"; readonly namedCurve: string; readonly hash: string }
  | { readonly name: "RSASSA-PKCS1-v1_5"; readonly hash: string };

export async function keyPem(key: CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

/** A key in PEM form, and how it signs. Throws `invalid` for what is none, or of a kind that nodes do not check. */
export async function signingKey(pem: string): Promise<{ readonly key: CryptoKey; readonly algorithm: Algorithm }> {
  const object = readKey(pem);
  const algorithm = algorithmOf(object);
  const der = new Uint8Array(object.export({ type: "pkcs8", format: "der" }));
  return { key: await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]), algorithm };
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw badKey("the key of the root cannot be read", error);
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): Algorithm {
  const { namedCurve = "", modulusLength = 0 } = asymmetricKeyDetails;
  const curve = CURVES[namedCurve];
  if (asymmetricKeyType === "ec" && curve !== undefined) return { name: "ECDSA", ...curve };
  if (asymmetricKeyType === "rsa" && modulusLength >= LEAST_RSA_BITS)
    return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  throw badKey(`the key of the root is of a kind that cannot be used: ${asymmetricKeyType} ${namedCurve}`.trimEnd());
}

function badKey(what: string, cause?: unknown): EstibaError {
  return new EstibaError("invalid", {
    reason: "cluster.bad_root",
    what,
    ...(cause === undefined ? {} : { cause }),
    fix: "give one without a passphrase: of ECDSA (P-256, P-384, P-521), or RSA with 2048 bits or more",
  });
}
