import type { Source } from "../../lib/yaml/node.ts";
import { placeOf, problemAt } from "../../lib/yaml/problem.ts";
import { fillIn, type Lookup } from "../interpolate/template.ts";
import type { Variable } from "./variables.ts";

/** A variable of a file; null where the file only names it, and the value comes from around it. */
export type EnvLine = { readonly name: string; readonly value: string | null; readonly from: string };

const KEY = /(?:export[ \t]+)?([A-Za-z0-9_.\-[\]]+)([ \t]*)(?:([=:])[ \t]*|(?=[\r\n#]|$))/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", '"': '"', $: "$$" };

/**
 * The variables of an env file in Compose's grammar: `K=V`, `K: V`, `K` alone, `export`, quotes over several lines, `$V` and `${V}` of
 * what `lookup` knows and of lines before. Source: compose-go's dotenv. Throws `compose.bad_env_file` with line and column.
 */
export function readDotenv(source: Source, lookup: Lookup, unset: (name: string) => void): EnvLine[] {
  const lines: EnvLine[] = [];
  const known = new Map<string, string>();
  const { text } = source;
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  const template = { lookup: (name: string) => lookup(name) ?? known.get(name), unset };
  for (;;) {
    at = skipEmpty(text, at);
    if (at >= text.length) return lines;
    KEY.lastIndex = at;
    const key = KEY.exec(text);
    if (key === null) throw badLine(source, at);
    const from = `${source.name}:${placeOf({ source, offset: at }).line}`;
    const name = key[1] ?? "";
    at = KEY.lastIndex;
    if (key[3] === undefined) {
      lines.push({ name, value: null, from });
      at = lineEnd(text, at);
      continue;
    }
    const read = readValue(source, at);
    const fill = (): string => fillIn(read.value, template, ({ what, fix }) => badValue(source, at, what, fix));
    const value = read.literal ? read.value : fill();
    known.set(name, value);
    lines.push({ name, value, from });
    at = read.end;
  }
}

/** An env file as `--env-file` of docker reads it: no quotes, no variables. */
export function readRawEnv(source: Source): EnvLine[] {
  return source.text.split("\n").flatMap((line, index) => {
    const text = line.trimStart().replace(/\r$/, "");
    if (text === "" || text.startsWith("#")) return [];
    const at = text.indexOf("=");
    const from = `${source.name}:${index + 1}`;
    return [
      at === -1
        ? { name: text.trim(), value: null, from }
        : { name: text.slice(0, at), value: text.slice(at + 1), from },
    ];
  });
}

/** The lines as variables: a name without a value takes the one from around the file, if there is any. The later line counts. */
export function settled(
  lines: readonly EnvLine[],
  around: (name: string) => Variable | undefined,
): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const { name, value, from } of lines) {
    const outer = value === null ? around(name) : { value, from };
    if (outer !== undefined) variables.set(name, outer);
  }
  return variables;
}

function skipEmpty(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (/\s/.test(text[at] ?? "")) at += 1;
    if (text[at] !== "#") return at;
    at = lineEnd(text, at);
  }
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}

type Value = { readonly value: string; readonly literal: boolean; readonly end: number };

function readValue(source: Source, at: number): Value {
  const { text } = source;
  const quote = text[at];
  if (quote === '"' || quote === "'") return readQuotedValue(source, at, quote);
  const end = lineEnd(text, at);
  // A comment needs a blank before it.
  const value = text
    .slice(at, end)
    .replace(/(?:^|[ \t])#.*$/, "")
    .trim();
  return { value, literal: false, end };
}

function readQuotedValue(source: Source, at: number, quote: string): Value {
  const { text } = source;
  let end = at + 1;
  while (end < text.length && text[end] !== quote) end += text[end] === "\\" && end + 1 < text.length ? 2 : 1;
  if (end >= text.length) throw badValue(source, at, "this quote is never closed");
  const rest = text.slice(end + 1, lineEnd(text, end + 1)).trim();
  if (rest !== "" && !rest.startsWith("#")) throw badValue(source, end + 1, "nothing may follow the closing quote");
  const inner = text.slice(at + 1, end);
  const value = quote === "'" ? inner.replaceAll("\\'", "'") : inner.replaceAll(/\\(0?[0-7]{3}|[^])/g, unescape);
  return { value, literal: quote === "'", end: lineEnd(text, end + 1) };
}

function unescape(whole: string, code: string): string {
  if (/^[0-7]{3,4}$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8));
  return ESCAPES[code] ?? whole;
}

function badLine(source: Source, at: number): Error {
  const line = source.text.slice(at, lineEnd(source.text, at)).trim();
  const spaced = /^[^=]*\s[^=]*=/.test(line.replace(/^export\s+/, ""));
  const what = spaced
    ? `the name of a variable contains a blank: ${line.split("=")[0]}`
    : `this is no line of an env file: ${line.split("=")[0]}`;
  return problemAt({ source, offset: at }, { reason: "compose.bad_env_file", what, fix: "write NAME=VALUE" });
}

function badValue(source: Source, offset: number, what: string, fix?: string): Error {
  return problemAt({ source, offset }, { reason: "compose.bad_env_file", what, fix });
}
