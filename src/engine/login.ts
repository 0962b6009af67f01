import { existsSync } from "node:fs";
import { authFiles, type Credentials, findCredentials } from "../config/auth-file.ts";
import { listLogins, removeLogin, saveLogin } from "../config/auth-store.ts";
import { loadRegistriesConfig, registryOf } from "../config/registries.ts";
import { EstibaError } from "../lib/error.ts";
import { acquireLock } from "../state/lock.ts";
import { openSession, type RegistryOptions } from "./registry-session.ts";

/** Where a login belongs: a registry, or a repository below it. */
export type LoginPlace = { readonly domain: string; readonly path: string };

/** The file that a login is written to, and others that may have it. */
type LoginFiles = { readonly authFile?: string | undefined };

/** `https://reg.example:5000/team` as a place. Throws `invalid` for what names no host. */
export function parseLoginPlace(text: string): LoginPlace {
  const place = text.replace(/^https?:\/\//, "").replace(/\/(?:v[12]\/?)?$/, "");
  const [domain = "", ...path] = place.split("/");
  const host = domain === "index.docker.io" || domain === "registry-1.docker.io" ? "docker.io" : domain;
  if (/^[\w.-]+(:\d+)?$|^\[[0-9a-f:]+\](:\d+)?$/i.test(host) && host !== "")
    return { domain: host, path: path.join("/") };
  throw new EstibaError("invalid", {
    reason: "image.bad_registry",
    what: `"${text}" is no registry`,
    fix: "write HOST or HOST:PORT, such as registry.example:5000",
  });
}

/** Where a login goes when no registry is named: the first of the search registries, else docker.io. */
export function defaultRegistry(): string {
  return loadRegistriesConfig(process.env).searchRegistries[0] ?? "docker.io";
}

/**
 * Tries a login at the registry and keeps it when it is accepted; gives where it was kept: a file (mode 0600) or a credential helper. A
 * registry that asks for none accepts every login. Throws `unauthenticated` and keeps nothing when it is refused, `unavailable`.
 */
export async function logIn(
  place: LoginPlace,
  credentials: Credentials,
  options: RegistryOptions & { readonly signal: AbortSignal },
): Promise<string> {
  await tryLogin(place, credentials, options);
  const file = firstFile(options);
  return await alone(file, async () => await saveLogin(file, keyOf(place), credentials));
}

/** Tries a login at the registry, and keeps nothing. Throws `unauthenticated`, `unavailable`. */
export async function tryLogin(
  place: LoginPlace,
  credentials: Credentials,
  options: RegistryOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const insecure = registryOf(loadRegistriesConfig(process.env), `${place.domain}/${place.path}`)?.insecure ?? false;
  const session = await openSession(
    { domain: place.domain, path: "", insecure },
    { ...options, credentials },
    "log in",
  );
  using _ = await session.request("", { kind: "ping", name: place.domain }, { signal: options.signal });
}

/** Forgets a login in the file it would be written to; false when there was none there. `elsewhere` tells of another file that has one. */
export async function logOut(place: LoginPlace, files: LoginFiles): Promise<{ removed: boolean; elsewhere: boolean }> {
  const file = firstFile(files);
  const removed = existsSync(file) && (await alone(file, async () => await removeLogin(file, keyOf(place))));
  const left = await findCredentials({ ...place, environment: process.env });
  return { removed, elsewhere: files.authFile === undefined && left !== undefined };
}

/** Forgets every login of the file; gives their places. */
export async function logOutOfAll(files: LoginFiles): Promise<string[]> {
  const file = firstFile(files);
  if (!existsSync(file)) return [];
  return await alone(file, async () => {
    const places = await listLogins(file);
    for (const place of places) await removeLogin(file, place);
    return places;
  });
}

// The file is read, changed and written: of two logins at once both are to be in it.
async function alone<T>(file: string, work: () => Promise<T>): Promise<T> {
  using lock = await acquireLock(`${file}.lock`);
  try {
    return await work();
  } finally {
    lock.discard();
  }
}

/** The user name of the login that would be used; undefined when there is none. */
export async function currentLogin(place: LoginPlace, { authFile }: LoginFiles): Promise<Credentials | undefined> {
  return await findCredentials({ ...place, environment: process.env, file: authFile });
}

function firstFile({ authFile }: LoginFiles): string {
  const [path = ""] = authFiles(process.env, authFile);
  return path;
}

function keyOf({ domain, path }: LoginPlace): string {
  return path === "" ? domain : `${domain}/${path}`;
}
