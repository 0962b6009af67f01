import { join } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import { transaction } from "../../state/database.ts";
import { acquireLock } from "../../state/lock.ts";
import { insertSecret, type NamedSecret, secretByName } from "../../state/secrets.ts";
import { removeSecretFile, writeSecretFile } from "../../storage/secret-file.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { dropName } from "./remove.ts";

type NewSecret = {
  readonly name: string;
  readonly data: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  /** What becomes of a secret of that name: an error, this one in its place, or it stays as it is. */
  readonly existing: "refuse" | "replace" | "keep";
};

/** Podman's limit. */
export const MAX_SECRET_BYTES = 512_000;
const NAME = /^[^,/=\0]{1,253}$/;
const ID_DIGITS = 25;

/**
 * Keeps data under a name. Replacing makes a new version: containers that have the old one keep it. Written first, then recorded, under
 * the store's lock: what a kill leaves is a file that nothing names. Throws `conflict` for a name in use, `invalid` for a bad name or data.
 */
export async function createSecret(engine: Engine, wanted: NewSecret): Promise<NamedSecret> {
  const { name, data, labels, existing } = wanted;
  if (!NAME.test(name)) throw badName(name);
  if (data.length === 0 || data.length >= MAX_SECRET_BYTES) throw badSize();
  using _lock = await lockSecrets(engine);
  const old = secretByName(engine.store, name);
  if (old !== undefined && existing === "keep") return old;
  const now = Date.now();
  const id = crypto.getRandomValues(Buffer.alloc(16)).toString("hex").slice(0, ID_DIGITS);
  const secret = { id, name, createdAt: old?.createdAt ?? now, updatedAt: now, labels };
  const { secrets: folder } = engine.paths;
  writeSecretFile(folder, id, data);
  try {
    const freed = transaction(engine.store, () => {
      const dropped = existing === "replace" && old !== undefined ? dropName(engine.store, old.id) : false;
      insertSecret(engine.store, secret);
      return dropped;
    });
    if (freed && old !== undefined) removeSecretFile(folder, old.id);
  } catch (error) {
    removeSecretFile(folder, id);
    throw error;
  }
  emitEvent(engine, { type: "secret", action: "create", id, name, labels });
  return secret;
}

/** Held while a secret is made: a file without a record is then no leftover. */
async function lockSecrets(engine: Engine): Promise<Disposable> {
  return await acquireLock(secretsLock(engine));
}

export function secretsLock(engine: Engine): string {
  return join(engine.paths.locks, "secrets");
}

function badName(name: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "secret.bad_name",
    what: `secret name "${name}" can not include '=', '/', ',', or the NULL ('\\0') and be between 1 and 253 characters: invalid secret name`,
    fix: "choose a name of letters, digits, _ . and -",
  });
}

function badSize(): EstibaError {
  return new EstibaError("invalid", {
    reason: "secret.bad_size",
    what: `secret data must be larger than 0 and less than ${MAX_SECRET_BYTES} bytes`,
  });
}
