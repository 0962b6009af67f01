/**
 * How JavaScript values stand for Go's: `Map` is a map, a plain object a struct (or a map, where the template's options name its field), a
 * list a slice; a whole number an int, any other a float64; null is nil and undefined what is not there.
 */

/** Go's truth: everything but false, 0, "", nil and what is empty. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** What `{{value}}` writes: fmt.Print of the value. */
export function printValue(value: unknown): string {
  return value === undefined ? "<no value>" : formatDefault(value);
}

/** fmt's %v. */
export function formatDefault(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "string") return value;
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map(formatDefault).join(" ")}]`;
  if (value instanceof Date) return value.toISOString();
  const entries = entriesOf(value) ?? [];
  return `map[${entries.map(([key, item]) => `${formatDefault(key)}:${formatDefault(item)}`).join(" ")}]`;
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

/** Key and value of a map or struct, by sorted key as Go ranges over maps; undefined for anything else. */
export function entriesOf(value: unknown): [unknown, unknown][] | undefined {
  if (value instanceof Map) return [...value].toSorted(([a], [b]) => compareKeys(a, b));
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value).toSorted(([a], [b]) => compareKeys(a, b));
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
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}

/** The JSON that Docker's and Podman's `json` prints: compact, without HTML escapes, line separators escaped. */
export function formatJson(value: unknown): string {
  const plain = (_: string, item: unknown): unknown => {
    if (item instanceof Map) return Object.fromEntries(entriesOf(item) ?? []);
    return typeof item === "bigint" ? Number(item) : item;
  };
  const text = JSON.stringify(value, plain) ?? "null";
  return text.replaceAll("\u2028", String.raw`\u2028`).replaceAll("\u2029", String.raw`\u2029`);
}

/** A Go string literal of the text, as %q prints it. */
export function quote(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
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
  const body = text.replace(/["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const point = character.codePointAt(0) ?? 0;
    if (escapes[character] !== undefined) return escapes[character];
    if (point < 0x80) return `\\x${point.toString(16).padStart(2, "0")}`;
    return point > 0xffff ? `\\U${point.toString(16).padStart(8, "0")}` : `\\u${point.toString(16).padStart(4, "0")}`;
  });
  return `"${body}"`;
}
