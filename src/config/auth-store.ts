import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { type Credentials, encodeAuth, normalKey, readAuthFile } from "./auth-file.ts";
import { eraseInHelper, listInHelper, storeInHelper } from "./credential-helper.ts";

/**
 * Keeps a login: by the credential helper that the file names for this registry, or in the file itself (mode 0600). `place` is a registry
 * or a repository below one. Everything else in the file stays. Gives where it was kept.
 */
export async function saveLogin(path: string, place: string, credentials: Credentials): Promise<string> {
  const file = readAuthFile(path);
  const helper = helperFor(path, place);
  if (helper !== undefined) {
    await storeInHelper(helper, place, credentials);
    return `docker-credential-${helper}`;
  }
  const others = Object.entries(file?.auths ?? {}).filter(([key]) => normalKey(key) !== place);
  const auths = { ...Object.fromEntries(others), [place]: encodeAuth(credentials) };
  writeWhole(path, { ...file?.whole, auths });
  return path;
}

/** Takes a login away; false when there was none. */
export async function removeLogin(path: string, place: string): Promise<boolean> {
  const file = readAuthFile(path);
  const helper = helperFor(path, place);
  const erased = helper !== undefined && (await eraseInHelper(helper, place));
  const entries = Object.entries(file?.auths ?? {});
  const kept = entries.filter(([key]) => normalKey(key) !== place);
  if (kept.length !== entries.length) writeWhole(path, { ...file?.whole, auths: Object.fromEntries(kept) });
  return erased || kept.length !== entries.length;
}

/** The registries and repositories that a file, or the helpers it names, have a login for. */
export async function listLogins(path: string): Promise<string[]> {
  const file = readAuthFile(path);
  if (file === undefined) return [];
  const inHelper = file.credsStore === undefined ? [] : await listInHelper(file.credsStore);
  const places = [...Object.keys(file.auths), ...Object.keys(file.credHelpers), ...inHelper].map(normalKey);
  return [...new Set(places)];
}

function helperFor(path: string, place: string): string | undefined {
  const file = readAuthFile(path);
  const domain = place.split("/")[0] ?? place;
  const named = Object.entries(file?.credHelpers ?? {}).find(([key]) => normalKey(key) === domain)?.[1];
  return named ?? file?.credsStore;
}

/** Changes what stands in an auth file beside its logins, such as Docker's current context. */
export function changeAuthFile(
  path: string,
  change: (whole: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
): void {
  writeWhole(path, change(readAuthFile(path)?.whole ?? {}));
}

// Under another name first: a killed command leaves the old file whole.
function writeWhole(path: string, content: object): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.tmp`;
  const fd = openSync(temporary, "wx", 0o600);
  try {
    writeSync(fd, `${JSON.stringify(content, null, "\t")}\n`);
    fsyncSync(fd);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}
