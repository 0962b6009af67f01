import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../lib/error.ts";

/** A user name and password for a registry. */
export type Credentials = { username: string; password: string };

type AuthFileQuery = {
  /** The registry's host and port, as in the reference. */
  domain: string;
  /** The path in the registry: entries may be narrower than the whole registry. */
  path: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** `--authfile`: the only file to read; it must exist. */
  file?: string | undefined;
};

/**
 * Finds credentials in the auth files users already have (containers-auth.json(5)): `--authfile`, else REGISTRY_AUTH_FILE, else
 * XDG_RUNTIME_DIR/containers/auth.json (the superuser's in /run/containers/UID), ~/.config/containers/auth.json and ~/.docker/config.json.
 * The longest matching entry of the first file that has one counts. Credential helpers are not asked. Throws `invalid` for a broken file.
 */
export function findCredentials(query: AuthFileQuery): Credentials | undefined {
  for (const path of authFiles(query)) {
    const text = readIfPresent(path, path === query.file);
    if (text === undefined) continue;
    const found = lookUp(parseAuths(text, path), query);
    if (found !== undefined) return decodeAuth(found, path);
  }
  return undefined;
}

function authFiles({ environment, file }: AuthFileQuery): string[] {
  if (file !== undefined) return [file];
  const named = environment["REGISTRY_AUTH_FILE"];
  if (named !== undefined && named !== "") return [named];
  const runtime = environment["XDG_RUNTIME_DIR"];
  const home = environment["HOME"];
  const uid = process.getuid?.() ?? 0;
  return [
    runtime === undefined ? `/run/containers/${uid}/auth.json` : join(runtime, "containers/auth.json"),
    ...(home === undefined ? [] : [join(home, ".config/containers/auth.json"), join(home, ".docker/config.json")]),
  ];
}

function readIfPresent(path: string, required: boolean): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (!required && (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES")) return undefined;
    throw new EstibaError("invalid", {
      reason: "config.unreadable",
      what: `cannot read the auth file ${path}`,
      cause: error,
    });
  }
}

function parseAuths(text: string, path: string): Record<string, unknown> {
  try {
    const parsed = JSON.parse(text) as { auths?: unknown } | null;
    const auths = parsed?.auths ?? {};
    if (typeof auths === "object") return auths as Record<string, unknown>;
  } catch (error) {
    throw badAuthFile(path, "it is not JSON", error);
  }
  throw badAuthFile(path, "auths is not an object");
}

function lookUp(auths: Record<string, unknown>, { domain, path }: AuthFileQuery): unknown {
  const byPlace = new Map(Object.entries(auths).map(([key, value]) => [normalKey(key), value]));
  const components = [domain, ...path.split("/")];
  for (let length = components.length; length > 0; length--) {
    const found = byPlace.get(components.slice(0, length).join("/"));
    if (found !== undefined) return found;
  }
  return undefined;
}

// Docker writes https://index.docker.io/v1/ for docker.io, and some tools keep a scheme or an API version.
function normalKey(key: string): string {
  const place = key.replace(/^https?:\/\//, "").replace(/\/(?:v[12]\/?)?$/, "");
  return place === "index.docker.io" || place === "registry-1.docker.io" ? "docker.io" : place;
}

function decodeAuth(entry: unknown, path: string): Credentials | undefined {
  const { auth, username, password } = (entry ?? {}) as Record<string, unknown>;
  if (typeof username === "string" && typeof password === "string") return { username, password };
  // An empty entry only says that a credential helper has it.
  if (auth === undefined || auth === "") return undefined;
  const text = typeof auth === "string" ? Buffer.from(auth, "base64").toString("utf8") : "";
  const colon = text.indexOf(":");
  if (colon < 0) throw badAuthFile(path, "an auth entry is not base64 of user:password");
  return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, "") };
}

function badAuthFile(path: string, why: string, cause?: unknown): EstibaError {
  return new EstibaError("invalid", {
    reason: "config.bad_auth_file",
    what: `cannot use the auth file ${path}: ${why}`,
    cause,
  });
}
