import { closeSync, existsSync, readFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { type IgnoreRules, NOTHING_IGNORED, parseIgnoreFile } from "../../build/context/ignore.ts";
import { type OpenedContext, openContext } from "../../build/context/open-context.ts";
import type { Source } from "../../build/parse/source.ts";
import type { NamedContext } from "../../build/request.ts";
import { O_PATH } from "../../host/open-flags.ts";
import { openRoot, readFileInRoot, tryOpenInRoot } from "../../host/openat.ts";
import { download } from "../../image/download.ts";
import { EstibaError } from "../../lib/error.ts";
import { badOption } from "../container/bad-option.ts";
import type { Cli } from "../context.ts";

/** What the files of a build come from, and what is read of them first. */
export type BuildFiles = {
  readonly context: string;
  readonly containerfile: Source;
  readonly ignore: IgnoreRules;
  readonly namedContexts: ReadonlyMap<string, NamedContext>;
};

type Asked = {
  readonly context: string | undefined;
  readonly files: readonly string[];
  readonly ignoreFile: string | undefined;
  readonly namedContexts: readonly string[];
  readonly keepGitDir: boolean;
};

type Surroundings = {
  readonly cli: Pick<Cli, "engine">;
  readonly signal: AbortSignal;
  readonly held: DisposableStack;
  /** Another's input for stdin: then no file of the current folder is meant by anything. */
  readonly input?: AsyncIterable<Uint8Array>;
};

const FILE_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Opens the context and finds the Containerfile and the ignore file, as Podman does: without a context it is the folder of the first --file,
 * else the current one; a --file is seen from the current folder, then from the context; several count as one. What is fetched is taken away
 * when `held` is disposed. Throws `not_found`, `invalid`, and what opening a context throws.
 */
export async function openBuildFiles(asked: Asked, surroundings: Surroundings): Promise<BuildFiles> {
  const { files, ignoreFile } = asked;
  const { cli, signal, held, input } = surroundings;
  const stdin = () => input ?? Bun.stdin.stream();
  const open = async (typed: string): Promise<OpenedContext> =>
    held.use(await openContext(() => cli.engine(), typed, { stdin, keepGitDir: asked.keepGitDir, signal }));
  const typed = asked.context ?? contextOf(files);
  if (typed === "-" && files.includes("-"))
    throw badOption("--file", "-", "possible beside a context that is stdin, too");
  const context = await open(typed);
  const found = await containerfilesOf(context, files, { signal, strange: input !== undefined });
  const namedContexts = new Map<string, NamedContext>();
  for (const text of asked.namedContexts) {
    const [name, place] = namedContext(text);
    if (typeof place === "object") {
      namedContexts.set(name, place);
      continue;
    }
    const opened = await open(place);
    namedContexts.set(name, { folder: opened.folder, ignore: ignoreOf(undefined, opened, undefined) });
  }
  return {
    context: context.folder,
    containerfile: found.source,
    ignore: ignoreOf(ignoreFile, context, found.path),
    namedContexts,
  };
}

function contextOf(files: readonly string[]): string {
  const first = files.find((file) => file !== "-" && !isAddress(file));
  return first === undefined ? "." : dirname(first);
}

function isAddress(text: string): boolean {
  return /^https?:\/\//.test(text);
}

type Found = { readonly source: Source; readonly path: string | undefined };

/** How a Containerfile is looked for; `strange`: in the context only. */
type Search = { readonly signal: AbortSignal; readonly strange: boolean };

async function containerfilesOf(context: OpenedContext, files: readonly string[], search: Search): Promise<Found> {
  if (files.length === 0) {
    if (context.containerfile !== undefined) return { source: context.containerfile, path: undefined };
    for (const name of ["Containerfile", "Dockerfile"]) {
      const text = readIn(context, name);
      if (text !== undefined) return { source: { name, text }, path: name };
    }
    throw noContainerfile(`no Containerfile or Dockerfile specified or found in context directory, ${context.folder}`);
  }
  const found: Found[] = [];
  for (const file of files) found.push(await containerfileOf(context, file, search));
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const name = found.map(({ source }) => source.name).join("+");
  return { source: { name, text: found.map(({ source }) => source.text).join("\n") }, path: first?.path };
}

async function containerfileOf(context: OpenedContext, file: string, { signal, strange }: Search): Promise<Found> {
  if (file === "-" && !strange) return { source: { name: "stdin", text: await Bun.stdin.text() }, path: undefined };
  if (isAddress(file)) {
    const pieces = await Array.fromAsync(download(new URL(file), signal));
    return { source: { name: basename(file), text: Buffer.concat(pieces).toString("utf8") }, path: undefined };
  }
  if (file.endsWith(".in")) {
    const what = `--file: "${file}" would have to go through the C preprocessor, which is not done here`;
    throw new EstibaError("unsupported", { reason: "build.no_preprocessor", what, fix: "run cpp on it first" });
  }
  const inContext = (): Found | undefined => {
    const text = readIn(context, file);
    return text === undefined ? undefined : { source: { name: file, text }, path: file };
  };
  const inCurrent = (): Found | undefined => {
    if (strange) return undefined;
    const path = resolve(file);
    return existsSync(path) ? { source: { name: file, text: readFileSync(path, "utf8") }, path } : undefined;
  };
  // What came with the context goes first: the file of that name in the current folder is another's.
  const found = context.isFetched ? (inContext() ?? inCurrent()) : (inCurrent() ?? inContext());
  if (found === undefined) throw noContainerfile(`the specified Containerfile or Dockerfile does not exist: ${file}`);
  return found;
}

/** The text of a file of the context; undefined where there is none. Links of a fetched context stay within it. */
function readIn({ folder, isFetched }: OpenedContext, name: string): string | undefined {
  if (!isFetched) {
    const path = resolve(folder, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }
  const rootFd = openRoot(folder);
  try {
    const fd = tryOpenInRoot(rootFd, name, O_PATH);
    if (fd < 0) return undefined;
    closeSync(fd);
    return Buffer.from(readFileInRoot(rootFd, name, { maxBytes: FILE_LIMIT_BYTES })).toString("utf8");
  } finally {
    closeSync(rootFd);
  }
}

function ignoreOf(named: string | undefined, context: OpenedContext, containerfile: string | undefined): IgnoreRules {
  if (named !== undefined) {
    const path = resolve(named);
    if (existsSync(path)) return parseIgnoreFile(readFileSync(path, "utf8"), basename(path));
    throw badOption("--ignorefile", named, "a file that is there");
  }
  const own = containerfile === undefined ? [] : [`${containerfile}.containerignore`, `${containerfile}.dockerignore`];
  for (const name of [...own, ".containerignore", ".dockerignore"]) {
    const text = name.startsWith("/") ? readAt(name) : readIn(context, name);
    if (text !== undefined) return parseIgnoreFile(text, basename(name));
  }
  return NOTHING_IGNORED;
}

function readAt(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function namedContext(text: string): [string, { image: string } | string] {
  const [, name = "", place = ""] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === "" || place === "-")
    throw badOption("--build-context", text, "NAME=PATH, NAME=ADDRESS or NAME=docker-image://IMAGE");
  if (place.startsWith("target:")) throw stageAsContext(text);
  const [, kind, image = ""] = /^(docker-image|container-image|docker|oci-layout):\/\/(.+)$/.exec(place) ?? [];
  if (kind === undefined) return [name, place];
  return [name, { image: kind === "oci-layout" ? layoutAt(image) : image }];
}

// Only bake files have it: there, several builds know each other.
function stageAsContext(text: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "build.no_such_context",
    what: `--build-context: "${text}": target: names a target of a bake file, and there is none`,
    fix: "name the stage in the same Containerfile, or build it first and use NAME=docker-image://IMAGE",
  });
}

// The folder is seen from here, wherever it is read.
function layoutAt(place: string): string {
  return `oci-layout://${resolve(place)}`;
}

function noContainerfile(what: string): EstibaError {
  return new EstibaError("not_found", { reason: "build.no_containerfile", what, fix: "name it with --file" });
}
