import { join, relative } from "node:path";
import { REFUSED, TOLD, TOLD_VALUES } from "../../src/compose/not-here.ts";
import { PROJECT } from "../../src/compose/schema/project-table.ts";
import type { Shape } from "../../src/compose/schema/shape.ts";
import { type Evidence, evidenceByPath } from "./evidence.ts";
import partly from "./partly.json";

const ROOT: string = join(import.meta.dir, "../..");
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
  const shown = await evidenceByPath();
  return pathsOf(PROJECT, "").map((path) => {
    const { section, name } = placeOf(path);
    const state = stateOf(path);
    // What is refused or told is so with all that it has within.
    const whole = /^(?:refused|no effect)/.test(state);
    return { section, name, path, state, test: linkTo(whole ? nearest(shown, path) : shown.get(path)) };
  });
}

/** Names in partly.json that no attribute has. */
export function unusedNotes(): string[] {
  const all = new Set(pathsOf(PROJECT, ""));
  return [...Object.keys(PARTLY), ...Object.keys(REFUSED), ...Object.keys(TOLD), ...Object.keys(TOLD_VALUES)].filter(
    (path) => !all.has(path),
  );
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

function nearest(shown: ReadonlyMap<string, Evidence>, path: string): Evidence | undefined {
  for (let at = path; at.includes("."); at = at.slice(0, at.lastIndexOf("."))) {
    const evidence = shown.get(at);
    if (evidence !== undefined) return evidence;
  }
  return undefined;
}

function linkTo(evidence: Evidence | undefined): string {
  return evidence === undefined
    ? ""
    : `[${evidence.label}](${relative(join(ROOT, "docs"), join(ROOT, evidence.path))})`;
}
