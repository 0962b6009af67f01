import { isEqual, isLess } from "./compare.ts";
import { escapeHtml, escapeQuery, escapeScript } from "./escape.ts";
import { sprint, sprintf } from "./printf.ts";
import { formatDefault, formatJson, isTrue, nilList, printValue, typeName } from "./value.ts";

/** A function that templates may call; what it throws becomes the template's error, with the place. */
export type TemplateFunction = (...args: unknown[]) => unknown;

type Kind = "any" | "string" | "int" | "[]string";

/** A function with the types of its arguments, and of any number of further ones. */
export type Builtin = { readonly call: TemplateFunction; readonly takes: readonly Kind[]; readonly rest?: Kind };

/** Functions of Go's text/template, and those that Docker and Podman add. The evaluator short-circuits `and` and `or`, and sees that `call` has a function. */
export const FUNCTIONS: Readonly<Record<string, Builtin>> = {
  and: several(1, (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1)),
  or: several(1, (...args) => args.find(isTrue) ?? args.at(-1)),
  not: exactly(["any"], (value) => !isTrue(value)),
  call: several(1, (called, ...args) => (called as TemplateFunction)(...args)),
  len: exactly(["any"], lengthOf),
  index: several(1, (value, ...keys) => keys.reduce(indexOnce, value)),
  slice: several(1, sliceOf),
  print: several(0, (...args) => sprint(args)),
  println: several(0, (...args) => `${args.map((arg) => formatDefault(arg)).join(" ")}\n`),
  printf: { takes: ["string"], rest: "any", call: (format, ...args) => sprintf(String(format), args) },
  html: several(0, (...args) => escapeHtml(evalArgs(args))),
  js: several(0, (...args) => escapeScript(evalArgs(args))),
  urlquery: several(0, (...args) => escapeQuery(evalArgs(args))),
  eq: several(1, (first, ...others) => {
    if (others.length === 0) throw new Error("missing argument for comparison");
    return others.some((other) => isEqual(first, other));
  }),
  ne: exactly(["any", "any"], (a, b) => !isEqual(a, b)),
  lt: exactly(["any", "any"], isLess),
  le: exactly(["any", "any"], (a, b) => !isLess(b, a)),
  gt: exactly(["any", "any"], (a, b) => isLess(b, a)),
  ge: exactly(["any", "any"], (a, b) => !isLess(a, b)),
  json: exactly(["any"], formatJson),
  join: exactly(["[]string", "string"], (list, separator) =>
    (list as unknown[]).map((item) => formatDefault(item)).join(String(separator)),
  ),
  split: exactly(["string", "string"], (value, separator) => String(value).split(String(separator))),
  lower: exactly(["string"], (value) => String(value).toLowerCase()),
  upper: exactly(["string"], (value) => String(value).toUpperCase()),
  title: exactly(["string"], (value) =>
    String(value).replace(/(^|[^\p{L}\p{N}_'])(\p{L})/gu, (_, before, letter) => before + letter.toUpperCase()),
  ),
  pad: exactly(["string", "int", "int"], (value, before, after) =>
    value === "" ? "" : `${" ".repeat(Number(before))}${String(value)}${" ".repeat(Number(after))}`,
  ),
  truncate: exactly(["string", "int"], (value, length) => Array.from(String(value)).slice(0, Number(length)).join("")),
};

function several(least: number, call: TemplateFunction): Builtin {
  return { call, takes: Array.from({ length: least }, () => "any"), rest: "any" };
}

function exactly(takes: readonly Kind[], call: TemplateFunction): Builtin {
  return { call, takes };
}

/** What is wrong with an argument, in Go's words; `constant` is how a constant was written. */
export function checkArgument(
  kind: Kind | undefined,
  value: unknown,
  constant: string | undefined,
): string | undefined {
  if (kind === undefined || kind === "any" || isOf(kind, value)) return undefined;
  if (constant !== undefined)
    return kind === "[]string"
      ? `can't handle ${constant} for arg of type []string`
      : `expected ${kind === "int" ? "integer" : kind}; found ${constant}`;
  if (value === undefined) return `invalid value; expected ${kind}`;
  return `wrong type for value; expected ${kind}; got ${typeName(value)}`;
}

function isOf(kind: Kind, value: unknown): boolean {
  if (kind === "string") return typeof value === "string";
  if (kind === "int") return typeof value === "bigint" || Number.isInteger(value);
  return Array.isArray(value) || value === null || value === undefined;
}

/** Go counts the bytes of strings. */
function lengthOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  throw new Error(value === null || value === undefined ? "len of nil pointer" : `len of type ${typeName(value)}`);
}

function indexOnce(container: unknown, key: unknown): unknown {
  if (typeof container === "string") return Buffer.from(container)[place(key, Buffer.byteLength(container))];
  if (Array.isArray(container)) return container[place(key, container.length)];
  if (container === null || container === undefined) throw new Error("index of nil pointer");
  if (!(container instanceof Map)) throw new Error(`can't index item of type ${typeName(container)}`);
  if (typeof key !== "string") throw new Error(`value has type ${typeName(key)}; should be string`);
  return container.has(key) ? container.get(key) : zeroOf([...container.values()]);
}

/** A missing key has the zero value of the map's element type, which the other elements tell. */
function zeroOf(values: readonly unknown[]): unknown {
  if (values.every((value) => typeof value === "string")) return "";
  if (values.every((value) => typeof value === "number")) return 0;
  if (values.every((value) => typeof value === "boolean")) return false;
  if (values.every(Array.isArray)) return nilList();
  const isEmpty = values.every((value) => typeof value === "object" && Object.keys(value ?? { any: 0 }).length === 0);
  return isEmpty ? {} : undefined;
}

function place(key: unknown, length: number): number {
  if (typeof key !== "number" || !Number.isInteger(key))
    throw new Error(`cannot index slice/array with type ${typeName(key)}`);
  if (key < 0 || key >= length) throw new Error(`index out of range: ${key}`);
  return key;
}

function sliceOf(value: unknown, ...bounds: unknown[]): unknown {
  if (typeof value !== "string" && !Array.isArray(value))
    throw new Error(`can't slice item of type ${typeName(value)}`);
  if (typeof value === "string" && bounds.length > 2) throw new Error("cannot 3-index slice a string");
  if (bounds.length > 3) throw new Error(`too many slice indexes: ${bounds.length}`);
  const length = lengthOf(value);
  const [from = 0, to = length, most = length] = bounds.map((bound) => place(bound, length + 1));
  if (from > to || to > most)
    throw new Error(`invalid slice index: ${from > to ? from : to} > ${from > to ? to : most}`);
  return typeof value === "string" ? Buffer.from(value).subarray(from, to).toString() : value.slice(from, to);
}

function evalArgs(args: readonly unknown[]): string {
  const [only] = args;
  return args.length === 1 ? printValue(only) : sprint(args);
}
