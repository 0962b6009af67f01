import { formatGoDuration } from "../duration.ts";
import { printTime } from "./time.ts";

/**
 * How JavaScript values stand for Go's: `Map` is a map, a plain object a struct, a list a slice, `Date` a time, an object of `Number` a duration; a whole number an int, any
 * other a float64; null is nil and undefined what is not there.
 */

/** What a field of the data is in Go, where its value does not tell: a map, a slice that may be nil, a map of such slices, a string, a number, a boolean, a duration in nanoseconds. A field is named alone, or, first, as `Parent.Field`. */
export type Shape = "map" | "list" | "lists" | "text" | "number" | "flag" | "duration";

export type Shapes = Readonly<Record<string, Shape>>;

/** A map that prints as `a=b,c=d`, as a method of the peers' rows has it. */
export class Pairs extends Map<string, string> {
  constructor(pairs: Readonly<Record<string, string>> = {}) {
    super(Object.entries(pairs));
  }

  override toString(): string {
    return entriesOf(this)
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Plain data as Go's values: objects and nulls under the names of `shapes` become maps and nil slices. */
export function toGoValue(value: unknown, shapes: Shapes, shape?: Shape, parent = ""): unknown {
  if (value === null || value === undefined)
    return shape === undefined || zeroOf(shape) !== null ? value : nilOf(shape, value);
  // An object of Number, which is a number in JSON.
  if (shape === "duration" && typeof value === "number") return Object(value);
  if (typeof value !== "object" || value instanceof Date || value instanceof Pairs) return value;
  if (Array.isArray(value)) return value.map((item) => toGoValue(item, shapes));
  const inner = shape === "lists" ? "list" : undefined;
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, toGoValue(item, shapes, inner)]));
  const entries = Object.entries(value);
  if (shape === "map" || shape === "lists")
    return new Map(entries.map(([key, item]) => [key, toGoValue(item, shapes, inner)]));
  return Object.fromEntries(
    entries.map(([key, item]) => [key, toGoValue(item, shapes, shapeOf(shapes, parent, key), key)]),
  );
}

function shapeOf(shapes: Shapes, parent: string, key: string): Shape | undefined {
  const name = [`${parent}.${key}`, key].find((candidate) => Object.hasOwn(shapes, candidate));
  return name === undefined ? undefined : shapes[name];
}

/** What a field without a value is where Go has no nil for it; null for any other. */
export function zeroOf(shape: Shape | undefined): string | number | boolean | null {
  if (shape === "text") return "";
  if (shape === "number") return 0;
  return shape === "flag" ? false : null;
}

/** Whether the value is a duration. */
export function isDuration(value: unknown): value is object & { valueOf(): number } {
  return typeof value === "object" && Object.prototype.toString.call(value) === "[object Number]";
}

/** A slice that is nil: it prints and counts as an empty one, but is null in JSON. */
export function nilList(): unknown[] {
  return Object.defineProperty([], "toJSON", { value: () => null });
}

/** What JSON leaves out (undefined), stays out. */
function nilOf(shape: Shape, json: null | undefined): object {
  return Object.defineProperty(shape === "list" ? [] : new Map(), "toJSON", { value: () => json });
}

/** Whether the value is a struct. */
export function isStruct(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !(value instanceof Date) &&
    !isDuration(value)
  );
}

/** Go's truth: everything but false, 0, "", nil, and lists and maps without anything in them. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isDuration(value)) return value.valueOf() !== 0;
  return value instanceof Map ? value.size > 0 : Boolean(value);
}

/** What `{{value}}` writes: fmt.Print of the value. */
export function printValue(value: unknown): string {
  return value === undefined ? "<no value>" : formatDefault(value);
}

/** fmt's %v, or %+v. */
export function formatDefault(value: unknown, named = false): string {
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "string") return value;
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value !== "object") return `%!v(${typeof value})`;
  if (Array.isArray(value)) return `[${value.map((item) => formatDefault(item, named)).join(" ")}]`;
  if (value instanceof Date) return printTime(value);
  if (isDuration(value)) return formatGoDuration(value.valueOf());
  if (value instanceof Pairs) return value.toString();
  if (value instanceof Map)
    return `map[${entriesOf(value)
      .map(([key, item]) => `${formatDefault(key)}:${formatDefault(item, named)}`)
      .join(" ")}]`;
  return `{${Object.entries(value)
    // What JSON leaves out is most often an empty string.
    .map(([key, item]) => `${named ? `${key}:` : ""}${item === undefined ? "" : formatDefault(item, named)}`)
    .join(" ")}}`;
}

/** Whole numbers are ints and print all their digits. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(BigInt(value)) : formatFloatShortest(value);
}

/** strconv's shortest 'g': an exponent of at least two digits below 1e-4 and from a million on. */
export function formatFloatShortest(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const size = Math.abs(value);
  const text = size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** Key and value of a map by sorted key, as Go ranges over maps. */
export function entriesOf<K, V>(map: ReadonlyMap<K, V>): [K, V][] {
  return [...map].toSorted(([a], [b]) => compareKeys(a, b));
}

function compareKeys(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  // By bytes of UTF-8, as Go compares strings; JavaScript's order differs above the basic plane.
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

/** The name that Go would give to the value's type, for %T and errors. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "nil";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float64";
  if (Array.isArray(value)) return `[]${elementType(value)}`;
  if (value instanceof Date) return "time.Time";
  if (isDuration(value)) return "time.Duration";
  return value instanceof Map ? `map[string]${elementType([...value.values()])}` : "struct";
}

function elementType(items: readonly unknown[]): string {
  const [first = "string", ...others] = new Set(items.map(typeName));
  return others.length === 0 && (first === "string" || first === "int") ? first : "interface {}";
}

/** The JSON that Docker's and Podman's `json` prints: compact, without HTML escapes, line separators escaped. */
export function formatJson(value: unknown): string {
  const plain = (_: string, item: unknown): unknown => {
    if (item instanceof Map) return Object.fromEntries(entriesOf(item));
    return typeof item === "bigint" ? Number(item) : item;
  };
  const text = JSON.stringify(value, plain) ?? "null";
  return text.replaceAll("\u2028", String.raw`\u2028`).replaceAll("\u2029", String.raw`\u2029`);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': String.raw`\"`,
  "\\": "\\\\",
  "\x07": String.raw`\a`,
  "\b": String.raw`\b`,
  "\f": String.raw`\f`,
  "\n": String.raw`\n`,
  "\r": String.raw`\r`,
  "\t": String.raw`\t`,
  "\v": String.raw`\v`,
};

/** A Go string literal of the text, as %q prints it; with `ascii`, as %+q does. */
export function quote(text: string, ascii = false): string {
  const special = ascii ? /["\\\p{Cc}]|[^\x20-\x7e]/gu : /["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
  const body = text.replace(special, (character) => {
    const point = character.codePointAt(0) ?? 0;
    const escape = ESCAPES[character];
    if (escape !== undefined) return escape;
    if (point < 0x80) return `\\x${point.toString(16).padStart(2, "0")}`;
    return point > 0xffff ? `\\U${point.toString(16).padStart(8, "0")}` : `\\u${point.toString(16).padStart(4, "0")}`;
  });
  return `"${body}"`;
}
