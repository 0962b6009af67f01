import { EstibaError } from "../lib/error.ts";

const DEFAULT_KEYS = "ctrl-p,ctrl-q";

/** `ctrl-p,ctrl-q`, `a`, or empty for none, as bytes. Throws `invalid` for what are no keys. */
export function parseDetachKeys(text: string = DEFAULT_KEYS): number[] {
  if (text === "") return [];
  return text.split(",").map((key) => {
    const control = /^ctrl-([a-zA-Z@[\\\]^_])$/.exec(key)?.[1];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
    if (/^[\x21-\x7e]$/.test(key)) return key.charCodeAt(0);
    throw new EstibaError("invalid", {
      reason: "attach.bad_keys",
      what: `--detach-keys: "${text}" is not a list of keys`,
      fix: "for example ctrl-p,ctrl-q or ctrl-x,d",
    });
  });
}

/** What of some input goes on to the container, and whether the keys were complete: then nothing after them does. */
type Sifted = { readonly passed: Uint8Array; readonly detached: boolean };

/**
 * Looks for the keys in input that comes in pieces of any size. A sequence that was only begun is held back, and belongs to the container
 * as soon as another key follows.
 */
export function detachSieve(keys: readonly number[]): (bytes: Uint8Array) => Sifted {
  const held = { count: 0 };
  return (bytes) => {
    if (keys.length === 0) return { passed: bytes, detached: false };
    const passed: number[] = [];
    for (const byte of bytes) {
      if (byte !== keys[held.count]) {
        passed.push(...keys.slice(0, held.count));
        held.count = 0;
      }
      // The key that broke one sequence off may begin the next.
      if (byte === keys[held.count]) held.count++;
      else passed.push(byte);
      if (held.count === keys.length) return { passed: Uint8Array.from(passed), detached: true };
    }
    return { passed: Uint8Array.from(passed), detached: false };
  };
}
