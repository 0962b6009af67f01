import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { isTable, parseTomlFile, readConfigFile } from "./config-file.ts";
import { type ConfigSection, isKnownType, KEYS } from "./containers-keys.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The tables of containers.conf, with the keys that some file sets; checked for the types of keys that are known. */
export type ContainersConf = Readonly<Record<ConfigSection, Readonly<Record<string, unknown>>>>;

const SYSTEM_FOLDERS = ["/usr/share/containers", "/etc/containers"];
const NAME = "containers.conf";
const NAMED = "CONTAINERS_CONF and CONTAINERS_CONF_OVERRIDE must name files that exist";

/**
 * Reads containers.conf as containers.conf(5) has it: /usr/share/containers, /etc/containers and the user's own, each with its folder of
 * drop-ins, a later one over an earlier one key by key; in their place the file of CONTAINERS_CONF, and over all that of
 * CONTAINERS_CONF_OVERRIDE. A list that ends in `{append=true}` adds to the one before. Throws `invalid` with file, line and column.
 */
export function loadContainersConf(environment: Environment): ContainersConf {
  const conf: Record<ConfigSection, Record<string, unknown>> = { containers: {}, engine: {}, network: {} };
  for (const { path, required } of configFiles(environment)) {
    // Asked first: most hosts have few of these files, and an error takes ten times as long.
    const text = required || existsSync(path) ? readConfigFile(path, required ? { required: NAMED } : {}) : undefined;
    if (text !== undefined) merge(conf, parseTomlFile(text, path), path);
  }
  return conf;
}

const read = new WeakMap<Environment, ContainersConf>();

/** {@link loadContainersConf}, once for each environment: of a process, once. */
export function containersConf(environment: Environment): ContainersConf {
  const known = read.get(environment) ?? loadContainersConf(environment);
  read.set(environment, known);
  return known;
}

/** Sets the variables of `engine.env` that are not set. */
export function setEngineVariables({ engine }: ContainersConf, environment: Record<string, string | undefined>): void {
  for (const entry of listOf(engine["env"])) {
    const [name = "", ...value] = entry.split("=");
    if (name !== "") environment[name] ??= value.join("=");
  }
}

/** The texts of a list; none where the key is not set. */
export function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

type ConfigFile = { readonly path: string; readonly required: boolean };

/** The files that count, weakest first; those that must be there are the ones that the environment names. */
export function configFiles(environment: Environment): ConfigFile[] {
  const named = environment["CONTAINERS_CONF"] ?? "";
  const override = environment["CONTAINERS_CONF_OVERRIDE"] ?? "";
  const usual = named === "" ? usualFiles(environment) : [{ path: named, required: true }];
  return override === "" ? usual : [...usual, { path: override, required: true }];
}

function usualFiles({ XDG_CONFIG_HOME: configHome = "", HOME: home = "" }: Environment): ConfigFile[] {
  const own = configHome !== "" ? configHome : home === "" ? undefined : join(home, ".config");
  const folders = [...SYSTEM_FOLDERS, ...(own === undefined ? [] : [join(own, "containers")])];
  return folders
    .flatMap((folder) => [join(folder, NAME), ...dropIns(join(folder, `${NAME}.d`))])
    .map((path) => ({ path, required: false }));
}

function dropIns(folder: string): string[] {
  // Asked first: most hosts have none, and an error takes ten times as long.
  if (!existsSync(folder)) return [];
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(".conf"));
    return names.toSorted().map((name) => join(folder, name));
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EACCES")) return [];
    throw error;
  }
}

function merge(conf: Record<ConfigSection, Record<string, unknown>>, file: Tables, path: string): void {
  for (const section of ["containers", "engine", "network"] as const) {
    const table = file[section];
    if (table === undefined) continue;
    if (!isTable(table)) throw badValue(path, section, table, "a table");
    for (const [key, value] of Object.entries(table)) {
      const [type] = KEYS[section][key] ?? [];
      if (type !== undefined && !isKnownType(type, value))
        throw badValue(placeOfKey([{ path }], `${section}.${key}`) ?? path, `${section}.${key}`, value, type);
      conf[section][key] = merged(conf[section][key], value);
    }
  }
}

function merged(before: unknown, value: unknown): unknown {
  if (isTable(before) && isTable(value)) return { ...before, ...value };
  if (!Array.isArray(value)) return value;
  const marks = value.filter((item) => isTable(item) && typeof item["append"] === "boolean");
  const items: unknown[] = value.filter((item) => !marks.includes(item));
  const appends = marks.some((mark) => (mark as Tables)["append"] === true);
  return appends && Array.isArray(before) ? [...(before as unknown[]), ...items] : items;
}

type Tables = Readonly<Record<string, unknown>>;

/** PATH:LINE:COLUMN of a key such as `containers.tz` in the last of the files that sets it; undefined where none does. */
export function placeOfKey(files: readonly Pick<ConfigFile, "path">[], dotted: string): string | undefined {
  for (const { path } of files.toReversed()) {
    const place = keyPlace(readConfigFile(path, { mayBeForbidden: true }) ?? "", dotted);
    if (place !== undefined) return `${path}:${place}`;
  }
  return undefined;
}

// Bun does not say where a value stands: the line is found by the table it is in, and its key.
function keyPlace(text: string, dotted: string): string | undefined {
  let table = "";
  for (const [index, line] of text.split("\n").entries()) {
    table = /^\s*\[\s*([\w.-]+)\s*\]/.exec(line)?.[1] ?? table;
    const [, indent = "", key] = /^(\s*)"?([\w.-]+)"?\s*=/.exec(line) ?? [];
    if (key !== undefined && [table, key].filter((part) => part !== "").join(".") === dotted)
      return `${index + 1}:${indent.length + 1}`;
  }
  return undefined;
}

function badValue(path: string, key: string, value: unknown, wanted: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "config.bad_value",
    what: `${path}: ${key} is ${JSON.stringify(value)}, not ${wanted}`,
    details: { path, key },
  });
}
