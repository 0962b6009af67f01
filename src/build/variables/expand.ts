import { replaceMatch, trimPrefix, trimSuffix } from "./pattern.ts";

/** The value of a variable; undefined where it is unset. */
export type Lookup = (name: string) => string | undefined;

export type ExpandOptions = {
  /** The character that takes the next one's meaning away. */
  readonly escape: "\\" | "`";
  /** `remove`: quotes group and vanish, as in an instruction; `keep`: they are characters like others, as in the body of a heredoc. */
  readonly quotes?: "remove" | "keep";
};

/** What is wrong with a word; `index` is where in the text. */
export class ExpansionError extends Error {
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

/**
 * Replaces the variables of a word: `$n`, `${n}`, `${n:-w}` and all others that a Containerfile knows; single quotes keep, double quotes
 * expand. Pure. Throws {@link ExpansionError}. Source: BuildKit's shell lexer.
 */
export function expand(text: string, lookup: Lookup, options: ExpandOptions): string {
  return new Expander(text, lookup, options).words(false).join("");
}

/** {@link expand}, then the words of the result: what came out of a variable is split too, what was quoted is not. */
export function expandToWords(text: string, lookup: Lookup, options: ExpandOptions): string[] {
  return new Expander(text, lookup, options).words(true);
}

const END = "";
const SPECIAL = "@*#?-$!";

class Expander {
  readonly #text: string;
  readonly #lookup: Lookup;
  readonly #escape: string;
  readonly #keepQuotes: boolean;
  #at = 0;
  #words: string[] = [];
  #word: string | undefined;

  constructor(text: string, lookup: Lookup, { escape, quotes = "remove" }: ExpandOptions) {
    this.#text = text;
    this.#lookup = lookup;
    // In a heredoc a backslash is a backslash's own, whatever the file's escape character.
    this.#escape = quotes === "keep" ? "\\" : escape;
    this.#keepQuotes = quotes === "keep";
  }

  words(split: boolean): string[] {
    if (!split) return [this.#until(END, false)];
    while (this.#at < this.#text.length) this.#piece();
    this.#endWord();
    return this.#words;
  }

  // One character, quoted part or variable at the top level, where white space ends a word.
  #piece(): void {
    const character = this.#peek();
    if (/\s/.test(character)) {
      this.#at++;
      this.#endWord();
    } else if (character === "'") this.#add(this.#singleQuoted());
    else if (character === '"') this.#add(this.#doubleQuoted());
    else if (character === "$") this.#addSplit(this.#dollar());
    else if (character === this.#escape) {
      this.#at++;
      this.#add(this.#take());
    } else this.#add(this.#take());
  }

  #add(text: string): void {
    this.#word = (this.#word ?? "") + text;
  }

  #addSplit(text: string): void {
    const [first = "", ...rest] = text.split(/\s+/);
    if (first !== "") this.#add(first);
    for (const part of rest) {
      this.#endWord();
      if (part !== "") this.#add(part);
    }
  }

  #endWord(): void {
    if (this.#word !== undefined) this.#words.push(this.#word);
    this.#word = undefined;
  }

  #peek(): string {
    return this.#text[this.#at] ?? END;
  }

  #take(): string {
    return this.#text[this.#at++] ?? END;
  }

  #until(stop: string, rawEscapes: boolean): string {
    const start = this.#at;
    let result = "";
    for (;;) {
      const character = this.#peek();
      if (character === END) {
        if (stop === END) return result;
        throw new ExpansionError(start, "unclosed substitution: a closing brace is missing");
      }
      if (character === stop) {
        this.#at++;
        return result;
      }
      if (character === "'" && !this.#keepQuotes) result += this.#singleQuoted();
      else if (character === '"' && !this.#keepQuotes) result += this.#doubleQuoted();
      else if (character === "$") result += this.#dollar();
      else if (character === this.#escape) result += this.#escaped(rawEscapes);
      else result += this.#take();
    }
  }

  #escaped(raw: boolean): string {
    const mark = this.#take();
    const next = this.#take();
    // In a heredoc only what would be expanded can be escaped.
    if (this.#keepQuotes && next !== "$" && next !== mark) return mark + next;
    return raw ? mark + next : next;
  }

  #singleQuoted(): string {
    const start = this.#at++;
    const end = this.#text.indexOf("'", this.#at);
    if (end < 0) throw new ExpansionError(start, "unexpected end of statement while looking for matching single-quote");
    const result = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return result;
  }

  #doubleQuoted(): string {
    const start = this.#at++;
    let result = "";
    for (;;) {
      const character = this.#peek();
      if (character === END)
        throw new ExpansionError(start, "unexpected end of statement while looking for matching double-quote");
      if (character === '"') {
        this.#at++;
        return result;
      }
      if (character === "$") result += this.#dollar();
      else if (character === this.#escape) {
        this.#at++;
        const next = this.#peek();
        result += next === '"' || next === "$" || next === this.#escape ? this.#take() : character;
      } else result += this.#take();
    }
  }

  #dollar(): string {
    const start = this.#at++;
    if (this.#peek() !== "{") {
      const name = this.#name();
      return name === "" ? "$" : (this.#lookup(name) ?? "");
    }
    this.#at++;
    if (this.#peek() === END) throw new ExpansionError(start, "syntax error: missing '}'");
    if ("{}:".includes(this.#peek())) throw new ExpansionError(start, "syntax error: bad substitution");
    const name = this.#name();
    if (name === "") throw new ExpansionError(start, "syntax error: bad substitution");
    return this.#modified(name, start);
  }

  #modified(name: string, start: number): string {
    const value = this.#lookup(name);
    const operator = this.#take();
    if (operator === "}") return value ?? "";
    if (operator === "/") return this.#replaced(value ?? "");
    if (operator === "#" || operator === "%") return this.#trimmed(value ?? "", operator);
    return this.#substituted({ name, value, start }, operator);
  }

  // `-`, `+` and `?`; with a colon before them an empty value counts as none.
  #substituted(
    { name, value, start }: { name: string; value: string | undefined; start: number },
    operator: string,
  ): string {
    const colon = operator === ":";
    const kind = colon ? this.#take() : operator;
    if (kind === END) throw new ExpansionError(start, "syntax error: missing '}'");
    if (!"-+?".includes(kind))
      throw new ExpansionError(start, `unsupported modifier (${colon ? ":" : ""}${kind}) in substitution`);
    const word = this.#until("}", false);
    const isSet = value !== undefined && (!colon || value !== "");
    if (kind === "+") return isSet ? word : "";
    if (isSet) return value;
    if (kind === "-") return word;
    throw new ExpansionError(start, `${name}: ${word === "" ? "not allowed to be unset or empty" : word}`);
  }

  #trimmed(value: string, operator: "#" | "%"): string {
    const longest = this.#peek() === operator;
    if (longest) this.#at++;
    const pattern = this.#until("}", true);
    return operator === "#" ? trimPrefix(value, pattern, longest) : trimSuffix(value, pattern, longest);
  }

  #replaced(value: string): string {
    const all = this.#peek() === "/";
    if (all) this.#at++;
    const pattern = this.#until("/", true);
    return replaceMatch(value, pattern, this.#until("}", false), all);
  }

  #name(): string {
    const rest = this.#text.slice(this.#at);
    const first = rest[0] ?? END;
    const name = /^\d+/.exec(rest)?.[0] ?? (first !== END && SPECIAL.includes(first) ? first : /^\w*/.exec(rest)?.[0]);
    this.#at += name?.length ?? 0;
    return name ?? "";
  }
}
