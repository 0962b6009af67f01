import { nearest } from "../../lib/nearest.ts";
import type { Dict, Node, Origin, Scalar } from "../../lib/yaml/node.ts";
import type { Problem } from "../problem.ts";
import { isQuantity } from "./quantity.ts";
import type { Field, FieldTable, Rule } from "./rule.ts";

const UNQUOTE = "leave out the quotes";

/** What a validation finds, and where each value of the objects it gave stands. */
export type Findings = {
  readonly problems: Problem[];
  readonly warnings: Problem[];
  readonly places: WeakMap<object, ReadonlyMap<string, Origin>>;
};

export function newFindings(): Findings {
  return { problems: [], warnings: [], places: new WeakMap() };
}

type Context = { readonly findings: Findings; readonly path: string };

/**
 * A plain value of a node, by a table of fields. What does not fit goes to the problems, with its place: all of a document, not only the
 * first. The value is of use only without problems.
 */
export function validateObject(
  node: Node,
  table: FieldTable,
  path: string,
  findings: Findings,
): Record<string, unknown> {
  const context = { findings, path };
  if (node.kind !== "dict") {
    problem(context, node.origin, `${path === "" ? "the document" : path} must be a map, not ${nameOf(node)}`);
    return {};
  }
  const values = [...node.entries].flatMap(([key, { key: place, value }]): [string, unknown][] => {
    const field = Object.hasOwn(table, key) ? table[key] : undefined;
    if (field === undefined) {
      const close = nearest(key, Object.keys(table));
      problem(
        context,
        place,
        `unknown field "${join(path, key)}"`,
        close === undefined ? "take it out, or see docs/kube.md for the fields" : `did you mean "${close}"?`,
      );
      return [];
    }
    return fieldValue({ findings, path: join(path, key) }, field, place, value);
  });
  for (const [key, field] of Object.entries(table))
    if (field.use === "works" && field.required === true && isNull(node.entries.get(key)?.value))
      problem(context, node.origin, `${path === "" ? "the object" : path} has no "${key}"`, `add ${key}:`);
  const value = Object.fromEntries(values);
  findings.places.set(value, placesOf(node));
  return value;
}

function fieldValue(context: Context, field: Field, place: Origin, node: Node): [string, unknown][] {
  if (field.use === "server" || isNull(node)) return [];
  const { path, findings } = context;
  if (field.use === "refused") {
    problem(context, place, `${path} is not possible here`, field.why);
    return [];
  }
  if (field.use === "hint") {
    if (!isEmpty(node) && (node.kind !== "scalar" || node.value !== field.silent))
      findings.warnings.push({ origin: place, what: `${path} has no effect: ${field.why}` });
    // Other fields may ask for it: a name of a namespace, or of an account.
    return node.kind === "scalar" && typeof node.value === "string" ? [[lastPart(path), node.value]] : [];
  }
  const value = valueOf(context, field.rule, node);
  return value === undefined ? [] : [[lastPart(path), value]];
}

function valueOf(context: Context, rule: Rule, node: Node): unknown {
  if (rule.kind === "object") return validateObject(node, rule.fields(), context.path, context.findings);
  if (rule.kind === "list") return listValue(context, rule.of, node);
  if (rule.kind === "map") return mapValue(context, rule.of, node);
  if (node.kind !== "scalar") {
    problem(context, node.origin, `${context.path} must be ${wanted(rule)}, not ${nameOf(node)}`);
    return undefined;
  }
  return scalarValue(context, rule, node);
}

function listValue(context: Context, of: Rule, node: Node): unknown {
  if (node.kind !== "list") {
    problem(context, node.origin, `${context.path} must be a list, not ${nameOf(node)}`, 'begin each item with "- "');
    return undefined;
  }
  const values = node.items.map((item, index) => valueOf({ ...context, path: `${context.path}[${index}]` }, of, item));
  context.findings.places.set(values, new Map(node.items.map(({ origin }, index) => [String(index), origin])));
  return values;
}

function mapValue(context: Context, of: Rule, node: Node): unknown {
  if (node.kind !== "dict") {
    problem(context, node.origin, `${context.path} must be a map, not ${nameOf(node)}`);
    return undefined;
  }
  const values = [...node.entries].flatMap(([key, { value }]): [string, unknown][] => {
    const known = isNull(value) ? "" : valueOf({ ...context, path: join(context.path, key) }, of, value);
    return known === undefined ? [] : [[key, known]];
  });
  const value = Object.fromEntries(values);
  context.findings.places.set(value, placesOf(node));
  return value;
}

type LeafRule = Exclude<Rule, { kind: "object" | "list" | "map" }>;

type Leaf<K extends LeafRule["kind"]> = Extract<LeafRule, { kind: K }>;
type Fail = (fix?: string) => undefined;

function scalarValue(context: Context, rule: LeafRule, node: Scalar): unknown {
  const { value } = node;
  const fail: Fail = (fix) => {
    problem(context, node.origin, `${context.path} must be ${wanted(rule)}, not ${nameOf(node)}`, fix);
  };
  switch (rule.kind) {
    case "text":
      return textValue(rule, node, fail);
    case "flag":
      return flagValue(node, fail);
    case "integer":
      return integerValue(rule, value, fail);
    case "quantity":
      return typeof value !== "boolean" && isQuantity(String(value))
        ? String(value)
        : fail("for example 500m, 1.5, 128Mi");
    case "port":
      return typeof value === "string" ? value : integerValue({ kind: "integer", least: 1, most: 65_535 }, value, fail);
    default:
      return rule satisfies never;
  }
}

// kubectl takes these words of older YAML so, too; in quotes they are texts to it.
function flagValue({ value, origin }: Scalar, fail: Fail): unknown {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string" || !/^(yes|on|no|off|true|false)$/i.test(value)) return fail();
  if (/["']/.test(origin.source.text[origin.offset] ?? "")) return fail(UNQUOTE);
  return /^(yes|on|true)$/i.test(value);
}

function textValue({ choices, pattern }: Leaf<"text">, { value, text }: Scalar, fail: Fail): unknown {
  if (typeof value !== "string") return fail(`write it in quotes: "${text}"`);
  if (choices === undefined) return pattern === undefined || pattern.test(value) ? value : fail();
  if (choices.includes(value)) return value;
  const close = nearest(value, choices);
  return fail(close === undefined ? undefined : `did you mean ${close}?`);
}

function integerValue({ least, most }: Leaf<"integer">, value: Scalar["value"], fail: Fail): unknown {
  if (typeof value !== "number" || !Number.isSafeInteger(value))
    return fail(typeof value === "string" && /^\d+$/.test(value) ? UNQUOTE : undefined);
  const inside = value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY);
  return inside ? value : fail();
}

/** What kind of value it is, for a message. */
function nameOf(node: Node): string {
  if (node.kind !== "scalar") return node.kind === "dict" ? "a map" : "a list";
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return `the text "${node.value}"`;
  return typeof node.value === "number" ? `the number ${node.text}` : `the truth value ${node.text}`;
}

function wanted(rule: LeafRule): string {
  switch (rule.kind) {
    case "text":
      if (rule.choices !== undefined) return rule.choices.map((choice) => (choice === "" ? '""' : choice)).join(" or ");
      return rule.form ?? "a text";
    case "flag":
      return "true or false";
    case "integer":
      if (rule.least === undefined) return "a whole number";
      return rule.most === undefined
        ? `a whole number, at least ${rule.least}`
        : `a number from ${rule.least} to ${rule.most}`;
    case "quantity":
      return "a quantity";
    case "port":
      return "a port's number or name";
    default:
      return rule satisfies never;
  }
}

function problem({ findings }: Context, place: Origin, what: string, fix?: string): void {
  findings.problems.push({ origin: place, what, fix });
}

function placesOf(node: Dict): Map<string, Origin> {
  return new Map([
    ["", node.origin],
    ...[...node.entries].map(([key, { key: place }]): [string, Origin] => [key, place]),
  ]);
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function isEmpty(node: Node): boolean {
  return (node.kind === "list" && node.items.length === 0) || (node.kind === "dict" && node.entries.size === 0);
}

/** Nothing is as good as no field. */
export function isNull(node: Node | undefined): boolean {
  return node === undefined || (node.kind === "scalar" && node.value === null);
}
