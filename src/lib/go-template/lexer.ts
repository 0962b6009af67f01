import { readCharacter, readQuoted } from "./literal.ts";
import { parseError, type Source } from "./syntax.ts";

export type Token = {
  kind: "text" | "open" | "close" | "field" | "variable" | "word" | "string" | "number" | "symbol" | "end";
  /** What was written; for strings the meaning. */
  text: string;
  at: number;
  /** Where what was written ends. */
  end: number;
  /** True when white space stands before it: `.A .B` are two operands, `.A.B` is one. */
  spaced: boolean;
  /** For numbers. */
  value?: number;
};

const SPACE = " \t\r\n";
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]+(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?\d+)?|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d*|)(?:[eE][+-]?\d+)?)/y;

/**
 * Cuts a template into tokens; comments are gone and trim markers are done. Go's text/template/parse/lex.go, same rules, same errors.
 * With `escapes` a backslash and t or n outside of actions are a tab and a line feed, as in the formats of Docker's and Podman's commands.
 */
export function tokenize(source: Source, escapes: boolean): Token[] {
  const { text: input } = source;
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  while (at < input.length) {
    const open = input.indexOf("{{", at);
    const end = open < 0 ? input.length : open;
    const trimsBefore = open >= 0 && input[open + 2] === "-" && SPACE.includes(input[open + 3] ?? "x");
    let text = input.slice(at, end);
    if (escapes) text = text.replaceAll(String.raw`\t`, "\t").replaceAll(String.raw`\n`, "\n");
    if (trimNext) text = text.replace(/^[ \t\r\n]+/, "");
    if (trimsBefore) text = text.replace(/[ \t\r\n]+$/, "");
    if (text !== "") tokens.push({ kind: "text", text, at, end, spaced: false });
    if (open < 0) break;
    const action = new ActionLexer(source, open + (trimsBefore ? 3 : 2), open);
    tokens.push(...action.read());
    at = action.at;
    trimNext = action.trimsAfter;
  }
  tokens.push({ kind: "end", text: "", at: input.length, end: input.length, spaced: false });
  return tokens;
}

class ActionLexer {
  at: number;
  trimsAfter = false;
  readonly #source: Source;
  readonly #input: string;
  readonly #open: number;
  readonly #tokens: Token[] = [];
  #parens = 0;

  constructor(source: Source, at: number, open: number) {
    this.#source = source;
    this.#input = source.text;
    this.at = at;
    this.#open = open;
  }

  read(): Token[] {
    if (this.#comment()) return [];
    this.#push({ kind: "open", text: "{{", at: this.#open, spaced: false });
    while (!this.#closes()) this.#token();
    return this.#tokens;
  }

  #comment(): boolean {
    const body = /\s*\/\*/y;
    // With a trim marker one space stands before the comment, without one none may.
    body.lastIndex = this.at;
    const started = body.exec(this.#input);
    if (started === null) return false;
    const end = this.#input.indexOf("*/", body.lastIndex);
    if (end < 0) this.#fail("unclosed comment");
    const close = /(\s-)?\}\}/y;
    close.lastIndex = end + 2;
    const closed = close.exec(this.#input);
    if (closed === null) this.#fail("comment ends before closing delimiter");
    this.trimsAfter = closed[1] !== undefined;
    this.at = close.lastIndex;
    return true;
  }

  #closes(): boolean {
    const spaced = this.#skipSpace();
    const close = spaced && this.#input.startsWith("-}}", this.at) ? "-}}" : "}}";
    if (!this.#input.startsWith(close, this.at)) return false;
    if (this.#parens > 0) this.#fail("unclosed left paren");
    this.trimsAfter = close === "-}}";
    this.#push({ kind: "close", text: close, at: this.at, spaced });
    this.at += close.length;
    return true;
  }

  #skipSpace(): boolean {
    const start = this.at;
    while (this.at < this.#input.length && SPACE.includes(this.#input[this.at] ?? "x")) this.at++;
    return this.at > start;
  }

  #token(): void {
    const spaced = SPACE.includes(this.#input[this.at - 1] ?? "x");
    const first = this.#input[this.at];
    if (first === undefined) this.#fail("unclosed action");
    if (first === '"' || first === "`") return this.#string(spaced);
    if (first === "'") return this.#character(spaced);
    if (/[+\-0-9]/.test(first) || /^\.\d/.test(this.#input.slice(this.at, this.at + 2))) return this.#number(spaced);
    for (const [kind, pattern] of WORDS) {
      pattern.lastIndex = this.at;
      const text = pattern.exec(this.#input)?.[0];
      if (text === undefined) continue;
      this.#take(kind, text, spaced);
      return this.#terminated();
    }
    if (first === ":" && this.#input[this.at + 1] !== "=") this.#fail("expected :=");
    if (first === "(") this.#parens++;
    if (first === ")" && --this.#parens < 0) this.#fail("unexpected right paren");
    if (!/[\x21-\x7e]/.test(first)) this.#fail(`unrecognized character in action: ${codePoint(this.#input, this.at)}`);
    this.#take("symbol", first === ":" ? ":=" : first, spaced);
  }

  /** A name ends where it may end. */
  #terminated(): void {
    const next = this.#input[this.at] ?? " ";
    if (/[\s.,|:()]/.test(next) || this.#input.startsWith("}}", this.at)) return;
    this.#fail(`bad character ${codePoint(this.#input, this.at)}`);
  }

  #string(spaced: boolean): void {
    const start = this.at;
    const { value, end } = readQuoted(this.#source, start);
    this.at = end;
    this.#push({ kind: "string", text: value, at: start, spaced });
  }

  #character(spaced: boolean): void {
    const start = this.at;
    const { value, end } = readCharacter(this.#source, start);
    this.at = end;
    this.#push({ kind: "number", text: this.#input.slice(start, end), at: start, spaced, value });
  }

  #number(spaced: boolean): void {
    NUMBER.lastIndex = this.at;
    const text = NUMBER.exec(this.#input)?.[0] ?? "";
    const next = this.#input[this.at + text.length] ?? "";
    const value = numberOf(text);
    if (/[\p{L}\p{Nd}_]/u.test(next) || !/\d/.test(text))
      this.#fail(`bad number syntax: ${JSON.stringify(text + next)}`);
    if (Number.isNaN(value)) this.#fail(`integer overflow: ${JSON.stringify(text)}`);
    const start = this.at;
    this.at += text.length;
    this.#push({ kind: "number", text, at: start, spaced, value });
  }

  #take(kind: Token["kind"], text: string, spaced: boolean): void {
    const start = this.at;
    this.at += text.length;
    this.#push({ kind, text, at: start, spaced });
  }

  #push(token: Omit<Token, "end">): void {
    const { kind, text, at } = token;
    const end = kind === "open" || kind === "close" ? at + text.length : this.at;
    this.#tokens.push({ ...token, end });
  }

  #fail(what: string): never {
    throw parseError(this.#source, this.#open, { what });
  }
}

const WORDS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["variable", /\$[\p{L}\p{Nd}_]*/uy],
  ["field", /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ["word", /[\p{L}_][\p{L}\p{Nd}_]*/uy],
];

function numberOf(text: string): number {
  const digits = text.replace(/^[+-]/, "").replaceAll("_", "");
  // Go reads a leading zero as octal.
  const octal = /^0(\d+)$/.exec(digits)?.[1];
  const value = octal === undefined ? Number(digits) : /^[0-7]+$/.test(octal) ? Number.parseInt(octal, 8) : Number.NaN;
  return text.startsWith("-") ? -value : value;
}

function codePoint(text: string, at: number): string {
  const point = text.codePointAt(at) ?? 0;
  return `U+${point.toString(16).toUpperCase().padStart(4, "0")} '${String.fromCodePoint(point)}'`;
}
