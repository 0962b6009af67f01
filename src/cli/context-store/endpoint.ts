import { readFileSync } from "node:fs";
import { parseEngineAddress } from "../../client/address.ts";
import { type Context, DEFAULT_CONTEXT, hasContext } from "../../client/contexts.ts";
import { csvFields } from "../../lib/csv-fields.ts";
import { EstibaError } from "../../lib/error.ts";
import { badOption } from "../container/bad-option.ts";

/** What says where a context leads: options of `create` and `update`, as Docker names them. */
export const CONTEXT_OPTIONS = {
  description: { kind: "string", value: "TEXT", help: "What it is, for people" },
  docker: {
    kind: "string",
    value: "host=ADDRESS,...",
    help: "Where the engine is; with ca=, cert= and key= files for TLS, skip-tls-verify=true",
  },
} as const;

type Endpoint = Pick<Context, "host" | "skipTlsVerify" | "tls">;

const FILES = { ca: "ca.pem", cert: "cert.pem", key: "key.pem" } as const;

/** Reads `--docker`. Throws `invalid`, `not_found` for a file. */
export function endpointOf(text: string): Endpoint {
  const fields = new Map<string, string>();
  for (const field of csvFields(text) ?? []) {
    const equals = field.indexOf("=");
    const [key, value] = [field.slice(0, equals), field.slice(equals + 1)];
    if (equals < 1 || !["host", "ca", "cert", "key", "skip-tls-verify"].includes(key))
      throw badOption("--docker", text, "host=ADDRESS,ca=FILE,cert=FILE,key=FILE,skip-tls-verify=true");
    fields.set(key, value);
  }
  const host = fields.get("host");
  if (host === undefined) throw badOption("--docker", text, "complete: host=ADDRESS is missing");
  parseEngineAddress(host);
  const files = Object.entries(FILES).flatMap(([key, file]) => {
    const path = fields.get(key);
    return path === undefined || path === "" ? [] : [[file, readPem(path)] as const];
  });
  const skip = fields.get("skip-tls-verify");
  return { host, skipTlsVerify: skip === "true" || skip === "1", tls: Object.fromEntries(files) };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new EstibaError("not_found", {
      reason: "client.no_certificate",
      what: `cannot read "${path}"`,
      cause: error,
      fix: "name files in PEM form",
    });
  }
}

/** Refuses a name that none may have, or that is taken. Throws `invalid`, `conflict`. */
export function checkNewName(folder: string, name: string): void {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.+-]+$/.test(name))
    throw new EstibaError("invalid", {
      reason: "cli.context_name",
      what: `"${name}" cannot be the name of a context: it has two or more of letters, digits and _ . + -, a letter or digit first`,
    });
  if (name !== DEFAULT_CONTEXT && !hasContext(folder, name)) return;
  throw new EstibaError("conflict", {
    reason: "cli.context_taken",
    what: `context "${name}" already exists`,
    fix: "choose another name, or change it: estiba context update",
  });
}

/** The default context is in no file. Throws `invalid`. */
export function refuseDefault(name: string, verb: string): void {
  if (name !== DEFAULT_CONTEXT) return;
  throw new EstibaError("invalid", {
    reason: "cli.default_context",
    what: `the default context is this machine, and cannot be ${verb}`,
  });
}
