import { dirname, join, relative, resolve } from "node:path";
import { isEstibaError } from "../../lib/error.ts";
import { dict, type Entry, type Node, type Origin } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { readYaml } from "../../lib/yaml/read.ts";
import { at, items, mapValues, textAt } from "../edit.ts";
import { above, type Variables } from "../env/variables.ts";
import { isRemote, readEnvFile, readSource } from "../files/read.ts";
import { interpolate, type Unset } from "../interpolate/values.ts";
import { merge } from "../merge.ts";
import type { LoadOptions } from "../options.ts";
import { canonical } from "../schema/canonical.ts";
import { PROJECT } from "../schema/project-table.ts";
import { type BaseFile, resolveExtends } from "./extends.ts";
import { type Resolve, resolveIn, resolvePaths, resolveWithin } from "./paths.ts";

/** What a file is read with; an included one has a folder and variables of its own. */
export type LayerContext = {
  readonly cwd: string;
  readonly projectDirectory: string;
  readonly directory: string;
  readonly variables: Variables;
  readonly unset: Unset;
  readonly warn: (text: string) => void;
  readonly interpolate: boolean;
  readonly resolvePaths: boolean;
  readonly fetchRemote: LoadOptions["fetchRemote"];
  /** The files that include this one, the outermost first. */
  readonly chain: readonly string[];
};

/** What an included file brings into the one that includes it. */
const RESOURCES = ["services", "networks", "volumes", "secrets", "configs", "models"];

/** One document of a file as a canonical model: variables filled in, checked, with what it includes and extends, `!reset` not yet applied. */
async function readLayer(document: Node, path: string, context: LayerContext): Promise<Node> {
  const own = withPaths(checkedModel(document, context), context.directory, context);
  const included = await addIncluded(own, path, context);
  const read = new Map<string, BaseFile>();
  return await resolveExtends(included, {
    own: { path, model: included },
    read: async (file, origin) => {
      const target = await localFile(file, { origin, what: "extends" }, context);
      const model =
        read.get(target)?.model ?? withPaths(await readBase(target, origin, context), dirname(target), context);
      const base = { path: target, model };
      read.set(target, base);
      return base;
    },
  });
}

/** Documents of one file or of several, the later over the earlier. */
export async function readLayers(
  documents: readonly (readonly [Node, string])[],
  context: LayerContext,
): Promise<Node> {
  let model: Node | undefined;
  for (const [document, path] of documents) {
    model = merge(model, await readLayer(document, path, context), PROJECT);
  }
  const [first] = documents;
  return model ?? first?.[0] ?? dict(new Map(), { source: { name: "", text: "" }, offset: 0 });
}

function checkedModel(document: Node, { variables, unset, warn, ...context }: LayerContext): Node {
  const filled = context.interpolate ? interpolate(document, variables, unset) : document;
  const empty = filled.kind === "scalar" && filled.value === null ? dict(new Map(), filled.origin) : filled;
  return canonical(empty, PROJECT, undefined, { warn, lenient: !context.interpolate });
}

function withPaths(model: Node, folder: string, context: LayerContext): Node {
  return resolvePaths(model, pathsOf(folder, context));
}

function pathsOf(folder: string, { resolvePaths, projectDirectory }: LayerContext): Resolve {
  return resolvePaths ? resolveIn(folder) : resolveWithin(relative(projectDirectory, folder));
}

/** The services of a file that is only extended from: without what it includes, its own extends still in it. */
async function readBase(path: string, origin: Origin, context: LayerContext): Promise<Node> {
  const source = await readSource(path, context.cwd);
  if (source === undefined) {
    throw problemAt(origin, {
      reason: "compose.no_file",
      code: "not_found",
      what: `there is no file ${path} to extend from`,
    });
  }
  let model: Node | undefined;
  for (const document of readYaml(source)) model = merge(model, checkedModel(document, context), PROJECT);
  return model ?? dict(new Map(), { source, offset: 0 });
}

async function addIncluded(own: Node, path: string, context: LayerContext): Promise<Node> {
  let model = own;
  for (const include of items(at(own, "include"))) {
    // What stands in the file itself, or was included before, wins.
    model = merge(await readIncluded(include, path, context), model, PROJECT);
  }
  return model.kind === "dict" ? mapValues(model, (value, key) => (key === "include" ? undefined : value)) : model;
}

async function readIncluded(include: Node, path: string, context: LayerContext): Promise<Node> {
  const paths: string[] = [];
  for (const node of items(at(include, "path")))
    paths.push(await localFile(textAt(node) ?? "", { origin: node.origin, what: "include" }, context));
  const [first] = paths;
  if (first === undefined)
    throw problemAt(include.origin, { reason: "compose.bad_value", what: "an include needs a path" });
  const chain = [...context.chain, path];
  const again = paths.find((file) => chain.includes(file));
  if (again !== undefined) {
    const circle = [...chain.slice(chain.indexOf(again)), again].map((file) => relative(context.cwd, file));
    const what = `include cycle detected:\n  ${circle.join("\n  includes ")}`;
    throw problemAt(include.origin, { reason: "compose.cycle", what, fix: "remove one of the includes" });
  }
  const folder = textAt(include, "project_directory");
  const directory = folder === undefined ? dirname(first) : resolve(context.directory, folder);
  const variables = await includedVariables(include, directory, context);
  const documents: (readonly [Node, string])[] = [];
  for (const file of paths) {
    const source = await readSource(file, context.cwd);
    if (source === undefined) {
      throw problemAt(include.origin, {
        reason: "compose.no_file",
        code: "not_found",
        what: `there is no file ${file} to include`,
      });
    }
    for (const document of readYaml(source)) documents.push([document, file]);
  }
  return onlyResources(await readLayers(documents, { ...context, directory, variables, chain }));
}

/** The variables of an included project: those of the outer one, above its own `.env` or the files that `env_file` names. */
async function includedVariables(include: Node, directory: string, context: LayerContext): Promise<Variables> {
  const named = items(at(include, "env_file")).map((node) => resolve(context.directory, textAt(node) ?? ""));
  const files = named.length === 0 ? [join(directory, ".env")] : named;
  let variables = context.variables;
  for (const file of files.toReversed()) {
    const how = { needed: named.length > 0, unset: context.unset, cwd: context.cwd };
    variables = above(variables, (await readEnvFile(file, variables, how)) ?? new Map());
  }
  return variables;
}

function onlyResources(model: Node): Node {
  if (model.kind !== "dict") return model;
  const entries = [...model.entries].filter(([key]) => RESOURCES.includes(key));
  return dict(new Map<string, Entry>(entries), model.origin);
}

type Asking = { readonly origin: Origin; readonly what: string };

/** Where a named file lies on this machine; one from elsewhere is fetched. */
async function localFile(path: string, { origin, what }: Asking, context: LayerContext): Promise<string> {
  if (!isRemote(path)) return resolve(context.directory, path);
  const refusal = { reason: "compose.remote_file", fix: "fetch it first, and name the file" };
  if (context.fetchRemote === undefined)
    throw problemAt(origin, {
      ...refusal,
      code: "unsupported",
      what: `${what} of "${path}": only files of this machine are read`,
    });
  try {
    return await context.fetchRemote(path);
  } catch (error) {
    if (!isEstibaError(error)) throw error;
    const { code, reason, fix } = error;
    throw problemAt(origin, {
      code,
      reason,
      fix,
      what: `cannot fetch what ${what} names: ${error.message}`,
      cause: error,
    });
  }
}
