import { EstibaError } from "./error.ts";

/** A JSON document that knows where each of its values was written. */
export type JsonSource = {
  readonly value: unknown;
  /** `FILE:LINE:COLUMN` of the value at a path such as `["syscalls", 3, "action"]`; of the nearest parent when that path has none. */
  readonly place: (path: readonly (string | number)[]) => string;
};

/**
 * Parses JSON (RFC 8259) that a person wrote, for errors that name a place; `JSON.parse` of the engine tells none.
 * Throws `invalid` with `file:line:column` for a syntax error, a repeated key or more than 100 levels.
 */
export function parseJsonSource(text: string, file: string): JsonSource {
  const parser = new Parser(text, file);
  const value = parser.document();
  return {
    value,
    place: (path) => {
      for (let length = path.length; length > 0; length--) {
        const offset = parser.offsets.get(JSON.stringify(path.slice(0, length)));
        if (offset !== undefined) return placeOf(text, file, offset);
      }
      return placeOf(text, file, 0);
    },
  };
}

function placeOf(text: string, file: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return `${file}:${line}:${offset - before.lastIndexOf("\n")}`;
}

const WORDS: readonly (readonly [string, unknown])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
const MAX_DEPTH = 100;

class Parser {
  readonly offsets = new Map<string, number>();
  readonly #text: string;
  readonly #file: string;
  #at = 0;

  constructor(text: string, file: string) {
    this.#text = text.startsWith("\uFEFF") ? ` ${text.slice(1)}` : text;
    this.#file = file;
  }

  document(): unknown {
    const value = this.#value([]);
    this.#space();
    if (this.#at < this.#text.length) this.#fail(`unexpected ${this.#seen()} after the document`);
    return value;
  }

  #value(path: (string | number)[]): unknown {
    this.#space();
    if (path.length > MAX_DEPTH) this.#fail(`more than ${MAX_DEPTH} levels`);
    this.offsets.set(JSON.stringify(path), this.#at);
    const character = this.#text[this.#at];
    if (character === "{") return this.#object(path);
    if (character === "[") return this.#array(path);
    if (character === '"') return this.#string();
    for (const [word, meaning] of WORDS) if (this.#take(word)) return meaning;
    return this.#number();
  }

  #object(path: (string | number)[]): Record<string, unknown> {
    const entries = new Map<string, unknown>();
    this.#at++;
    this.#space();
    if (this.#take("}")) return {};
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail(`expected a key in quotes, found ${this.#seen()}`);
      const start = this.#at;
      const key = this.#string();
      if (entries.has(key)) this.#fail(`key "${key}" is given twice`, start);
      this.#space();
      if (!this.#take(":")) this.#fail(`expected ":" after key "${key}", found ${this.#seen()}`);
      entries.set(key, this.#value([...path, key]));
      this.#space();
      // fromEntries defines "__proto__" as an ordinary key.
      if (this.#take("}")) return Object.fromEntries(entries);
      if (!this.#take(",")) this.#fail(`expected "," or "}", found ${this.#seen()}`);
    }
  }

  #array(path: (string | number)[]): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    this.#space();
    if (this.#take("]")) return items;
    for (;;) {
      items.push(this.#value([...path, items.length]));
      this.#space();
      if (this.#take("]")) return items;
      if (!this.#take(",")) this.#fail(`expected "," or "]", found ${this.#seen()}`);
    }
  }

  #string(): string {
    const match = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
    match.lastIndex = this.#at;
    const found = match.exec(this.#text);
    if (found === null) this.#fail("string without an end, or with a bad escape");
    // Only printable characters stand in a string; whatever is below the space must be escaped.
    const raw = found[0].search(/[^ -\uffff]/);
    if (raw >= 0) this.#fail("control character or line break in a string", this.#at + raw);
    this.#at += found[0].length;
    return String(JSON.parse(found[0]));
  }

  #number(): number {
    const match = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    match.lastIndex = this.#at;
    const found = match.exec(this.#text);
    if (found === null) this.#fail(`expected a value, found ${this.#seen()}`);
    this.#at += found[0].length;
    return Number(found[0]);
  }

  #space(): void {
    while (" \t\r\n".includes(this.#text[this.#at] ?? "x")) this.#at++;
  }

  #take(word: string): boolean {
    const found = this.#text.startsWith(word, this.#at);
    if (found) this.#at += word.length;
    return found;
  }

  #seen(): string {
    const character = this.#text[this.#at];
    return character === undefined ? "the end of the file" : JSON.stringify(character);
  }

  #fail(problem: string, offset: number = this.#at): never {
    throw new EstibaError("invalid", {
      reason: "json.syntax",
      what: `${placeOf(this.#text, this.#file, offset)}: ${problem}`,
      fix: "correct the file there",
    });
  }
}
