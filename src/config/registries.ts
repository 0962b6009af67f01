import { readdirSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { isTable, parseTomlFile, readConfigFile } from "./config-file.ts";

/** Another place that has the same repositories. */
export type Mirror = {
  /** `host[:port][/path]`. */
  readonly location: string;
  readonly insecure: boolean;
  /** Which names it is asked for. */
  readonly serves: "all" | "digests" | "tags";
};

/** One `[[registry]]` of registries.conf. */
export type Registry = {
  /** What it speaks of: `host[:port][/path]` or `*.host`. */
  readonly prefix: string;
  /** What stands in the prefix's place when the registry is asked. */
  readonly location: string;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly Mirror[];
};

/** What registries.conf says (containers-registries.conf(5), version 2; containers-registries.conf.d(5)). */
export type RegistriesConfig = {
  /** Tried in this order for short names, before docker.io. */
  readonly searchRegistries: readonly string[];
  /** Short names and the repository each stands for. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly registries: readonly Registry[];
};

/** Where a repository is asked for: a mirror, or the registry itself. */
export type Place = { readonly domain: string; readonly path: string; readonly insecure: boolean };

type Environment = Readonly<Record<string, string | undefined>>;

const SYSTEM_FILE = "/etc/containers/registries.conf";
const NOTHING: RegistriesConfig = { searchRegistries: [], aliases: {}, registries: [] };

/**
 * Reads the user's registries.conf where there is one, else the system's (CONTAINERS_REGISTRIES_CONF names another), then the drop-ins
 * of the system and of the user in the order of their names; without any there are no search registries. Throws `invalid` for a file
 * that is not of its form.
 */
export function loadRegistriesConfig(environment: Environment): RegistriesConfig {
  const named = environment["CONTAINERS_REGISTRIES_CONF"];
  const home = environment["HOME"];
  const user = home === undefined ? [] : [join(home, ".config/containers/registries.conf")];
  const candidates = named === undefined || named === "" ? [...user, SYSTEM_FILE] : [named];
  const main = candidates
    .map((path) => [path, readConfigFile(path)] as const)
    .find((entry): entry is [string, string] => entry[1] !== undefined);
  const folders = named === undefined || named === "" ? [`${SYSTEM_FILE}.d`, ...user.map((path) => `${path}.d`)] : [];
  const files = [...(main === undefined ? [] : [main]), ...folders.flatMap(readDropIns)];
  return files.reduce((config, [path, text]) => merge(config, parseRegistriesConfig(text, path)), NOTHING);
}

/** Parses the text of a registries.conf; `path` is for the error. */
export function parseRegistriesConfig(text: string, path: string): RegistriesConfig {
  const parsed = parseTomlFile(text, path);
  const search = parsed["unqualified-search-registries"] ?? [];
  if (!isStrings(search)) throw badFile(path, "unqualified-search-registries is not a list of strings");
  const registries = parsed["registry"] ?? [];
  if (!Array.isArray(registries)) throw badFile(path, "registry is not a list of tables");
  const aliases = parsed["aliases"] ?? {};
  if (!isTable(aliases) || !isStrings(Object.values(aliases)))
    throw badFile(path, "aliases is not a table of names and repositories");
  return {
    searchRegistries: search,
    aliases: aliases as Record<string, string>,
    registries: registries.map((entry) => parseRegistry(entry, path)),
  };
}

/** The `[[registry]]` that speaks of the repository `host[:port]/path`: the one with the longest prefix. */
export function registryOf(config: RegistriesConfig, repository: string): Registry | undefined {
  const covering = config.registries.filter(({ prefix }) => coversRepository(prefix, repository));
  return covering.toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}

/** Where to ask for a repository, best first: its mirrors, then itself. `by` says how the image is named. */
export function placesOf(config: RegistriesConfig, repository: string, by: "digest" | "tag"): Place[] {
  const registry = registryOf(config, repository);
  if (registry === undefined) return [placeOf(repository, false)];
  const mirrors = registry.mirrors.filter(({ serves }) => serves === "all" || serves === `${by}s`);
  return [...mirrors, registry].map(({ location, insecure }) =>
    placeOf(relocate(repository, registry.prefix, location), insecure),
  );
}

/** True when a prefix from registries.conf (`host[:port][/path]` or `*.host`) covers the repository `host[:port]/path`. */
export function coversRepository(prefix: string, repository: string): boolean {
  if (prefix.startsWith("*.")) return (repository.split("/")[0] ?? "").replace(/:\d+$/, "").endsWith(prefix.slice(1));
  return repository === prefix || (repository.startsWith(prefix) && /^[/:@]/.test(repository.slice(prefix.length)));
}

function relocate(repository: string, prefix: string, location: string): string {
  if (location === "" || location === prefix) return repository;
  const rest = prefix.startsWith("*.") ? repository.slice(repository.indexOf("/")) : repository.slice(prefix.length);
  return `${location}${rest}`;
}

function placeOf(repository: string, insecure: boolean): Place {
  const slash = repository.indexOf("/");
  return { domain: repository.slice(0, slash), path: repository.slice(slash + 1), insecure };
}

function parseRegistry(value: unknown, path: string): Registry {
  if (!isTable(value)) throw badFile(path, "registry is not a list of tables");
  const location = textOf(value["location"]);
  const prefix = textOf(value["prefix"]) || location;
  if (prefix === "") throw badFile(path, "a registry has neither prefix nor location");
  const mirrors = value["mirror"] ?? [];
  if (!Array.isArray(mirrors)) throw badFile(path, "mirror is not a list of tables");
  const onlyDigests = value["mirror-by-digest-only"] === true;
  return {
    prefix,
    location,
    insecure: value["insecure"] === true,
    blocked: value["blocked"] === true,
    mirrors: mirrors.map((mirror) => parseMirror(mirror, onlyDigests, path)),
  };
}

const SERVES: Readonly<Record<string, Mirror["serves"]>> = {
  all: "all",
  "digest-only": "digests",
  "tag-only": "tags",
};

function parseMirror(value: unknown, onlyDigests: boolean, path: string): Mirror {
  if (!isTable(value)) throw badFile(path, "mirror is not a list of tables");
  const location = textOf(value["location"]);
  if (location === "") throw badFile(path, "a mirror has no location");
  const serves = SERVES[textOf(value["pull-from-mirror"]) || (onlyDigests ? "digest-only" : "all")];
  if (serves === undefined)
    throw badFile(path, "pull-from-mirror of a mirror is not one of all, digest-only, tag-only");
  return { location, insecure: value["insecure"] === true, serves };
}

// A later file replaces a registry of the same prefix whole, and an alias of the same name.
function merge(config: RegistriesConfig, later: RegistriesConfig): RegistriesConfig {
  const replaced = new Set(later.registries.map(({ prefix }) => prefix));
  return {
    searchRegistries: later.searchRegistries.length > 0 ? later.searchRegistries : config.searchRegistries,
    aliases: { ...config.aliases, ...later.aliases },
    registries: [...config.registries.filter(({ prefix }) => !replaced.has(prefix)), ...later.registries],
  };
}

function readDropIns(folder: string): [path: string, text: string][] {
  return namesIn(folder)
    .filter((name) => name.endsWith(".conf"))
    .toSorted()
    .map((name) => join(folder, name))
    .flatMap((path): [string, string][] => {
      const text = readConfigFile(path);
      return text === undefined ? [] : [[path, text]];
    });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
    throw error;
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function badFile(path: string, why: string): EstibaError {
  return new EstibaError("invalid", { reason: "config.bad_registries", what: `cannot use ${path}: ${why}` });
}
