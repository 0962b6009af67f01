const ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/**
 * Words as systemd splits them: at blanks, but not within quotes; escapes of C count within and without. Undefined where a quote is not
 * closed or an escape is unknown. Source: systemd.service(5), "COMMAND LINES".
 */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") {
      const escaped = unescape(text, at + 1);
      if (escaped === undefined) return undefined;
      word = `${word ?? ""}${escaped.text}`;
      at += escaped.length;
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word = `${word ?? ""}${character}`;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = `${word ?? ""}${character}`;
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}

function unescape(text: string, at: number): { text: string; length: number } | undefined {
  const simple = ESCAPES[text.charAt(at)];
  if (simple !== undefined) return { text: simple, length: 1 };
  const pattern = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))/;
  const [all, hex, short, long, octal] = pattern.exec(text.slice(at)) ?? [];
  if (all === undefined) return undefined;
  const code = octal === undefined ? Number.parseInt(hex ?? short ?? long ?? "", 16) : Number.parseInt(octal, 8);
  return code > 0 && code <= 0x10ffff ? { text: String.fromCodePoint(code), length: all.length } : undefined;
}

/** A command line that systemd splits into these words again. Specifiers such as %N are left for it. */
export function printWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

function quoteWord(word: string): string {
  if (word !== "" && !/[\s"'\\;\p{Cc}]/u.test(word)) return word;
  const escaped = word.replaceAll(/["\\\p{Cc}]/gu, (character) => {
    const name = Object.entries(ESCAPES).find(([key, value]) => value === character && key !== "s")?.[0];
    return name === undefined ? `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}` : `\\${name}`;
  });
  return `"${escaped}"`;
}
