import type { Place } from "../../lib/code-frame.ts";
import { type Source, syntaxError } from "./source.ts";

/** What stands in the comments before the first instruction. */
export type Directives = {
  /** Ends a line that goes on, and takes a character's meaning away. */
  readonly escape: "\\" | "`";
  /** A frontend that other builders load; it is read and not used. */
  readonly syntax?: string;
  readonly check?: string;
};

/** One instruction as written: continued lines joined, comments between them left out. */
export type LogicalLine = {
  readonly text: string;
  /** First and last physical line, heredoc bodies not counted. */
  readonly line: number;
  readonly endLine: number;
  /** Where a character of `text` stands in the file. */
  readonly placeOf: (index: number) => Place;
};

/** Reads the physical lines of a file one after another: logical lines, and the bodies of heredocs between them. */
export type LineReader = {
  readonly directives: Directives;
  /** The next logical line; undefined at the end. */
  readonly next: () => LogicalLine | undefined;
  /** The lines up to one that is the name alone, as a heredoc has them; undefined when there is none. */
  readonly body: (name: string, stripTabs: boolean) => string | undefined;
  /** Lines without anything inside an instruction that goes on: they will not be allowed for ever. */
  readonly emptyContinuations: readonly number[];
};

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const KNOWN = ["syntax", "escape", "check"] as const;

/** Splits a Containerfile into logical lines (BuildKit's parser). Throws `invalid` with the place for a bad directive. */
export function readLines(source: Source): LineReader {
  const lines = source.text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line) => line.replace(/\r$/, ""));
  const { directives, after } = readDirectives(source, lines);
  const emptyContinuations: number[] = [];
  const state = { at: after };
  return {
    directives,
    emptyContinuations,
    next: () => {
      while (state.at < lines.length && isNothing(lines[state.at] ?? "")) state.at++;
      if (state.at >= lines.length) return undefined;
      const { line, next } = joinLine(lines, state.at, directives.escape, emptyContinuations);
      state.at = next;
      return line;
    },
    body: (name, stripTabs) => {
      const taken: string[] = [];
      for (let index = state.at; index < lines.length; index++) {
        const text = stripTabs ? (lines[index] ?? "").replace(/^\t+/, "") : (lines[index] ?? "");
        if (text === name) {
          state.at = index + 1;
          return taken.map((line) => `${line}\n`).join("");
        }
        taken.push(text);
      }
      return undefined;
    },
  };
}

function readDirectives(source: Source, lines: readonly string[]): { directives: Directives; after: number } {
  const found = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const [, name = "", value = ""] = DIRECTIVE.exec(line) ?? [];
    const known = KNOWN.find((word) => word === name.toLowerCase());
    if (known === undefined) return { directives: directivesOf(found), after: index };
    const place = { line: index + 1, column: 1 };
    if (found.has(known)) throw syntaxError(source, place, `only one ${known} parser directive can be used`);
    if (known === "escape" && value !== "\\" && value !== "`")
      throw syntaxError(source, place, `invalid escape token "${value}": it must be a backslash or a backtick`);
    found.set(known, value);
  }
  return { directives: directivesOf(found), after: lines.length };
}

function directivesOf(found: ReadonlyMap<string, string>): Directives {
  const syntax = found.get("syntax");
  const check = found.get("check");
  return {
    escape: found.get("escape") === "`" ? "`" : "\\",
    ...(syntax === undefined ? {} : { syntax }),
    ...(check === undefined ? {} : { check }),
  };
}

type Segment = { readonly start: number; readonly line: number; readonly column: number };

function joinLine(
  lines: readonly string[],
  first: number,
  escape: string,
  emptyContinuations: number[],
): { line: LogicalLine; next: number } {
  const mark = escape === "`" ? "`" : "\\\\";
  const goesOn = new RegExp(`(^|[^${mark}])${mark}[ \\t]*$`);
  const segments: Segment[] = [];
  let text = "";
  let index = first;
  let last = first;
  for (let open = true; open && index < lines.length; index++) {
    const physical = lines[index] ?? "";
    if (index > first && isNothing(physical)) {
      // A comment within is nothing; so is an empty line, which will not be so for ever.
      if (physical.trim() === "") emptyContinuations.push(index + 1);
      continue;
    }
    const start = index === first ? physical.length - physical.trimStart().length : 0;
    segments.push({ start: text.length, line: index + 1, column: start + 1 });
    const match = goesOn.exec(physical);
    open = match !== null;
    const end = match === null ? physical.length : match.index + (match[1]?.length ?? 0);
    text += physical.slice(start, end);
    last = index;
  }
  const placeOf = (at: number): Place => {
    const segment = segments.findLast(({ start }) => start <= at) ?? { start: 0, line: first + 1, column: 1 };
    return { line: segment.line, column: segment.column + at - segment.start };
  };
  return { line: { text, line: first + 1, endLine: last + 1, placeOf }, next: index };
}

function isNothing(line: string): boolean {
  const text = line.trimStart();
  return text === "" || text.startsWith("#");
}
