import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import { above, type Variables, variablesOf } from "../env/variables.ts";
import type { LoadOptions } from "../options.ts";
import { isRemote, readEnvFile } from "./read.ts";

/** What a project is made from, before anything of it is read. */
export type Found = {
  /** Absolute; `-` is stdin. */
  readonly files: readonly string[];
  readonly directory: string;
  readonly variables: Variables;
  readonly environmentFiles: readonly string[];
};

/** What a Compose file is called where nobody says how. */
export const FILE_NAMES: readonly string[] = [
  "compose.yaml",
  "compose.yml",
  "docker-compose.yml",
  "docker-compose.yaml",
];
const OVERRIDES = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

type Notes = { readonly warn: (text: string) => void; readonly unset: (name: string) => void };

/**
 * The files, the folder and the variables of a project. Files: `-f`, else COMPOSE_FILE (which may stand in `.env`), else those with a
 * usual name in the folder or above it. Variables: the process's, above those of `--env-file` or `.env`.
 */
export async function findProject(options: LoadOptions, notes: Notes): Promise<Found> {
  const own = variablesOf(options.environment, "environment");
  const explicit = explicitFolder(options);
  const envFiles = chosenEnvFiles(options, own);
  const read: string[] = [];
  const load = async (path: string, outer: Variables, needed: boolean): Promise<Variables> => {
    const found = await readEnvFile(path, outer, { needed, unset: notes.unset, cwd: options.cwd });
    if (found === undefined || read.includes(path)) return outer;
    read.push(path);
    return above(outer, found);
  };
  let variables: Variables = own;
  const automatic = envFiles.length === 0 && own.get("COMPOSE_DISABLE_ENV_FILE")?.value !== "1";
  // Of several files a later one wins, so that it has to be read first.
  for (const file of envFiles.toReversed()) variables = await load(resolve(options.cwd, file), variables, true);
  if (automatic) variables = await load(join(explicit ?? options.cwd, ".env"), variables, false);
  const named = projectFiles(options, variables, explicit ?? options.cwd, notes.warn);
  const files = await Promise.all(named.map(async (file) => (isRemote(file) ? await fetched(file, options) : file)));
  const first = files.find((file) => file !== "-");
  const directory = explicit ?? (first === undefined ? options.cwd : dirname(first));
  if (automatic && explicit === undefined && directory !== options.cwd) {
    variables = await load(join(directory, ".env"), variables, false);
  }
  return { files, directory, variables, environmentFiles: read.toReversed() };
}

function explicitFolder({ projectDirectory, files, cwd }: LoadOptions): string | undefined {
  if (projectDirectory !== undefined) return resolve(cwd, projectDirectory);
  const first = files.find((file) => file !== "-");
  return first === undefined || isRemote(first) ? undefined : dirname(resolve(cwd, first));
}

async function fetched(address: string, { fetchRemote }: LoadOptions): Promise<string> {
  if (fetchRemote !== undefined) return await fetchRemote(address);
  throw new EstibaError("unsupported", {
    reason: "compose.remote_file",
    what: `"${address}": only files of this machine are read`,
  });
}

function chosenEnvFiles({ envFiles }: LoadOptions, own: Variables): readonly string[] {
  if (envFiles.length > 0) return envFiles;
  const listed = own.get("COMPOSE_ENV_FILES")?.value ?? "";
  return listed === "" ? [] : listed.split(",");
}

function projectFiles(
  { files, cwd }: LoadOptions,
  variables: Variables,
  folder: string,
  warn: Notes["warn"],
): readonly string[] {
  const absolute = (file: string): string => (file === "-" || isRemote(file) ? file : resolve(cwd, file));
  if (files.length > 0) return files.map(absolute);
  const listed = variables.get("COMPOSE_FILE")?.value ?? "";
  const separator = variables.get("COMPOSE_PATH_SEPARATOR")?.value ?? ":";
  if (listed !== "") return listed.split(separator).map(absolute);
  return discover(folder, warn);
}

/** The file with a usual name in the folder, or in the nearest one above it that has one; with the override beside it. */
function discover(folder: string, warn: Notes["warn"]): readonly string[] {
  for (let at = folder; ; at = dirname(at)) {
    const present = (names: readonly string[]): string[] =>
      names.map((name) => join(at, name)).filter((path) => existsSync(path));
    const [base, ...others] = present(FILE_NAMES);
    if (base !== undefined) {
      const [override, ...more] = present(OVERRIDES);
      if (others.length > 0) warn(severalFiles(base, others));
      if (override !== undefined && more.length > 0) warn(severalFiles(override, more));
      return override === undefined ? [base] : [base, override];
    }
    if (at === dirname(at)) break;
  }
  throw new EstibaError("not_found", {
    reason: "compose.no_file",
    what: `no configuration file provided: not found in ${folder} or above it`,
    fix: `write ${FILE_NAMES[0]}, or name a file with --file`,
  });
}

function severalFiles(used: string, others: readonly string[]): string {
  const names = [used, ...others].map((path) => basename(path)).join(", ");
  return `found multiple config files with supported names: ${names}; using ${used}`;
}
