import { EstibaError } from "../lib/error.ts";
import type { Node } from "../lib/yaml/node.ts";
import { readYaml } from "../lib/yaml/read.ts";
import { checkPorts } from "./consistency/between.ts";
import { checkConsistency as checkProject } from "./consistency/check.ts";
import { checkSchedules } from "./consistency/schedules.ts";
import { at, mapServices, mapValues, pairs } from "./edit.ts";
import type { Variables } from "./env/variables.ts";
import { type Found, findProject } from "./files/find.ts";
import { projectName } from "./files/name.ts";
import { readSource } from "./files/read.ts";
import { type VariableUse, variablesIn } from "./interpolate/uses.ts";
import { withoutTags } from "./merge.ts";
import type { LoadOptions } from "./options.ts";
import { plainByTable, sourcesOf } from "./plain.ts";
import type { ProjectPods } from "./plan/pods.ts";
import type { Project } from "./project.ts";
import { PROJECT } from "./schema/project-table.ts";
import type { Sources } from "./sources.ts";
import { addDefaults, checkRequired } from "./stages/complete.ts";
import { fillVariables, readServiceFiles } from "./stages/environment.ts";
import { type LayerContext, readLayers } from "./stages/layer.ts";
import { normalize } from "./stages/normalize.ts";
import { podsIn } from "./stages/pods.ts";
import { type Enabled, enableProfiles, pruneResources, selectServices } from "./stages/select.ts";

export type Loaded = {
  readonly project: Project;
  /** Absolute. */
  readonly projectDirectory: string;
  /** The files the project was made from, absolute, `-` for stdin; without included ones. */
  readonly files: readonly string[];
  /** The env files whose variables are in `environment`, absolute. */
  readonly environmentFiles: readonly string[];
  /** What `${...}` in the files saw: the process's variables above those of env files. Secrets and configs with `environment` read from it. */
  readonly environment: Readonly<Record<string, string>>;
  /** What gave each of them its value: `.env:3`, or `environment`. */
  readonly environmentSources: Readonly<Record<string, string>>;
  /** Every service of the files, also those that profiles or the selection left out: containers of these are no orphans. */
  readonly declaredServices: readonly string[];
  /** Services that are one pod, among all that are enabled. */
  readonly pods: ProjectPods;
  /** Those of them that no enabled profile has. */
  readonly disabledServices: readonly string[];
  /** One sentence each, for stderr. */
  readonly warnings: readonly string[];
  /** Where each value came from. */
  readonly sources: Sources;
};

/**
 * The project of some Compose files in canonical form. Reads files, changes nothing.
 *
 * Throws an EstibaError with a reason `compose.*` or `yaml.*`; its message begins with file:line:column and ends with the line and a caret,
 * its `details` have `file`, `line`, `column`. `not_found` with reason `compose.no_file` means that there is no file at all, with
 * `compose.unknown_service` that no service has a name of `services`.
 */
export async function loadProject(options: LoadOptions): Promise<Loaded> {
  const notes = collectNotes();
  const found = await findProject(options, notes);
  const documents = await readDocuments(found.files, options);
  const name = projectName({
    projectName: options.projectName,
    ...found,
    documents: documents.map(([document]) => document),
  });
  const variables = new Map(found.variables).set("COMPOSE_PROJECT_NAME", { value: name, from: "project name" });
  const context = { ...found, variables, name, notes, options };
  const merged = withoutTags(await readLayers(documents, layerContext(context)));
  const complete = addDefaults(
    withoutObsolete(merged, notes.warn),
    options.resolvePaths === false ? "." : found.directory,
  );
  checkRequired(complete, PROJECT, undefined);
  const { model, disabled, declared, pods } = finishModel(complete, context);
  if (options.checkConsistency !== false) await checkSchedules(at(model, "services"));
  const ready = await withServiceFiles(model, context);
  return {
    project: toProject(ready, name),
    projectDirectory: found.directory,
    files: found.files,
    environmentFiles: found.environmentFiles,
    environment: Object.fromEntries([...variables].map(([key, { value }]) => [key, value])),
    environmentSources: Object.fromEntries([...variables].map(([key, { from }]) => [key, from])),
    declaredServices: declared,
    pods,
    disabledServices: [...disabled.keys()].sort(),
    warnings: notes.warnings,
    sources: sourcesOf(ready),
  };
}

/** Every variable that the project's own files name, without filling anything in. */
export async function projectVariables(options: LoadOptions): Promise<VariableUse[]> {
  const found = await findProject(options, collectNotes());
  return variablesIn((await readDocuments(found.files, options)).map(([document]) => document));
}

type Context = Found & {
  readonly name: string;
  readonly notes: Notes;
  readonly options: LoadOptions;
};

type Notes = {
  readonly warnings: string[];
  readonly warn: (text: string) => void;
  readonly unset: (name: string) => void;
};

function collectNotes(): Notes {
  const warnings: string[] = [];
  const warn = (text: string): void => {
    if (!warnings.includes(text)) warnings.push(text);
  };
  const unset = (name: string): void => warn(`The "${name}" variable is not set. Defaulting to a blank string.`);
  return { warnings, warn, unset };
}

async function readDocuments(files: readonly string[], options: LoadOptions): Promise<(readonly [Node, string])[]> {
  const documents: (readonly [Node, string])[] = [];
  for (const file of files) {
    const stdin = file === "-" ? { name: "stdin", text: (await options.readStdin?.()) ?? "" } : undefined;
    const source = stdin ?? (await readSource(file, options.cwd));
    if (source === undefined) {
      throw new EstibaError("not_found", {
        reason: "compose.no_file",
        what: `open ${file}: no such file or directory`,
      });
    }
    const read = readYaml(source);
    const empty = read.every((document) => document.kind === "scalar" && document.value === null);
    if (empty)
      throw new EstibaError("invalid", { reason: "compose.empty_file", what: `${source.name}: the file is empty` });
    for (const document of read) documents.push([document, file]);
  }
  return documents;
}

function layerContext({ directory, variables, notes, options }: Context): LayerContext {
  return {
    cwd: options.cwd,
    projectDirectory: directory,
    directory,
    variables,
    unset: notes.unset,
    warn: notes.warn,
    interpolate: options.interpolate ?? true,
    resolvePaths: options.resolvePaths ?? true,
    fetchRemote: options.fetchRemote,
    chain: [],
  };
}

function withoutObsolete(model: Node, warn: (text: string) => void): Node {
  const version = at(model, "version");
  if (version === undefined || model.kind !== "dict") return model;
  warn(
    `${version.origin.source.name}: the attribute \`version\` is obsolete, it will be ignored, please remove it to avoid potential confusion`,
  );
  return mapValues(model, (value, key) => (key === "version" ? undefined : value));
}

function finishModel(
  complete: Node,
  { name, variables, options }: Context,
): Enabled & { readonly declared: readonly string[]; readonly pods: ProjectPods } {
  const { services: named = [], normalize: normal = true, checkConsistency: check = true } = options;
  const filled =
    options.resolveEnvironment === false
      ? complete
      : mapServices(complete, (service) => fillVariables(service, variables));
  const whole = normal ? normalize(filled, name) : filled;
  const declared = pairs(at(whole, "services"))
    .map(([service]) => service)
    .sort();
  const { model, disabled } = enableProfiles(whole, profilesOf(options, variables), named);
  if (check) checkProject(model, disabled);
  const pods = podsIn(at(model, "services"));
  const selected = selectServices(model, named, options.dependencies ?? true);
  if (check) checkPorts(at(selected, "services"));
  return { model: options.allResources === true ? selected : pruneResources(selected), disabled, declared, pods };
}

function profilesOf({ profiles }: LoadOptions, variables: Variables): readonly string[] {
  if (profiles.length > 0) return profiles;
  return (variables.get("COMPOSE_PROFILES")?.value ?? "")
    .split(",")
    .map((profile) => profile.trim())
    .filter((profile) => profile !== "");
}

async function withServiceFiles(model: Node, { directory, variables, notes, options }: Context): Promise<Node> {
  const services = at(model, "services");
  if (options.resolveEnvironment === false || services?.kind !== "dict") return model;
  const files = { cwd: options.cwd, directory, variables, unset: notes.unset };
  const read = new Map<string, Node>();
  for (const [name, service] of pairs(services)) read.set(name, await readServiceFiles(service, files));
  return mapServices(model, (service, name) => read.get(name) ?? service);
}

function toProject(model: Node, name: string): Project {
  const { name: _name, services = {}, ...rest } = plainByTable(model, PROJECT) as Partial<Project>;
  const none = { networks: {}, volumes: {}, secrets: {}, configs: {}, models: {} };
  return { name, services, ...none, ...rest };
}
