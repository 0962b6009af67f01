import { nearest } from "../nearest.ts";
import { type Token, tokenize } from "./lexer.ts";
import { type Command, type Operand, type Pipe, parseError, type Source, type Span } from "./syntax.ts";

export type ParseOptions = {
  /** The names that may be called. */
  readonly functions: ReadonlySet<string>;
  readonly escapes: boolean;
};

const KEYWORDS: ReadonlySet<string> = new Set(
  "block break continue define else end if nil range template with".split(" "),
);

/** The inside of actions: pipelines, commands, operands, and which variables are known. */
export class PipeParser {
  readonly #source: Source;
  readonly #functions: ReadonlySet<string>;
  readonly #tokens: Token[];
  #place = 0;
  /** Known variables, innermost last; who opens a scope restores the list after it. */
  protected variables: string[] = ["$"];

  constructor(source: Source, { functions, escapes }: ParseOptions) {
    this.#source = source;
    this.#functions = functions;
    this.#tokens = tokenize(source, escapes);
  }

  /** A pipeline, with its end: `}}`, or `)` for one in parentheses. `context` names it in errors. */
  protected pipe(context: string): Pipe {
    const { at } = this.peek();
    const { variables, assigns } = this.#declaration(context);
    const commands: Command[] = [];
    const closer = context === "parenthesized pipeline" ? ")" : "}}";
    for (let token = this.peek(); !isCloser(token, closer); token = this.peek()) {
      if (token.kind === "end") this.fail(token.at, "unclosed action");
      if (!startsOperand(token)) this.unexpected(token, context);
      commands.push(this.#command());
    }
    const { end } = this.next();
    if (commands.length === 0) this.fail(at, `missing value for ${context}`);
    for (const [place, { operands }] of commands.entries()) {
      const kind = operands[0]?.kind;
      if (place > 0 && (kind === "constant" || kind === "dot" || kind === "nil"))
        this.fail(at, `non executable command in pipeline stage ${place + 1}`);
    }
    return { at, end, variables, assigns, commands };
  }

  #declaration(context: string): { variables: string[]; assigns: boolean } {
    const names: string[] = [];
    const from = this.#place;
    for (let token = this.peek(); token.kind === "variable"; token = this.peek()) {
      const sign = this.#ahead(1);
      if (sign.kind !== "symbol" || ![":=", "=", ","].includes(sign.text)) break;
      names.push(token.text);
      this.variables.push(token.text);
      this.#place += 2;
      if (sign.text !== ",") return { variables: names, assigns: sign.text === "=" };
      if (context !== "range" || names.length > 1) this.fail(token.at, `too many declarations in ${context}`);
    }
    if (names.length > 0) this.fail(this.peek().at, "range can only initialize variables");
    this.#place = from;
    return { variables: [], assigns: false };
  }

  #command(): Command {
    const operands: Operand[] = [];
    for (let token = this.peek(); ; token = this.peek()) {
      if (operands.length > 0) {
        if (isCloser(token, "}}") || isCloser(token, ")")) break;
        if (isCloser(token, "|")) {
          this.next();
          break;
        }
        if (!token.spaced || !startsOperand(token)) this.unexpected(token, "operand");
      }
      operands.push(this.#operand());
    }
    return { at: operands[0]?.at ?? 0, end: operands.at(-1)?.end ?? 0, operands };
  }

  #operand(): Operand {
    const token = this.next();
    const { at: start, end } = token;
    const own = { start, at: start, end };
    switch (token.kind) {
      case "string":
        return this.#constant(token, token.text);
      case "number":
        return this.#constant(token, token.value ?? 0);
      case "field":
        return { kind: "field", ...this.#chain(token, [token.text.slice(1)]) };
      case "variable":
        this.#requireVariable(token);
        return { kind: "variable", name: token.text, ...this.#chain(token, []) };
      case "word":
        return this.#word(token);
      default:
    }
    if (token.text === ".") return { kind: "dot", ...own };
    const pipe = this.pipe("parenthesized pipeline");
    return { kind: "group", pipe, ...this.#chain({ at: start, end: pipe.end }, []) };
  }

  #constant(token: Token, value: string | number | boolean): Operand {
    const next = this.peek();
    if (next.kind === "field" && !next.spaced)
      this.fail(next.at, `unexpected . after term ${JSON.stringify(this.#source.text.slice(token.at, token.end))}`);
    return { kind: "constant", value, start: token.at, at: token.at, end: token.end };
  }

  #word(token: Token): Operand {
    const { text, at, end } = token;
    if (text === "true" || text === "false") return this.#constant(token, text === "true");
    if (text === "nil") return { kind: "nil", start: at, at, end };
    if (this.#functions.has(text)) return { kind: "function", name: text, start: at, at, end };
    const close = nearest(text, this.#functions);
    throw parseError(this.#source, at, {
      what: `function "${text}" not defined`,
      fix: close === undefined ? `write ".${text}" if you mean a field` : `did you mean ${close}?`,
    });
  }

  /** Further names right behind an operand. The first of them is where Go says that the chain is. */
  #chain({ at: start, end }: Span, names: string[]): Chain {
    let [place, last] = [start, end];
    let found = 0;
    for (let token = this.peek(); token.kind === "field" && !token.spaced; token = this.peek()) {
      if (found++ === 0) place = token.at;
      names.push(token.text.slice(1));
      last = this.next().end;
    }
    return { start, at: place, end: last, names };
  }

  #requireVariable(token: Token): void {
    if (this.variables.includes(token.text)) return;
    const close = nearest(token.text, this.variables);
    throw parseError(this.#source, token.at, {
      what: `undefined variable "${token.text}"`,
      fix: close === undefined ? `set it first: {{${token.text} := ...}}` : `did you mean ${close}?`,
    });
  }

  protected peek(): Token {
    return this.#ahead(0);
  }

  #ahead(count: number): Token {
    const { length } = this.#source.text;
    return this.#tokens[this.#place + count] ?? { kind: "end", text: "", at: length, end: length, spaced: false };
  }

  protected next(): Token {
    const token = this.peek();
    this.#place++;
    return token;
  }

  protected unexpected(token: Token, context: string): never {
    const written = this.#source.text.slice(token.at, token.end);
    const isKeyword = (token.kind === "word" && KEYWORDS.has(written)) || written === ".";
    const shown =
      token.kind === "end"
        ? "EOF"
        : isKeyword
          ? `<${written}>`
          : written.length > 10
            ? `${JSON.stringify(written.slice(0, 10))}...`
            : JSON.stringify(written);
    this.fail(token.at, `unexpected ${shown} in ${context}`);
  }

  protected fail(at: number, what: string): never {
    throw parseError(this.#source, at, { what });
  }
}

type Chain = Span & { readonly start: number; readonly names: string[] };

function isCloser(token: Token, closer: string): boolean {
  if (closer === "}}") return token.kind === "close";
  return token.kind === "symbol" && token.text === closer;
}

function startsOperand({ kind, text }: Token): boolean {
  if (kind === "word") return text === "nil" || !KEYWORDS.has(text);
  if (kind === "symbol") return text === "." || text === "(";
  return kind === "string" || kind === "number" || kind === "field" || kind === "variable";
}
