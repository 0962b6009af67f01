import { resolve } from "node:path";
import { dict, type Entry, type Node, type Origin, scalar } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { at, items, mapValues, pairs, textAt, update } from "../edit.ts";
import { type EnvLine, readDotenv, readRawEnv } from "../env/dotenv.ts";
import type { Variables } from "../env/variables.ts";
import { readSource } from "../files/read.ts";
import { withEntry } from "../short/make.ts";

type Context = {
  readonly cwd: string;
  readonly directory: string;
  readonly variables: Variables;
  readonly unset: (name: string) => void;
};

/** Variables without a value get the project's, where it has one: those of the container, of hooks, and arguments of the build. */
export function fillVariables(service: Node, variables: Variables): Node {
  const filled = (mapping: Node): Node =>
    mapping.kind === "dict" ? mapValues(mapping, (value, key) => fillOne(value, key, variables)) : mapping;
  const result = update(service, "environment", filled);
  return update(result, "build", (build) => update(build, "args", (args) => dropUnset(filled(args))));
}

function fillOne(value: Node, key: string, variables: Variables): Node {
  if (value.kind !== "scalar" || value.value !== null) return value;
  const variable = variables.get(key);
  return variable === undefined
    ? value
    : scalar(variable.value, { ...value.origin, via: [`${key} (${variable.from})`] });
}

// An argument that nobody gives a value keeps the Dockerfile's default.
function dropUnset(args: Node): Node {
  return args.kind === "dict"
    ? mapValues(args, (value) => (value.kind === "scalar" && value.value === null ? undefined : value))
    : args;
}

/** The service with what its env files and label files say below what it says itself; the files are not named in it any more. */
export async function readServiceFiles(service: Node, context: Context): Promise<Node> {
  if (service.kind !== "dict") return service;
  let variables: ReadonlyMap<string, Entry> = new Map();
  for (const file of items(at(service, "env_file"))) {
    variables = new Map([...variables, ...(await envEntries(file, service, variables, context))]);
  }
  let labels: ReadonlyMap<string, Entry> = new Map();
  for (const file of items(at(service, "label_file")))
    labels = new Map([...labels, ...(await labelEntries(file, context))]);
  const result = mapValues(service, (value, key) => (key === "env_file" || key === "label_file" ? undefined : value));
  return withBelow(withBelow(result, "environment", variables), "labels", labels);
}

function withBelow(service: Node, key: string, entries: ReadonlyMap<string, Entry>): Node {
  if (service.kind !== "dict" || entries.size === 0) return service;
  const own = at(service, key);
  const merged = new Map([...entries, ...(own?.kind === "dict" ? own.entries : [])]);
  return withEntry(service, key, dict(merged, own?.origin ?? service.origin));
}

async function envEntries(
  file: Node,
  service: Node,
  before: ReadonlyMap<string, Entry>,
  context: Context,
): Promise<ReadonlyMap<string, Entry>> {
  const lines = await readLines(file, textAt(file, "path") ?? "", context, (source) => {
    if (textAt(file, "format") === "raw") return readRawEnv(source);
    const own = new Map(pairs(at(service, "environment")));
    const lookup = (name: string): string | undefined =>
      context.variables.get(name)?.value ?? textAt(own.get(name)) ?? textAt(before.get(name)?.value);
    return readDotenv(source, lookup, context.unset);
  });
  return entriesOf(lines, file.origin, context.variables);
}

async function labelEntries(file: Node, context: Context): Promise<ReadonlyMap<string, Entry>> {
  const lookup = (name: string): string | undefined => context.variables.get(name)?.value;
  const lines = await readLines(file, textAt(file) ?? "", context, (source) =>
    readDotenv(source, lookup, context.unset),
  );
  return entriesOf(
    lines.map((line) => ({ ...line, value: line.value ?? "" })),
    file.origin,
    context.variables,
  );
}

type Read = (source: { readonly name: string; readonly text: string }) => EnvLine[];

async function readLines(file: Node, path: string, context: Context, read: Read): Promise<readonly EnvLine[]> {
  const absolute = resolve(context.directory, path);
  const source = await readSource(absolute, context.cwd);
  if (source !== undefined) return read(source);
  const required = at(file, "required");
  if (required?.kind === "scalar" && required.value === false) return [];
  throw problemAt(file.origin, {
    reason: "compose.no_env_file",
    code: "not_found",
    what: `env file ${absolute} not found`,
  });
}

/** Each with the place where the file is named, and the line of the file. */
function entriesOf(lines: readonly EnvLine[], origin: Origin, variables: Variables): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const { name, value, from } of lines) {
    const outer = value === null ? variables.get(name) : undefined;
    const given = value ?? outer?.value;
    if (given === undefined) continue;
    const place = { ...origin, via: [outer === undefined ? from : `${from}, ${outer.from}`] };
    entries.set(name, { key: place, value: scalar(given, place) });
  }
  return entries;
}
