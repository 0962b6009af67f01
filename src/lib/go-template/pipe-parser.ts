import { nearest } from "../nearest.ts";
import { type Token, tokenize } from "./lexer.ts";
import { type Command, type Operand, type Pipe, templateError } from "./syntax.ts";

export type ParseOptions = {
  /** The names that may be called. */
  readonly functions: ReadonlySet<string>;
  readonly escapes: boolean;
};

/** The inside of actions: pipelines, commands, operands, and which variables are known. */
export class PipeParser {
  readonly #source: string;
  readonly #functions: ReadonlySet<string>;
  readonly #tokens: Token[];
  #place = 0;
  /** Known variables, innermost last; who opens a scope restores the list after it. */
  protected variables: string[] = ["$"];

  constructor(source: string, { functions, escapes }: ParseOptions) {
    this.#source = source;
    this.#functions = functions;
    this.#tokens = tokenize(source, escapes);
  }

  protected pipe(inRange: boolean): Pipe {
    const at = this.peek().at;
    const { variables, assigns } = this.#declaration(inRange);
    const commands: Command[] = [];
    do commands.push(this.#command());
    while (this.#takeSymbol("|"));
    for (const { operands } of commands.slice(1)) {
      const first = operands[0];
      const callable =
        first?.kind === "function" || first?.kind === "field" || first?.kind === "variable" || first?.kind === "group";
      if (first !== undefined && !callable) this.fail(first.at, "only a function or method can stand after |");
    }
    // A variable is known only after its own pipeline.
    if (!assigns) this.variables.push(...variables);
    return { at, variables, assigns, commands };
  }

  #declaration(inRange: boolean): { variables: string[]; assigns: boolean } {
    const none = { variables: [], assigns: false };
    const first = this.peek();
    if (first.kind !== "variable") return none;
    const second = this.#ahead(2);
    const double = this.#ahead(1).text === "," && second.kind === "variable";
    const names = double ? [first, second] : [first];
    const sign = this.#ahead(double ? 3 : 1);
    if (sign.kind !== "symbol" || (sign.text !== ":=" && sign.text !== "=")) return none;
    if (double && !inRange) this.fail(second.at, "two variables are for {{range}} only");
    this.#place += double ? 4 : 2;
    const assigns = sign.text === "=";
    if (assigns) for (const token of names) this.#requireVariable(token);
    return { variables: names.map(({ text }) => text), assigns };
  }

  #command(): Command {
    const at = this.peek().at;
    const operands: Operand[] = [];
    for (let token = this.peek(); !endsCommand(token); token = this.peek()) {
      if (operands.length > 0 && !token.spaced)
        this.fail(token.at, `unexpected "${token.text}", a space is missing before it`);
      operands.push(this.#operand());
    }
    const first = operands[0];
    if (first === undefined) this.fail(at, "a value is missing");
    if (first.kind === "nil") this.fail(at, "nil is not a command");
    if (operands.length > 1 && (first.kind === "constant" || first.kind === "dot"))
      this.fail(at, "cannot give arguments to what is no function");
    return { at, operands };
  }

  #operand(): Operand {
    const token = this.next();
    const { at, text } = token;
    switch (token.kind) {
      case "string":
        return this.#constant(at, text);
      case "number":
        return this.#constant(at, token.value ?? 0);
      case "field":
        return { kind: "field", at, names: [text.slice(1), ...this.#chain()] };
      case "variable":
        this.#requireVariable(token);
        return { kind: "variable", at, name: text, names: this.#chain() };
      case "word":
        return this.#word(token);
      default:
    }
    if (text === ".") return { kind: "dot", at };
    if (text === "(") {
      const pipe = this.pipe(false);
      if (!this.#takeSymbol(")")) this.fail(at, '"(" without ")"');
      return { kind: "group", at, pipe, names: this.#chain() };
    }
    return this.fail(at, `unexpected "${text}"`);
  }

  #constant(at: number, value: string | number): Operand {
    const next = this.peek();
    if (next.kind === "field" && !next.spaced) this.fail(next.at, `unexpected "${next.text}" after a constant`);
    return { kind: "constant", at, value };
  }

  #word({ text, at }: Token): Operand {
    if (text === "true" || text === "false") return { kind: "constant", at, value: text === "true" };
    if (text === "nil") return { kind: "nil", at };
    if (this.#functions.has(text)) return { kind: "function", at, name: text };
    // Go's call would run a function that is found in the data; what a template sees here is data only.
    if (text === "call") this.fail(at, '"call" is refused: a template cannot run functions out of its data');
    const close = nearest(text, this.#functions);
    throw templateError(this.#source, at, {
      what: `function "${text}" is not defined`,
      fix: close === undefined ? `write ".${text}" if you mean a field` : `did you mean ${close}?`,
    });
  }

  #chain(): string[] {
    const names: string[] = [];
    for (let token = this.peek(); token.kind === "field" && !token.spaced; token = this.peek()) {
      names.push(token.text.slice(1));
      this.next();
    }
    return names;
  }

  #requireVariable(token: Token): void {
    if (this.variables.includes(token.text)) return;
    const close = nearest(token.text, this.variables);
    throw templateError(this.#source, token.at, {
      what: `undefined variable "${token.text}"`,
      fix: close === undefined ? `set it first: {{${token.text} := ...}}` : `did you mean ${close}?`,
    });
  }

  #takeSymbol(text: string): boolean {
    const token = this.peek();
    const found = token.kind === "symbol" && token.text === text;
    if (found) this.#place++;
    return found;
  }

  protected peek(): Token {
    return this.#ahead(0);
  }

  #ahead(count: number): Token {
    return this.#tokens[this.#place + count] ?? { kind: "end", text: "", at: this.#source.length, spaced: false };
  }

  protected next(): Token {
    const token = this.peek();
    this.#place++;
    return token;
  }

  protected fail(at: number, what: string): never {
    throw templateError(this.#source, at, { what });
  }
}

function endsCommand(token: Token): boolean {
  return (
    token.kind === "close" ||
    token.kind === "end" ||
    (token.kind === "symbol" && ["|", ")", ",", ":=", "="].includes(token.text))
  );
}
