import { type ParseOptions, PipeParser } from "./pipe-parser.ts";
import type { Node, Parsed, Source } from "./syntax.ts";

/** Parses a template. Throws `invalid` with the line, in the words of Go's text/template/parse. */
export function parse(source: Source, options: ParseOptions): Parsed {
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
      const node = this.#action(token.at);
      if (node !== undefined) nodes.push(node);
    }
  }

  #action(open: number): Node | undefined {
    const { kind, text } = this.peek();
    switch (kind === "word" ? text : "") {
      case "if":
      case "with":
        return this.#branch(text === "if" ? "if" : "with");
      case "range":
        return this.#range();
      case "define":
        return this.#define();
      case "block":
        return this.#block(open);
      case "template":
        return this.#template(open);
      case "break":
      case "continue":
        return this.#jump(text === "break" ? "break" : "continue");
      default: {
        const pipe = this.pipe("command");
        return { kind: "action", at: open, end: pipe.end, pipe };
      }
    }
  }

  #branch(kind: "if" | "with"): Node {
    const { at } = this.next();
    const scope = this.variables.length;
    const pipe = this.pipe(kind);
    const { nodes, stop } = this.#list();
    const otherwise = this.#otherwise(kind, stop);
    this.variables.length = scope;
    return { kind, at, end: pipe.end, pipe, body: nodes, otherwise };
  }

  /** What follows `else`: a list, or `else if` / `else with` as a branch of its own that shares the end. */
  #otherwise(kind: "if" | "with" | "range", stop: Stop): Node[] {
    if (stop.word === "end") return [];
    if (stop.word === "eof") this.fail(stop.at, "unexpected EOF");
    const next = this.peek();
    if (next.kind === "word" && (next.text === "if" || next.text === "with")) {
      if (kind !== next.text) this.unexpected(next, "input");
      return [this.#branch(next.text)];
    }
    this.#close("else");
    const { nodes, stop: last } = this.#list();
    if (last.word === "eof") this.fail(last.at, "unexpected EOF");
    if (last.word === "else") this.fail(last.at, "expected end; found {{else}}");
    return nodes;
  }

  #range(): Node {
    const { at } = this.next();
    const scope = this.variables.length;
    const pipe = this.pipe("range");
    this.#rangeDepth++;
    const { nodes, stop } = this.#list();
    this.#rangeDepth--;
    const otherwise = this.#otherwise("range", stop);
    this.variables.length = scope;
    return { kind: "range", at, end: pipe.end, pipe, body: nodes, otherwise };
  }

  #define(): undefined {
    const { at } = this.next();
    const name = this.#name("define clause");
    this.#close("define clause");
    this.#add(name, this.#body(), at);
  }

  #block(open: number): Node {
    const { at } = this.next();
    const name = this.#name("block clause");
    const pipe = this.pipe("block clause");
    this.#add(name, this.#body(), at);
    return { kind: "template", start: open, at, end: pipe.end, name, pipe };
  }

  /** The body of a template of its own: it sees none of the variables around it. */
  #body(): Node[] {
    const [variables, depth] = [this.variables, this.#rangeDepth];
    this.variables = ["$"];
    this.#rangeDepth = 0;
    const { nodes, stop } = this.#list();
    if (stop.word === "eof") this.fail(stop.at, "unexpected EOF");
    if (stop.word === "else") this.fail(stop.at, "unexpected {{else}}");
    [this.variables, this.#rangeDepth] = [variables, depth];
    return nodes;
  }

  #add(name: string, nodes: Node[], at: number): void {
    const known = this.#definitions.get(name);
    // An empty definition gives way to one with something in it.
    if (known !== undefined && !isEmpty(known) && !isEmpty(nodes))
      this.fail(at, `template: multiple definition of template "${name}"`);
    if (known === undefined || isEmpty(known)) this.#definitions.set(name, nodes);
  }

  #template(open: number): Node {
    this.next();
    const { at } = this.peek();
    const name = this.#name("template clause");
    if (this.peek().kind !== "close") {
      const pipe = this.pipe("template clause");
      return { kind: "template", start: open, at, end: pipe.end, name, pipe };
    }
    const { end } = this.next();
    return { kind: "template", start: open, at, end, name, pipe: undefined };
  }

  #jump(kind: "break" | "continue"): Node {
    const { at } = this.next();
    this.#close(`{{${kind}}}`);
    if (this.#rangeDepth === 0) this.fail(at, `{{${kind}}} outside {{range}}`);
    return { kind };
  }

  #name(context: string): string {
    const token = this.next();
    if (token.kind !== "string") this.unexpected(token, context);
    return token.text;
  }

  #close(context: string): void {
    const token = this.next();
    if (token.kind !== "close") this.unexpected(token, context);
  }
}

function isEmpty(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}
