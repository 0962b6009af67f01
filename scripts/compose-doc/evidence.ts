import { basename, dirname, join } from "node:path";
import { PROJECT } from "../../src/compose/schema/project-table.ts";
import type { Shape } from "../../src/compose/schema/shape.ts";
import { isEstibaError } from "../../src/lib/error.ts";
import type { Node } from "../../src/lib/yaml/node.ts";
import { readYaml } from "../../src/lib/yaml/read.ts";
import { literalsOf } from "./literals.ts";

const ROOT: string = join(import.meta.dir, "../..");

/** A test that uses attributes, by the name under which the page shows it. */
export type Evidence = { readonly label: string; readonly path: string };

type Kind = {
  readonly pattern: string;
  /** What the texts of such a file are put into, where they are no whole project. */
  readonly within?: readonly string[];
};

/** Where attributes are shown: what says of each by itself what becomes of it first, then what brings projects up, then what only reads. */
const KINDS: readonly Kind[] = [
  { pattern: "src/compose/not-here.test.ts", within: ["services: {web: {#}}"] },
  { pattern: "src/compose/spec/attributes.test.ts", within: ["services: {web: {#}}"] },
  { pattern: "src/cli/compose/build-words.test.ts", within: ["services: {web: {build: {#}}}"] },
  {
    pattern: "src/compose/spec/resources-of-project.test.ts",
    within: ["networks: {one: {#}}", "volumes: {one: {#}}"],
  },
  { pattern: "test/integration/compose*.test.ts" },
  { pattern: "test/fixtures/compose-scenarios/cases/*/compose*.y{,a}ml" },
  { pattern: "examples/shop/compose.yaml" },
  { pattern: "src/compose/**/*.test.ts", within: ["services: {web: {#}}"] },
];

/** Every attribute, by its path in the tables, with the first test whose Compose files have it. */
export async function evidenceByPath(): Promise<ReadonlyMap<string, Evidence>> {
  const found = new Map<string, Evidence>();
  const seen = new Set<string>();
  for (const { pattern, within } of KINDS) {
    for (const path of [...new Bun.Glob(pattern).scanSync(ROOT)].sort()) {
      if (seen.has(path)) continue;
      seen.add(path);
      const text = await Bun.file(join(ROOT, path)).text();
      const evidence = { label: labelOf(path), path: testOf(path) };
      for (const used of pathsIn(path.endsWith(".ts") ? literalsOf(text) : [text], within ?? []))
        if (!found.has(used)) found.set(used, evidence);
    }
  }
  return found;
}

function labelOf(path: string): string {
  if (path.endsWith(".ts")) return basename(path);
  return path.startsWith("examples/") ? "compose-shop.test.ts" : `scenario ${basename(dirname(path))}`;
}

function testOf(path: string): string {
  return path.startsWith("examples/") ? "test/integration/compose-shop.test.ts" : path;
}

const PART = /^\s*["{]?(?:services|include|networks|volumes|configs|secrets|models|version)["]?:/m;

function pathsIn(texts: readonly string[], within: readonly string[]): Set<string> {
  const used = new Set<string>();
  const projects = texts.flatMap((text) => [
    ...(PART.test(text) ? [text] : []),
    // A line of attributes, in a file of such.
    ...(/^[a-z0-9_]+: [^\n]+$/.test(text) ? within.map((around) => around.replace("#", () => text)) : []),
  ]);
  for (const text of projects) {
    const documents = unless(() => readYaml({ name: "", text })) ?? [];
    for (const document of documents) walk(document, PROJECT, "", used);
  }
  return used;
}

/** Notes the path of every attribute that a value has, by the tables; short forms have those that they stand for. */
function walk(node: Node, shape: Shape, path: string, used: Set<string>): void {
  const below = (key: string): string => (path === "" ? key : `${path}.${key}`);
  switch (shape.type) {
    case "either":
      return node.kind === "scalar" ? undefined : walk(node, shape.other, path, used);
    case "named":
      for (const [, inner] of entriesOf(listedAs(node, shape))) walk(inner, shape.of, below("*"), used);
      return;
    case "list": {
      const items =
        node.kind === "list"
          ? node.items
          : shape.from !== undefined
            ? itemsOf(unless(() => shape.from?.(node)))
            : [node];
      for (const item of items) {
        const long =
          item.kind === "scalar" && shape.short !== undefined ? (unless(() => shape.short?.(item)) ?? []) : [item];
        for (const one of long) walk(one, shape.of, path, used);
      }
      return;
    }
    case "fields": {
      const long = node.kind === "scalar" && shape.short !== undefined ? unless(() => shape.short?.(node)) : node;
      for (const [key, inner] of entriesOf(long)) {
        const field = shape.fields[key];
        if (field === undefined) continue;
        used.add(below(key));
        walk(inner, field, below(key), used);
      }
      return;
    }
    default:
  }
}

function listedAs(node: Node, { listed }: Extract<Shape, { type: "named" }>): Node | undefined {
  if (node.kind !== "list" || listed === undefined) return node;
  const [first] = node.items;
  return first?.kind === "scalar"
    ? { ...node, kind: "dict", entries: new Map([["*", { key: first.origin, value: listed(first) }]]) }
    : undefined;
}

function entriesOf(node: Node | undefined): [string, Node][] {
  return node?.kind === "dict" ? [...node.entries].map(([key, { value }]) => [key, value]) : [];
}

function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === "list" ? node.items : [];
}

/** Texts of tests may be wrong on purpose. */
function unless<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!isEstibaError(error)) throw error;
    return undefined;
  }
}
