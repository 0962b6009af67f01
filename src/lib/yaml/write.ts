import { resolveScalar } from "./resolve-scalar.ts";

/** The way to a value, from the outside in. */
export type ValuePath = readonly (string | number)[];

type Writing = {
  /** A comment behind the line of a value that is no collection; undefined: none. */
  readonly comment?: ((path: ValuePath) => string | undefined) | undefined;
};

type Output = Writing & { readonly lines: string[] };

type Where = { readonly path: ValuePath; readonly indent: number };

/** A value as YAML in blocks, as Go's yaml.v3 writes it: two columns deeper for each level, lists below mappings too; quotes where needed. */
export function writeYaml(value: unknown, writing: Writing = {}): string {
  const output: Output = { ...writing, lines: [] };
  if (isFilled(value)) writeBlock(value, { path: [], indent: 0 }, "", output);
  else output.lines.push(scalarText(value, 0));
  return `${output.lines.join("\n")}\n`;
}

function isFilled(value: unknown): value is object {
  return typeof value === "object" && value !== null && (Array.isArray(value) ? value : Object.keys(value)).length > 0;
}

/** The lines of a collection; `first` is what the first of them has instead of its indentation, such as `  - `. */
function writeBlock(value: object, where: Where, first: string, output: Output): void {
  const entries: (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item: unknown, index) => [index, item])
    : Object.entries(value);
  let start = first;
  for (const [key, inner] of entries) {
    const begin = start === "" ? " ".repeat(where.indent) : start;
    start = "";
    // Only comments ask for the way.
    const path = output.comment === undefined ? where.path : [...where.path, key];
    const below = { path, indent: where.indent + 2 };
    if (typeof key === "number" && isFilled(inner)) writeBlock(inner, below, `${begin}- `, output);
    else writeEntry(`${begin}${typeof key === "number" ? "-" : `${keyText(key)}:`}`, inner, below, output);
  }
}

function writeEntry(head: string, value: unknown, where: Where, output: Output): void {
  if (isFilled(value)) {
    output.lines.push(head);
    writeBlock(value, where, "", output);
    return;
  }
  const text = scalarText(value, where.indent);
  const remark = output.comment?.(where.path);
  if (remark === undefined) output.lines.push(`${head} ${text}`);
  else output.lines.push(`${head} ${text.replace(/\n|$/, (end) => `  # ${remark}${end}`)}`);
}

function keyText(key: string): string {
  return key.includes("\n") ? JSON.stringify(key) : stringText(key, 0);
}

function scalarText(value: unknown, indent: number): string {
  if (typeof value === "string") return stringText(value, indent);
  if (typeof value === "number") return numberText(value);
  if (Array.isArray(value)) return "[]";
  return typeof value === "object" && value !== null ? "{}" : String(value);
}

function numberText(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  if (Number.isFinite(value))
    return String(value)
      .replace(/e\+?(-?)(\d)$/, "e+$1$2")
      .replace("e+-", "e-0");
  return Number.isNaN(value) ? ".nan" : value > 0 ? ".inf" : "-.inf";
}

// Words and numbers that older readers of YAML take for something else than a text.
const OLD =
  /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|<<|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|\d{4}-\d{1,2}-\d{1,2}.*)$/;
const UNSAFE = /^[#,[\]{}&*!|>'"%@`]|^[-?:](?:\s|$)|:(?:\s|$)|\s#|^\s|\s$|^(?:---|\.\.\.)/;
// oxlint-disable-next-line no-control-regex
const SPECIAL = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u2028\u2029\uFEFF]/;

// Most texts, which need no second look.
const USUAL = /^[A-Za-z_/$][\w./$=-]*$/;
const WORDS: ReadonlySet<string> = new Set(["true", "false", "null", "yes", "no", "on", "off", "y", "n"]);

function stringText(text: string, indent: number): string {
  if (USUAL.test(text) && (text.length > 5 || !WORDS.has(text.toLowerCase()))) return text;
  if (SPECIAL.test(text)) return doubleQuoted(text);
  if (text.includes("\n")) return / \n|^\n*$/.test(text) || indent === 0 ? doubleQuoted(text) : literal(text, indent);
  if (resolveScalar(text) !== text || OLD.test(text)) return doubleQuoted(text);
  return UNSAFE.test(text) ? `'${text.replaceAll("'", "''")}'` : text;
}

function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? "2" : "";
  const chomping = text.endsWith("\n\n") ? "+" : text.endsWith("\n") ? "" : "-";
  const body = text.replace(/\n$/, "");
  const margin = " ".repeat(indent);
  return [`|${hint}${chomping}`, ...body.split("\n").map((line) => (line === "" ? "" : margin + line))].join("\n");
}

function doubleQuoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007F-\u009F\u2028\u2029\uFEFF]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
