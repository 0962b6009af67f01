import { basename } from "node:path";

type Output = Bun.BuildMetafile["outputs"][string];

type Bundle = {
  readonly outputs: Readonly<Record<string, Output>>;
  readonly texts: ReadonlyMap<string, string>;
  /** Source modules that are loaded together, by what loads them. */
  readonly ways: Readonly<Record<string, readonly string[]>>;
};

/** A file of the bundle. Each is loaded by some of the ways; those that are loaded by the same ones may as well be one file. */
type Chunk = {
  readonly name: string;
  readonly text: string;
  readonly exports: readonly string[];
  readonly imports: readonly string[];
  /** The module that is imported by its name at run time. */
  readonly source: string | undefined;
};

/**
 * Puts together what is loaded together. A bundler that splits makes a file of every part that some commands share and others do not: a
 * hundred of them for `run`, each of which costs some ten microseconds to find, link and begin. Gives the texts of the new files by name.
 */
export async function gather({ outputs, texts, ways }: Bundle): Promise<Map<string, string>> {
  const chunks = new Map(
    Object.entries(outputs).map(([path, output]) => [basename(path), chunkOf(path, output, texts)]),
  );
  const groups = groupsOf(chunks, ways);
  const groupOf = new Map([...groups].flatMap(([group, members]) => members.map((name) => [name, group] as const)));
  const rewrite = (text: string, own?: string): string => redirected(text, groupOf, own);
  const result = new Map<string, string>();
  for (const [group, members] of groups) result.set(group, await merged(members, { chunks, rewrite, group }));
  for (const { name, text, exports, source } of chunks.values()) {
    const group = groupOf.get(name);
    if (group === undefined) result.set(name, rewrite(text));
    // Who imports it at run time finds it under its name.
    else if (source !== undefined) result.set(name, reexport(name, exports, group));
  }
  return result;
}

function chunkOf(path: string, output: Output, texts: Bundle["texts"]): Chunk {
  const text = texts.get(path) ?? "";
  return {
    name: basename(path),
    text,
    exports: exportsOf(text),
    imports: output.imports.filter(({ kind }) => kind === "import-statement").map((each) => basename(each.path)),
    source: output.entryPoint,
  };
}

const EXPORT = /\bexport\{([^}]*)\}/g;

// The bundler's own list leaves out what chunks export to each other.
function exportsOf(text: string): string[] {
  return [...text.matchAll(EXPORT)].flatMap(([, names = ""]) =>
    names.split(",").flatMap(
      (pair) =>
        pair
          .trim()
          .split(/\s+as\s+/)
          .at(-1) || [],
    ),
  );
}

/** The names of chunks that the same ways load, by the name of their file to be; where that is one alone, it stays as it is. */
function groupsOf(chunks: ReadonlyMap<string, Chunk>, ways: Bundle["ways"]): Map<string, string[]> {
  const loaders = new Map<string, string[]>();
  for (const [way, sources] of Object.entries(ways))
    for (const name of closureOf(chunks, sources)) loaders.set(name, [...(loaders.get(name) ?? []), way]);
  const inOrder = closureOf(chunks, Object.values(ways).flat()).filter((name) => name !== "main.js");
  const groups = Map.groupBy(inOrder, (name) => `${(loaders.get(name) ?? []).join("-")}.js`);
  return new Map([...groups].filter(([, members]) => members.length > 1));
}

/** What is loaded with the source modules, each after what it imports: the order in which it all runs. */
function closureOf(chunks: ReadonlyMap<string, Chunk>, sources: readonly string[]): string[] {
  const bySource = new Map(
    [...chunks.values()].flatMap(({ source, name }) => (source === undefined ? [] : [[source, name]])),
  );
  const found = new Set<string>();
  const order: string[] = [];
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const imported of chunks.get(name)?.imports ?? []) if (chunks.has(imported)) visit(imported);
    order.push(name);
  };
  for (const source of sources) {
    const name = bySource.get(source);
    if (name === undefined)
      throw new Error(`${source} is loaded at run time by nobody: see scripts/bundle/usual-ways.ts`);
    visit(name);
  }
  return order;
}

type Merging = {
  readonly chunks: ReadonlyMap<string, Chunk>;
  readonly rewrite: (text: string, own?: string) => string;
  readonly group: string;
};

async function merged(members: readonly string[], { chunks, rewrite, group }: Merging): Promise<string> {
  const entry = members.map((name) => reexport(name, chunks.get(name)?.exports ?? [], undefined)).join("\n");
  const texts = members.map((name) => [at(name), rewrite(chunks.get(name)?.text ?? "", group)] as const);
  const built = await Bun.build({
    entrypoints: [at(group)],
    files: { [at(group)]: entry, ...Object.fromEntries(texts) },
    target: "bun",
    format: "esm",
    minify: true,
    plugins: [onlyMembers(new Set(members))],
  });
  return (await built.outputs[0]?.text()) ?? "";
}

/** Where a file of the bundle is while it is put together: in memory. */
function at(name: string): string {
  return `/bundle/${name}`;
}

function onlyMembers(members: ReadonlySet<string>): Bun.BunPlugin {
  return {
    name: "only members",
    setup: (build) => {
      build.onResolve({ filter: /^\.\// }, ({ path, kind }) =>
        members.has(basename(path)) && kind !== "dynamic-import" ? undefined : { path, external: true },
      );
    },
  };
}

// Minified names are short, and each chunk has its own "a".
function nameIn(name: string, exported: string): string {
  return `${name.replace(/\W/g, "_")}_${exported}`;
}

function reexport(name: string, exports: readonly string[], group: string | undefined): string {
  const from = `./${group ?? name}`;
  if (exports.length === 0) return `import${JSON.stringify(from)};`;
  const names = exports.map((each) =>
    group === undefined ? `${each} as ${nameIn(name, each)}` : `${nameIn(name, each)} as ${each}`,
  );
  return `export{${names.join(",")}}from${JSON.stringify(from)};`;
}

const IMPORT = /import(?:\{([^}]*)\}from)?"\.\/([^"]+)"/g;

/** The text with its imports of chunks that are in a group now turned to that group's file, but for those of its own group. */
function redirected(text: string, groupOf: ReadonlyMap<string, string>, own: string | undefined): string {
  return text.replace(IMPORT, (all: string, names: string | undefined, name: string) => {
    const group = groupOf.get(name);
    if (group === undefined || group === own) return all;
    if (names === undefined) return `import"./${group}"`;
    const pairs = names.split(",").map((pair) => {
      const [exported = "", local = exported] = pair.trim().split(/\s+as\s+/);
      return `${nameIn(name, exported)} as ${local}`;
    });
    return `import{${pairs.join(",")}}from"./${group}"`;
  });
}
