import { type ParseOptions, PipeParser } from "./pipe-parser.ts";
import type { Node, Parsed } from "./syntax.ts";

const KEYWORDS = ["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"];

/** Parses a template. Throws `invalid` with the place. */
export function parse(source: string, options: ParseOptions): Parsed {
  return new Parser(source, options).parse();
}

type Stop = { word: "end" | "else" | "eof"; at: number };

class Parser extends PipeParser {
  readonly #definitions = new Map<string, Node[]>();
  #rangeDepth = 0;

  parse(): Parsed {
    const { nodes, stop } = this.#list();
    if (stop.word !== "eof") this.fail(stop.at, `unexpected {{${stop.word}}}`);
    return { nodes, definitions: this.#definitions };
  }

  #list(): { nodes: Node[]; stop: Stop } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.next();
      if (token.kind === "end") return { nodes, stop: { word: "eof", at: token.at } };
      if (token.kind === "text") {
        nodes.push({ kind: "text", text: token.text });
        continue;
      }
      const word = this.peek();
      if (word.kind === "word" && (word.text === "end" || word.text === "else")) {
        this.next();
        if (word.text === "end") this.#close("end");
        return { nodes, stop: { word: word.text, at: word.at } };
      }
      const node = this.#action();
      if (node !== undefined) nodes.push(node);
    }
  }

  #action(): Node | undefined {
    const { kind, text, at } = this.peek();
    if (kind !== "word" || !KEYWORDS.includes(text)) {
      const pipe = this.pipe(false);
      this.#close("command");
      return { kind: "action", at, pipe };
    }
    this.next();
    switch (text) {
      case "if":
      case "with":
        return this.#branch(text, at);
      case "range":
        return this.#range(at);
      case "define":
        return this.#define(at);
      case "block":
        return this.#block(at);
      case "template":
        return this.#template(at);
      default:
        return this.#jump(text, at);
    }
  }

  #branch(kind: "if" | "with", at: number): Node {
    const scope = this.variables.length;
    const pipe = this.pipe(false);
    this.#close(kind);
    const { nodes, stop } = this.#list();
    const otherwise = this.#otherwise(kind, stop, at);
    this.variables.length = scope;
    return { kind, at, pipe, body: nodes, otherwise };
  }

  /** What follows `else`: a list, or `else if` / `else with` as a branch of its own that shares the end. */
  #otherwise(kind: "if" | "with" | "range", stop: Stop, at: number): Node[] {
    if (stop.word === "end") return [];
    if (stop.word === "eof") this.fail(at, `{{${kind}}} without {{end}}`);
    const next = this.peek();
    if (kind !== "range" && next.kind === "word" && next.text === kind) {
      this.next();
      return [this.#branch(kind, next.at)];
    }
    this.#close("else");
    const { nodes, stop: last } = this.#list();
    if (last.word !== "end")
      this.fail(last.at, last.word === "eof" ? `{{${kind}}} without {{end}}` : "a second {{else}}");
    return nodes;
  }

  #range(at: number): Node {
    const scope = this.variables.length;
    const pipe = this.pipe(true);
    this.#close("range");
    this.#rangeDepth++;
    const { nodes, stop } = this.#list();
    this.#rangeDepth--;
    const otherwise = this.#otherwise("range", stop, at);
    this.variables.length = scope;
    return { kind: "range", at, pipe, body: nodes, otherwise };
  }

  #define(at: number): undefined {
    const name = this.#name("define");
    this.#close("define");
    this.#definitions.set(name, this.#body("define", at));
  }

  #block(at: number): Node {
    const name = this.#name("block");
    const pipe = this.pipe(false);
    this.#close("block");
    this.#definitions.set(name, this.#body("block", at));
    return { kind: "template", at, name, pipe };
  }

  /** The body of a template of its own: it sees none of the variables around it. */
  #body(kind: "define" | "block", at: number): Node[] {
    const [variables, depth] = [this.variables, this.#rangeDepth];
    this.variables = ["$"];
    this.#rangeDepth = 0;
    const { nodes, stop } = this.#list();
    if (stop.word !== "end") this.fail(at, `{{${kind}}} without {{end}}`);
    [this.variables, this.#rangeDepth] = [variables, depth];
    return nodes;
  }

  #template(at: number): Node {
    const name = this.#name("template");
    const pipe = this.peek().kind === "close" ? undefined : this.pipe(false);
    this.#close("template");
    return { kind: "template", at, name, pipe };
  }

  #jump(text: string, at: number): Node {
    if (text !== "break" && text !== "continue") this.fail(at, `unexpected {{${text}}}`);
    if (this.#rangeDepth === 0) this.fail(at, `{{${text}}} outside {{range}}`);
    this.#close(text);
    return { kind: text, at };
  }

  #name(kind: string): string {
    const token = this.next();
    if (token.kind !== "string") this.fail(token.at, `{{${kind}}} needs a name in quotes`);
    return token.text;
  }

  #close(kind: string): void {
    const token = this.next();
    if (token.kind !== "close") this.fail(token.at, `unexpected "${token.text}" in ${kind}`);
  }
}
