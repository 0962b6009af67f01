import { join } from "node:path";
import { hostUid } from "../host/own-ids.ts";
import { EstibaError } from "../lib/error.ts";
import { isTable, parseJsonFile, readConfigFile } from "./config-file.ts";

/** A user name and password for a registry. */
export type Credentials = { username: string; password: string };

const NAMED = "name an auth file that exists, or make it: estiba login --authfile";

type Environment = Readonly<Record<string, string | undefined>>;

export type AuthFileQuery = {
  /** The registry's host and port, as in the reference. */
  readonly domain: string;
  /** The path in the registry: entries may be narrower than the whole registry. */
  readonly path: string;
  readonly environment: Environment;
  /** `--authfile`: the only file to read; it must exist. */
  readonly file?: string | undefined;
};

/** An auth file (containers-auth.json(5), Docker's config.json): everything else in it is kept as it is. */
export type AuthFile = {
  readonly auths: Readonly<Record<string, unknown>>;
  /** Registries and the credential helper of each. */
  readonly credHelpers: Readonly<Record<string, string>>;
  /** The helper of all others. */
  readonly credsStore: string | undefined;
  readonly whole: Readonly<Record<string, unknown>>;
};

/**
 * Finds credentials in the auth files users already have (containers-auth.json(5)): `--authfile`, else REGISTRY_AUTH_FILE, else
 * XDG_RUNTIME_DIR/containers/auth.json (the superuser's in /run/containers/UID), ~/.config/containers/auth.json and ~/.docker/config.json.
 * In each file the registry's credential helper is asked, then the longest matching entry counts, then the file's general helper. Throws
 * `invalid` for a broken file, `unavailable` for a helper that is missing or fails.
 */
export async function findCredentials(query: AuthFileQuery): Promise<Credentials | undefined> {
  for (const path of authFiles(query.environment, query.file)) {
    const file = readAuthFile(path, path === query.file);
    if (file === undefined) continue;
    const found = await lookUp(file, query, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The auth files in the order they are read; the first is where a login is written. */
export function authFiles(environment: Environment, file?: string): string[] {
  if (file !== undefined) return [file];
  const named = environment["REGISTRY_AUTH_FILE"];
  if (named !== undefined && named !== "") return [named];
  const runtime = environment["XDG_RUNTIME_DIR"];
  const home = environment["HOME"];
  const docker = environment["DOCKER_CONFIG"];
  const uid = hostUid();
  return [
    runtime === undefined ? `/run/containers/${uid}/auth.json` : join(runtime, "containers/auth.json"),
    ...(home === undefined ? [] : [join(home, ".config/containers/auth.json")]),
    ...(docker !== undefined && docker !== ""
      ? [join(docker, "config.json")]
      : home === undefined
        ? []
        : [join(home, ".docker/config.json")]),
  ];
}

/** Reads an auth file; undefined where there is none and it is not required. Throws `invalid`. */
export function readAuthFile(path: string, required = false): AuthFile | undefined {
  const text = readConfigFile(path, required ? { required: NAMED } : { mayBeForbidden: true });
  if (text === undefined) return undefined;
  const whole = text.trim() === "" ? {} : parseJsonFile(text, path);
  if (!isTable(whole)) throw badAuthFile(path, "it is not a JSON object");
  const auths = tableOf(whole["auths"], "auths", path);
  const credHelpers = tableOf(whole["credHelpers"], "credHelpers", path) as Record<string, string>;
  const store = whole["credsStore"];
  return { auths, credHelpers, credsStore: typeof store === "string" && store !== "" ? store : undefined, whole };
}

/** The entry of a login in a file's `auths`. */
export function encodeAuth({ username, password }: Credentials): { auth: string } {
  return { auth: Buffer.from(`${username}:${password}`).toString("base64") };
}

/** Docker writes https://index.docker.io/v1/ for docker.io, and some tools keep a scheme or an API version. */
export function normalKey(key: string): string {
  const place = key.replace(/^https?:\/\//, "").replace(/\/(?:v[12]\/?)?$/, "");
  return place === "index.docker.io" || place === "registry-1.docker.io" ? "docker.io" : place;
}

async function lookUp(
  file: AuthFile,
  { domain, path }: AuthFileQuery,
  where: string,
): Promise<Credentials | undefined> {
  const helper = Object.entries(file.credHelpers).find(([key]) => normalKey(key) === domain)?.[1];
  if (helper !== undefined) return await askHelper(helper, domain);
  const byPlace = new Map(Object.entries(file.auths).map(([key, value]) => [normalKey(key), value]));
  const components = [domain, ...path.split("/")];
  for (let length = components.length; length > 0; length--) {
    const found = byPlace.get(components.slice(0, length).join("/"));
    const credentials = found === undefined ? undefined : decodeAuth(found, where);
    if (credentials !== undefined) return credentials;
  }
  return file.credsStore === undefined ? undefined : await askHelper(file.credsStore, domain);
}

async function askHelper(name: string, domain: string): Promise<Credentials | undefined> {
  return await (await import("./credential-helper.ts")).askHelper(name, domain);
}

function tableOf(value: unknown, name: string, path: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badAuthFile(path, `${name} is not an object`);
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

function badAuthFile(path: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "config.bad_auth_file",
    what: `cannot use the auth file ${path}: ${why}`,
  });
}
