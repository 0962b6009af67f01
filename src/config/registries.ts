import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";

/** What registries.conf says that Estiba acts on (containers-registries.conf.d(5), version 2). */
export type RegistriesConfig = {
  /** Tried in this order for short names, before docker.io. */
  readonly searchRegistries: readonly string[];
  /** `prefix` or `location` values whose registry may be spoken to over plain HTTP or with any certificate. */
  readonly insecure: readonly string[];
  /** `prefix` or `location` values that must not be contacted. */
  readonly blocked: readonly string[];
};

const SYSTEM_FILE = "/etc/containers/registries.conf";

/**
 * Reads the user's registries.conf where there is one, else the system's (CONTAINERS_REGISTRIES_CONF names another); without any there are
 * no search registries. Mirrors and drop-in folders are not read. Throws `invalid` for a file that is not TOML.
 */
export function loadRegistriesConfig(environment: Readonly<Record<string, string | undefined>>): RegistriesConfig {
  const named = environment["CONTAINERS_REGISTRIES_CONF"];
  const home = environment["HOME"];
  const candidates = named !== undefined && named !== "" ? [named] : [];
  if (candidates.length === 0 && home !== undefined) candidates.push(join(home, ".config/containers/registries.conf"));
  if (named === undefined || named === "") candidates.push(SYSTEM_FILE);
  for (const path of candidates) {
    const text = readIfPresent(path);
    if (text !== undefined) return parseRegistriesConfig(text, path);
  }
  return { searchRegistries: [], insecure: [], blocked: [] };
}

/** Parses the text of a registries.conf; `path` is for the error. */
export function parseRegistriesConfig(text: string, path: string): RegistriesConfig {
  const parsed = parseToml(text, path);
  const search = parsed["unqualified-search-registries"] ?? [];
  if (!isStrings(search)) throw badFile(path, "unqualified-search-registries is not a list of strings");
  const registries = parsed["registry"] ?? [];
  if (!Array.isArray(registries)) throw badFile(path, "registry is not a list of tables");
  const marked = (flag: "insecure" | "blocked"): string[] =>
    registries.flatMap((entry: Record<string, unknown>) => {
      const place = entry["prefix"] ?? entry["location"];
      return entry[flag] === true && typeof place === "string" ? [place] : [];
    });
  return { searchRegistries: search, insecure: marked("insecure"), blocked: marked("blocked") };
}

/** True when a prefix from registries.conf (`host[:port][/path]` or `*.host`) covers the repository `host[:port]/path`. */
export function coversRepository(prefix: string, repository: string): boolean {
  if (prefix.startsWith("*.")) return (repository.split("/")[0] ?? "").replace(/:\d+$/, "").endsWith(prefix.slice(1));
  return repository === prefix || (repository.startsWith(prefix) && /^[/:@]/.test(repository.slice(prefix.length)));
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw new EstibaError("invalid", { reason: "config.unreadable", what: `cannot read ${path}`, cause: error });
  }
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return Bun.TOML.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw badFile(path, "it is not TOML", error);
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function badFile(path: string, why: string, cause?: unknown): EstibaError {
  return new EstibaError("invalid", { reason: "config.bad_registries", what: `cannot use ${path}: ${why}`, cause });
}
