import { readFileSync, statSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";

/** Where a secret comes from; it is read when a step asks for it. */
export type SecretSource = { readonly file: string } | { readonly variable: string };

/** Secrets and agents' sockets that steps may ask for, by id. */
export type BuildSecrets = {
  readonly secrets: ReadonlyMap<string, SecretSource>;
  readonly sockets: ReadonlyMap<string, string>;
};

const MAX_BYTES = 512 * 1024;

/** The bytes of a secret; undefined where nothing was given for the id, or its variable is not set. Throws `invalid`, `not_found`. */
export function readSecret({ secrets }: BuildSecrets, id: string): Uint8Array | undefined {
  const source = secrets.get(id);
  if (source === undefined) return undefined;
  if ("variable" in source) {
    const value = process.env[source.variable];
    return value === undefined ? undefined : Buffer.from(value, "utf8");
  }
  try {
    if (statSync(source.file).size > MAX_BYTES) throw tooLarge(id);
    return readFileSync(source.file);
  } catch (error) {
    if (!hasCode(error, "ENOENT", "EACCES", "EISDIR", "ENOTDIR")) throw error;
    throw new EstibaError("not_found", {
      reason: "build.no_secret",
      what: `cannot read the secret "${id}" from ${source.file}`,
      cause: error,
      fix: "name a file that is there: --secret id=ID,src=FILE",
    });
  }
}

/** The error for a secret or a socket that a step must have. */
export function missingSecret(kind: "secret" | "ssh", id: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "build.no_secret",
    what: `the ${kind} "${id}" is required, and was not given`,
    fix: kind === "secret" ? `give it: --secret id=${id},src=FILE` : `give it: --ssh ${id}=SOCKET`,
  });
}

function tooLarge(id: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.no_secret",
    what: `the secret "${id}" has more than ${MAX_BYTES} bytes`,
  });
}
