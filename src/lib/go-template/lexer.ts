import { readCharacter, readQuoted } from "./literal.ts";
import { templateError } from "./syntax.ts";

export type Token = {
  kind: "text" | "open" | "close" | "field" | "variable" | "word" | "string" | "number" | "symbol" | "end";
  /** What was written; for strings and characters the meaning. */
  text: string;
  at: number;
  /** True when white space stands before it: `.A .B` are two operands, `.A.B` is one. */
  spaced: boolean;
  /** For numbers. */
  value?: number;
};

const SYMBOLS = [":=", "=", "|", ",", "(", ")"];
const SPACE = " \t\r\n";

/**
 * Cuts a template into tokens; comments are gone and trim markers are done. Go's text/template/parse/lex.go, same rules. With `escapes`
 * a backslash and t or n outside of actions are a tab and a line feed, as in the formats of Docker's and Podman's command lines.
 */
export function tokenize(source: string, escapes: boolean): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimNext = false;
  while (at < source.length) {
    const open = source.indexOf("{{", at);
    const end = open < 0 ? source.length : open;
    const trimsBefore = open >= 0 && source[open + 2] === "-" && SPACE.includes(source[open + 3] ?? "x");
    let text = source.slice(at, end);
    if (escapes) text = text.replaceAll(String.raw`\t`, "\t").replaceAll(String.raw`\n`, "\n");
    if (trimNext) text = text.replace(/^[ \t\r\n]+/, "");
    if (trimsBefore) text = text.replace(/[ \t\r\n]+$/, "");
    if (text !== "") tokens.push({ kind: "text", text, at, spaced: false });
    if (open < 0) break;
    const action = new ActionLexer(source, open + (trimsBefore ? 3 : 2), open);
    tokens.push(...action.read());
    at = action.at;
    trimNext = action.trimsAfter;
  }
  tokens.push({ kind: "end", text: "", at: source.length, spaced: false });
  return tokens;
}

class ActionLexer {
  at: number;
  trimsAfter = false;
  readonly #source: string;
  readonly #open: number;
  readonly #tokens: Token[] = [];

  constructor(source: string, at: number, open: number) {
    this.#source = source;
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
    const started = body.exec(this.#source);
    if (started === null) return false;
    const end = this.#source.indexOf("*/", body.lastIndex);
    if (end < 0) this.#fail(this.#open, "comment without an end");
    const close = /(\s-)?\}\}/y;
    close.lastIndex = end + 2;
    const closed = close.exec(this.#source);
    if (closed === null) this.#fail(end, "a comment must be the only thing in its action");
    this.trimsAfter = closed[1] !== undefined;
    this.at = close.lastIndex;
    return true;
  }

  #closes(): boolean {
    const spaced = this.#skipSpace();
    const close = spaced && this.#source.startsWith("-}}", this.at) ? "-}}" : "}}";
    if (!this.#source.startsWith(close, this.at)) return false;
    this.trimsAfter = close === "-}}";
    this.#push({ kind: "close", text: close, at: this.at, spaced });
    this.at += close.length;
    return true;
  }

  #skipSpace(): boolean {
    const start = this.at;
    while (this.at < this.#source.length && SPACE.includes(this.#source[this.at] ?? "x")) this.at++;
    return this.at > start;
  }

  #token(): void {
    const spaced = SPACE.includes(this.#source[this.at - 1] ?? "x");
    const start = this.at;
    const rest = this.#source.slice(start, start + 1);
    if (rest === "") this.#fail(this.#open, "action without an end");
    if (rest === '"' || rest === "`") return this.#string(spaced);
    if (rest === "'") {
      const { value, end } = readCharacter(this.#source, start);
      this.at = end;
      return this.#push({ kind: "number", text: this.#source.slice(start, end), at: start, spaced, value });
    }
    const symbol = SYMBOLS.find((candidate) => this.#source.startsWith(candidate, start));
    if (symbol !== undefined) return this.#take("symbol", symbol, spaced);
    const number = this.#match(
      /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y,
    );
    if (number !== undefined) return this.#number(number, spaced);
    const variable = this.#match(/\$[\p{L}\p{Nd}_]*/uy);
    if (variable !== undefined) return this.#take("variable", variable, spaced);
    const field = this.#match(/\.[\p{L}_][\p{L}\p{Nd}_]*/uy);
    if (field !== undefined) return this.#take("field", field, spaced);
    if (rest === ".") return this.#take("symbol", ".", spaced);
    const word = this.#match(/[\p{L}_][\p{L}\p{Nd}_]*/uy);
    if (word !== undefined) return this.#take("word", word, spaced);
    this.#fail(start, `unexpected ${JSON.stringify(rest)} in an action`);
  }

  #string(spaced: boolean): void {
    const start = this.at;
    const { value, end } = readQuoted(this.#source, start);
    this.at = end;
    this.#push({ kind: "string", text: value, at: start, spaced });
  }

  #number(text: string, spaced: boolean): void {
    const sign = text.startsWith("-") ? -1 : 1;
    const digits = text.replace(/^[+-]/, "").replaceAll("_", "");
    // Go reads a leading zero as octal.
    const value = sign * (/^0\d+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits));
    if (Number.isNaN(value)) this.#fail(this.at, `bad number "${text}"`);
    const start = this.at;
    this.at += text.length;
    this.#push({ kind: "number", text, at: start, spaced, value });
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.#source)?.[0];
  }

  #take(kind: Token["kind"], text: string, spaced: boolean): void {
    this.#push({ kind, text, at: this.at, spaced });
    this.at += text.length;
  }

  #push(token: Token): void {
    this.#tokens.push(token);
  }

  #fail(at: number, what: string): never {
    throw templateError(this.#source, at, { what });
  }
}
