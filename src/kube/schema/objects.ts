import type { Place } from "../../lib/code-frame.ts";
import { nearest } from "../../lib/nearest.ts";
import { at, problemsError } from "../problem.ts";
import { child, type Node, type Source, textOf } from "../yaml/node.ts";
import { readYaml } from "../yaml/read.ts";
import { KINDS, type KubeKind, type KubeObject, REFUSED_KINDS } from "./kinds.ts";
import { type Findings, newFindings, validateObject } from "./validate.ts";

/** An object of a file. */
export type ReadObject = {
  readonly kind: KubeKind;
  readonly name: string;
  readonly value: KubeObject;
  readonly place: Place;
};

/** The objects of a file, with where everything in them stands. */
export type KubeFile = {
  readonly source: Source;
  readonly objects: readonly ReadObject[];
  readonly places: Findings["places"];
  /** `FILE:LINE:COLUMN: what has no effect`. */
  readonly warnings: readonly string[];
};

/**
 * The objects of a YAML file, validated; a List stands for its items. Throws `invalid` with all that is wrong: unknown fields, wrong types,
 * missing ones, fields and kinds that cannot be had here, each with line and column.
 */
export function readObjects(source: Source): KubeFile {
  const findings = newFindings();
  const objects = readYaml(source).flatMap((node) => objectsOf(node, findings));
  const [empty] = objects.length === 0 && findings.problems.length === 0 ? [{ line: 1, column: 1 }] : [];
  if (empty !== undefined)
    findings.problems.push({ place: empty, what: "there is no object in the file", fix: "write a Pod" });
  checkTwice(objects, findings);
  if (findings.problems.length > 0) {
    const sorted = findings.problems.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
    throw problemsError(source, sorted);
  }
  const warnings = findings.warnings.map(({ place, what }) => `${at(source, place)}: ${what}`);
  return { source, objects, places: findings.places, warnings };
}

function objectsOf(node: Node, findings: Findings): ReadObject[] {
  const kind = textOf(child(node, "kind"));
  if (kind === "List" && child(node, "items")?.kind === "list")
    return listItems(node).flatMap((item) => objectsOf(item, findings));
  if (kind === undefined || !isKind(kind)) {
    findings.problems.push(unknownKind(node, kind));
    return [];
  }
  const value = validateObject(node, KINDS[kind], "", findings) as KubeObject;
  for (const key of ["apiVersion", "metadata"])
    if (child(node, key) === undefined)
      findings.problems.push({ place: node.place, what: `the ${kind} has no "${key}"`, fix: `add ${key}:` });
  const name = value.metadata?.name;
  const metadata = child(node, "metadata");
  if (name === undefined && metadata?.kind === "map" && child(metadata, "generateName") === undefined)
    findings.problems.push({ place: metadata.place, what: `metadata of the ${kind} has no "name"`, fix: "add name:" });
  return [{ kind, name: name ?? "", value, place: node.place }];
}

function listItems(node: Node): readonly Node[] {
  const items = child(node, "items");
  return items?.kind === "list" ? items.items : [];
}

function isKind(kind: string): kind is KubeKind {
  return Object.hasOwn(KINDS, kind);
}

function unknownKind(node: Node, kind: string | undefined): Findings["problems"][number] {
  const at =
    (node.kind === "map" ? node.entries.find(({ key }) => key === "kind") : undefined)?.value.place ?? node.place;
  if (kind === undefined) return { place: at, what: 'the object has no "kind"', fix: "add kind: Pod, or what it is" };
  const why = Object.hasOwn(REFUSED_KINDS, kind) ? REFUSED_KINDS[kind] : undefined;
  if (why !== undefined) return { place: at, what: `the kind ${kind} is not possible here`, fix: why };
  const close = nearest(kind, Object.keys(KINDS));
  return {
    place: at,
    what: `unknown kind "${kind}"`,
    fix: close === undefined ? `known: ${Object.keys(KINDS).join(", ")}, List` : `did you mean ${close}?`,
  };
}

function checkTwice(objects: readonly ReadObject[], findings: Findings): void {
  const seen = new Set<string>();
  for (const { kind, name, place } of objects) {
    const key = `${kind} "${name}"`;
    if (name !== "" && seen.has(key))
      findings.problems.push({ place, what: `there are two objects ${key}`, fix: "rename one" });
    seen.add(key);
  }
}
