import { nearest } from "../../lib/nearest.ts";
import { type Node, type Origin, type Source, valueOf } from "../../lib/yaml/node.ts";
import { readYaml } from "../../lib/yaml/read.ts";
import { describeProblem, inOrder, refuseProblems } from "../problem.ts";
import { KINDS, type KubeKind, type KubeObject, REFUSED_KINDS } from "./kinds.ts";
import { type Findings, isNull, newFindings, validateObject } from "./validate.ts";

/** An object of a file. */
export type ReadObject = {
  readonly kind: KubeKind;
  readonly name: string;
  readonly value: KubeObject;
  readonly origin: Origin;
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
  const documents = readYaml(source).filter((node) => node.kind !== "scalar" || node.value !== null);
  const objects = documents.flatMap((node) => objectsOf(node, findings));
  if (documents.length === 0)
    findings.problems.push({
      origin: { source, offset: 0 },
      what: "there is no object in the file",
      fix: "write a Pod",
    });
  checkTwice(objects, findings);
  refuseProblems(findings.problems);
  return { source, objects, places: findings.places, warnings: inOrder(findings.warnings).map(describeProblem) };
}

function objectsOf(node: Node, findings: Findings): ReadObject[] {
  const said = valueOf(node, "kind");
  const kind = said?.kind === "scalar" && typeof said.value === "string" ? said.value : undefined;
  const items = valueOf(node, "items");
  if (kind === "List" && items?.kind === "list") return items.items.flatMap((item) => objectsOf(item, findings));
  if (kind === undefined || !isKind(kind)) {
    findings.problems.push(unknownKind(node, kind));
    return [];
  }
  const value = validateObject(node, KINDS[kind], "", findings) as KubeObject;
  for (const key of ["apiVersion", "metadata"])
    if (isNull(valueOf(node, key)))
      findings.problems.push({ origin: node.origin, what: `the ${kind} has no "${key}"`, fix: `add ${key}:` });
  const metadata = valueOf(node, "metadata");
  const unnamed = metadata?.kind === "dict" && isNull(valueOf(metadata, "name"));
  if (unnamed && valueOf(metadata, "generateName") === undefined)
    findings.problems.push({
      origin: metadata.origin,
      what: `metadata of the ${kind} has no "name"`,
      fix: "add name:",
    });
  return [{ kind, name: value.metadata?.name ?? "", value, origin: node.origin }];
}

function isKind(kind: string): kind is KubeKind {
  return Object.hasOwn(KINDS, kind);
}

function unknownKind(node: Node, kind: string | undefined): Findings["problems"][number] {
  const origin = valueOf(node, "kind")?.origin ?? node.origin;
  if (kind === undefined) return { origin, what: 'the object has no "kind"', fix: "add kind: Pod, or what it is" };
  const why = Object.hasOwn(REFUSED_KINDS, kind) ? REFUSED_KINDS[kind] : undefined;
  if (why !== undefined) return { origin, what: `the kind ${kind} is not possible here`, fix: why };
  const close = nearest(kind, Object.keys(KINDS));
  return {
    origin,
    what: `unknown kind "${kind}"`,
    fix: close === undefined ? `known: ${Object.keys(KINDS).join(", ")}, List` : `did you mean ${close}?`,
  };
}

function checkTwice(objects: readonly ReadObject[], findings: Findings): void {
  const seen = new Set<string>();
  for (const { kind, name, origin } of objects) {
    const key = `${kind} "${name}"`;
    if (name !== "" && seen.has(key))
      findings.problems.push({ origin, what: `there are two objects ${key}`, fix: "rename one" });
    seen.add(key);
  }
}
