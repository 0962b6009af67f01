import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { EstibaError } from "../../lib/error.ts";

const ALGORITHM = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts what lies in the store. The key is kept by managers, and never in the store. */
export type Vault = {
  /** `id`: what it is the data of; nothing else is opened under another one. */
  readonly seal: (id: string, data: Uint8Array) => string;
  /** Throws `corrupt` for what this key did not seal under this id. */
  readonly open: (id: string, sealed: string) => Buffer;
};

/** `key`: asked for each time, for it may come later. Both throw what it throws. */
export function makeVault(key: () => Uint8Array): Vault {
  return {
    seal: (id, data) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key(), nonce).setAAD(Buffer.from(id));
      const sealed = [nonce, cipher.update(data), cipher.final(), cipher.getAuthTag()];
      return Buffer.concat(sealed).toString("base64");
    },
    open: (id, sealed) => {
      const bytes = Buffer.from(sealed, "base64");
      const end = Math.max(bytes.length - TAG_BYTES, NONCE_BYTES);
      const secret = key();
      try {
        const cipher = createDecipheriv(ALGORITHM, secret, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(id));
        cipher.setAuthTag(bytes.subarray(end));
        return Buffer.concat([cipher.update(bytes.subarray(NONCE_BYTES, end)), cipher.final()]);
      } catch (error) {
        throw otherKey(error);
      }
    },
  };
}

/** Makes the key where there is none: for the first manager of a cluster. */
export function ensureVaultKey(path: string): void {
  if (!existsSync(path)) writeKeyFile(path, randomBytes(KEY_BYTES).toString("base64"));
}

/** Whole or not at all; only root can read it. */
export function writeKeyFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}

/** The error of a manager that has no key. */
export function noVaultKey(path: string): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.no_key",
    what: "this manager does not have the key that the cluster's secrets are encrypted with",
    fix: `copy it from another manager: ${path}`,
  });
}

function otherKey(cause: unknown): EstibaError {
  return new EstibaError("corrupt", {
    reason: "cluster.other_key",
    what: "a secret of the cluster cannot be decrypted: it was encrypted with another key, or is damaged",
    cause,
    fix: "give this manager the file cluster/store.key of another one; or create the secret or config anew",
  });
}
