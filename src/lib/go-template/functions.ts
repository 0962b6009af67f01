import { sprint, sprintf } from "./printf.ts";
import { entriesOf, formatDefault, formatJson, isTrue, printValue, typeName } from "./value.ts";

/** A function that templates may call; what it throws becomes the template's error, with the place. */
export type TemplateFunction = (...args: unknown[]) => unknown;

/** Functions of Go's text/template, and those that Docker and Podman add. `and` and `or` are here for their names: the evaluator short-circuits them. */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  and: counted("and", 1, Infinity, (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1)),
  or: counted("or", 1, Infinity, (...args) => args.find(isTrue) ?? args.at(-1)),
  not: counted("not", 1, 1, (value) => !isTrue(value)),
  len: counted("len", 1, 1, lengthOf),
  index: counted("index", 1, Infinity, (value, ...keys) => keys.reduce(indexOnce, value)),
  slice: counted("slice", 1, 4, sliceOf),
  print: (...args) => sprint(args),
  println: (...args) => `${args.map(formatDefault).join(" ")}\n`,
  printf: counted("printf", 1, Infinity, (format, ...args) => sprintf(text(format), args)),
  html: (...args) => escapeHtml(evalArgs(args)),
  js: (...args) => escapeScript(evalArgs(args)),
  urlquery: (...args) => escapeQuery(evalArgs(args)),
  eq: counted("eq", 2, Infinity, (first, ...others) => others.some((other) => isEqual(first, other))),
  ne: counted("ne", 2, 2, (a, b) => !isEqual(a, b)),
  lt: counted("lt", 2, 2, (a, b) => isLess(a, b)),
  le: counted("le", 2, 2, (a, b) => !isLess(b, a)),
  gt: counted("gt", 2, 2, (a, b) => isLess(b, a)),
  ge: counted("ge", 2, 2, (a, b) => !isLess(a, b)),
  json: counted("json", 1, 1, formatJson),
  join: counted("join", 2, 2, (list, separator) => listOf(list).map(formatDefault).join(text(separator))),
  split: counted("split", 2, 2, (value, separator) => text(value).split(text(separator))),
  lower: counted("lower", 1, 1, (value) => text(value).toLowerCase()),
  upper: counted("upper", 1, 1, (value) => text(value).toUpperCase()),
  title: counted("title", 1, 1, (value) =>
    text(value).replace(/(^|[^\p{L}\p{N}_'])(\p{L})/gu, (_, before, letter) => before + letter.toUpperCase()),
  ),
  pad: counted("pad", 3, 3, (value, before, after) =>
    text(value) === "" ? "" : `${" ".repeat(Number(before))}${text(value)}${" ".repeat(Number(after))}`,
  ),
  truncate: counted("truncate", 2, 2, (value, length) => Array.from(text(value)).slice(0, Number(length)).join("")),
};

function counted(name: string, least: number, most: number, call: TemplateFunction): TemplateFunction {
  return (...args) => {
    if (args.length >= least && args.length <= most) return call(...args);
    const wanted = least === most ? String(least) : most === Infinity ? `at least ${least}` : `${least} to ${most}`;
    throw new Error(`wrong number of arguments for ${name}: want ${wanted} got ${args.length}`);
  };
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  throw new Error(`expected a string, found ${typeName(value)}`);
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (value === null || value === undefined) return [];
  throw new Error(`expected a list, found ${typeName(value)}`);
}

/** Go counts the bytes of strings. */
function lengthOf(value: unknown): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  const entries = entriesOf(value);
  if (entries === undefined) throw new Error(`len of type ${typeName(value)}`);
  return entries.length;
}

function indexOnce(container: unknown, key: unknown): unknown {
  if (typeof container === "string") return Buffer.from(container)[place(key, Buffer.byteLength(container))];
  if (Array.isArray(container)) return container[place(key, container.length)];
  if (container instanceof Map) return container.has(key) ? container.get(key) : zeroOf([...container.values()]);
  if (typeof container !== "object" || container === null) {
    throw new Error(
      container === null || container === undefined
        ? "index of untyped nil"
        : `can't index item of type ${typeName(container)}`,
    );
  }
  const entry = Object.entries(container).find(([name]) => name === text(key));
  return entry === undefined ? zeroOf(Object.values(container)) : entry[1];
}

/** A missing key has the zero value of the map's element type, which the other elements tell. */
function zeroOf(values: readonly unknown[]): unknown {
  if (values.every((value) => typeof value === "string")) return "";
  if (values.every((value) => typeof value === "number")) return 0;
  return values.every((value) => typeof value === "boolean") ? false : undefined;
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
  const length = lengthOf(value);
  const [from = 0, to = length, most = length] = bounds.map((bound) => place(bound, length + 1));
  if (from > to || to > most) throw new Error(`invalid slice index: ${from} > ${from > to ? to : most}`);
  return typeof value === "string" ? Buffer.from(value).subarray(from, to).toString() : value.slice(from, to);
}

function isEqual(a: unknown, b: unknown): boolean {
  const isNumber = (value: unknown): value is number | bigint => typeof value === "number" || typeof value === "bigint";
  if (isNumber(a) && isNumber(b)) return !(a < b) && !(a > b);
  const nil = [a, b].filter((value) => value === null || value === undefined);
  if (nil.length > 0) return nil.length === 2;
  if (typeof a === "object" || typeof b === "object")
    throw new Error(`non-comparable type ${typeName(typeof a === "object" ? a : b)}`);
  if (typeof a !== typeof b) throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  return a === b;
}

function isLess(a: unknown, b: unknown): boolean {
  const isNumber = (value: unknown): value is number | bigint => typeof value === "number" || typeof value === "bigint";
  if (isNumber(a) && isNumber(b)) return a < b;
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
  if (typeof a !== typeof b) throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  throw new Error(`invalid type for comparison: ${typeName(a)}`);
}

function evalArgs(args: readonly unknown[]): string {
  const [only] = args;
  return args.length === 1 ? printValue(only) : sprint(args);
}

function escapeHtml(value: string): string {
  const names: Readonly<Record<string, string>> = {
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    "'": "&#39;",
    '"': "&#34;",
    "\0": "\uFFFD",
  };
  return value.replace(/[<>&'"\0]/g, (character) => names[character] ?? character);
}

function escapeScript(value: string): string {
  return value.replace(/[\\'"<>&=\p{Cc}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === "\\" || character === "'" || character === '"') return `\\${character}`;
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

function escapeQuery(value: string): string {
  const special = /[!'()*]/g;
  const encoded = encodeURIComponent(value).replace(
    special,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return encoded.replaceAll("%20", "+");
}
