import { basename, join, relative } from "node:path";
import { REFUSED, TOLD } from "../../src/compose/not-here.ts";
import { PROJECT } from "../../src/compose/schema/project-table.ts";
import type { Shape } from "../../src/compose/schema/shape.ts";
import partly from "./partly.json";

const ROOT: string = join(import.meta.dir, "../..");
/** The nearest to a running container first. */
const TESTS: readonly string[] = [
  "test/integration/compose*.test.ts",
  "src/compose/spec/*.test.ts",
  "src/cli/compose/*.test.ts",
  "src/compose/plan/*.test.ts",
  "src/compose/**/*.test.ts",
];
const PARTLY: Readonly<Record<string, string>> = partly;

/** One attribute of the specification: what it does here, and the test that shows it. */
export type AttributeRow = {
  readonly section: string;
  readonly name: string;
  readonly path: string;
  readonly state: string;
  readonly test: string;
};

export async function attributeRows(): Promise<AttributeRow[]> {
  const tests = await readTests();
  return pathsOf(PROJECT, "").map((path) => {
    const { section, name } = placeOf(path);
    return { section, name, path, state: stateOf(path), test: evidence(path, tests) };
  });
}

/** Names in partly.json that no attribute has. */
export function unusedNotes(): string[] {
  const all = new Set(pathsOf(PROJECT, ""));
  return [...Object.keys(PARTLY), ...Object.keys(REFUSED), ...Object.keys(TOLD)].filter((path) => !all.has(path));
}

function pathsOf(shape: Shape, path: string): string[] {
  switch (shape.type) {
    case "fields":
      return Object.entries(shape.fields).flatMap(([key, inner]) => {
        const below = path === "" ? key : `${path}.${key}`;
        return [below, ...pathsOf(inner, below)];
      });
    case "named":
      return pathsOf(shape.of, `${path}.*`);
    case "list":
      return pathsOf(shape.of, path);
    case "either":
      return pathsOf(shape.other, path);
    default:
      return [];
  }
}

function placeOf(path: string): { section: string; name: string } {
  const [first = "", star, ...rest] = path.split(".");
  if (star !== "*") return { section: "A file", name: path };
  const [group = ""] = rest;
  const own =
    first === "services" &&
    rest.length > 1 &&
    ["build", "deploy", "develop", "healthcheck", "networks", "ports", "volumes", "x-estiba"].includes(group);
  return { section: own ? `services: ${group}` : first, name: rest.join(".") };
}

function stateOf(path: string): string {
  for (let at = path; at.includes("."); at = at.slice(0, at.lastIndexOf("."))) {
    const refused = REFUSED[at];
    if (refused !== undefined) return `refused: ${refused}`;
    const told = TOLD[at];
    if (told !== undefined) return `no effect, and it is said: ${told}`;
  }
  return PARTLY[path] ?? "works";
}

type TestFile = { readonly path: string; readonly text: string };

async function readTests(): Promise<TestFile[]> {
  const found = new Map<string, TestFile>();
  for (const pattern of TESTS) {
    for (const path of [...new Bun.Glob(pattern).scanSync(ROOT)].sort()) {
      if (!found.has(path)) found.set(path, { path, text: await Bun.file(join(ROOT, path)).text() });
    }
  }
  return [...found.values()];
}

/** A test that writes the attribute in a Compose file; for one further in, behind the one around it. */
function evidence(path: string, tests: readonly TestFile[]): string {
  const keys = path.split(".").filter((key) => key !== "*");
  const [last = ""] = keys.slice(-1);
  const [around = ""] = keys.slice(-2);
  const near = new RegExp(`\\b${around}\\b[^]{0,200}?\\b${last}\\b["']?:`);
  const any = new RegExp(`\\b${last}\\b["']?:`);
  const file =
    (keys.length > 2 ? tests.find(({ text }) => near.test(text)) : undefined) ??
    tests.find(({ text }) => any.test(text));
  return file === undefined ? "" : `[${basename(file.path)}](${relative(join(ROOT, "docs"), join(ROOT, file.path))})`;
}
