import { existsSync, readFileSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { parseUnlockKey } from "../trust/unlock-key.ts";
import { makeVault, noVaultKey, writeKeyFile } from "../trust/vault.ts";
import { vaultKeyPath } from "./paths.ts";

/** What the key is the data of, where it is encrypted itself. */
const SEALED_AS = "store.key";

/** The key of the cluster's secrets, as this manager has it: in a file, which is of no use without the unlock key where managers lock. */
export type KeyRing = {
  /** Throws `unavailable` where this manager has no key, or is locked. */
  readonly vaultKey: () => Buffer;
  /** Whether the key cannot be read without the unlock key. */
  readonly isLocked: () => boolean;
  /** Reads the key, and keeps it in memory. Throws `invalid` for another key. */
  readonly unlock: (unlockKey: string) => void;
  /** Has the file be encrypted with the unlock key from now on, or readable without any. */
  readonly lockWith: (unlockKey: string | undefined) => void;
};

/** What is in the file: the key itself, or the key encrypted. */
type Kept = { readonly key: Buffer } | { readonly sealed: string };

export function makeKeyRing(engine: Engine): KeyRing {
  const path = vaultKeyPath(engine);
  // A locked manager's only: a file that can be read is read, as it may be given another one by hand.
  const held: { key?: Buffer } = {};
  const vaultKey = (): Buffer => {
    if (held.key !== undefined) return held.key;
    const kept = readKept(path);
    if ("sealed" in kept) throw locked();
    return kept.key;
  };
  return {
    vaultKey,
    isLocked: () => held.key === undefined && existsSync(path) && "sealed" in readKept(path),
    unlock: (unlockKey) => {
      const kept = readKept(path);
      held.key = "sealed" in kept ? opened(kept.sealed, unlockKey) : kept.key;
    },
    lockWith: (unlockKey) => {
      const key = vaultKey();
      const kept = readKept(path);
      if (unlockKey === undefined) {
        if ("sealed" in kept) writeVaultKey(engine, key, undefined);
        delete held.key;
      } else {
        held.key = key;
        if (!("sealed" in kept) || !isOpenedBy(kept.sealed, unlockKey)) writeVaultKey(engine, key, unlockKey);
      }
    },
  };
}

/** Keeps a key for this manager: encrypted where there is an unlock key. */
export function writeVaultKey(engine: Engine, key: Uint8Array, unlockKey: string | undefined): void {
  const text = Buffer.from(key).toString("base64");
  writeKeyFile(
    vaultKeyPath(engine),
    unlockKey === undefined ? text : JSON.stringify({ sealed: sealed(key, unlockKey) }),
  );
}

function readKept(path: string): Kept {
  try {
    const text = readFileSync(path, "utf8").trim();
    return text.startsWith("{") ? (JSON.parse(text) as Kept) : { key: Buffer.from(text, "base64") };
  } catch (error) {
    if (hasCode(error, "ENOENT")) throw noVaultKey(path);
    throw error;
  }
}

function sealed(key: Uint8Array, unlockKey: string): string {
  return makeVault(() => parseUnlockKey(unlockKey)).seal(SEALED_AS, key);
}

function opened(text: string, unlockKey: string): Buffer {
  const key = parseUnlockKey(unlockKey);
  try {
    return makeVault(() => key).open(SEALED_AS, text);
  } catch (error) {
    if (isEstibaError(error, "corrupt")) throw wrongKey();
    throw error;
  }
}

function isOpenedBy(text: string, unlockKey: string): boolean {
  try {
    opened(text, unlockKey);
    return true;
  } catch (error) {
    if (isEstibaError(error, "invalid")) return false;
    throw error;
  }
}

/** The error of a manager whose key is encrypted; Docker's words. */
export function locked(): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.locked",
    what: "Swarm is encrypted and needs to be unlocked before it can be used",
    fix: 'use "estiba swarm unlock" to unlock it; tasks run on meanwhile',
  });
}

function wrongKey(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cluster.wrong_unlock_key",
    what: "swarm could not be unlocked: invalid key provided",
    fix: "another manager that is not locked shows it: estiba swarm unlock-key",
  });
}
