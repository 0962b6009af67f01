import { randomBytes } from "node:crypto";
import { EstibaError } from "../../lib/error.ts";

const BYTES = 32;
const FORM = /^SWMKEY-1-(?<key>[A-Za-z0-9+/]{43})$/;

/** A new key that managers' keys are encrypted with, in Swarm's form. */
export function newUnlockKey(): string {
  return `SWMKEY-1-${randomBytes(BYTES).toString("base64").replace(/=+$/, "")}`;
}

/** Throws `invalid` for what is none. */
export function parseUnlockKey(text: string): Buffer {
  const { key } = FORM.exec(text.trim())?.groups ?? {};
  if (key !== undefined) return Buffer.from(key, "base64");
  throw new EstibaError("invalid", {
    reason: "cluster.bad_unlock_key",
    what: "swarm could not be unlocked: invalid key provided: it begins with SWMKEY-1-",
    fix: "another manager that is not locked shows it: estiba swarm unlock-key",
  });
}
