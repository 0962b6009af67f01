/** An option as it was written: `name` without dashes, `rawName` with them; `value` only when one was given or is owed. */
export type OptionToken = {
  readonly kind: "option";
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
};

export type Token = OptionToken | { readonly kind: "argument"; readonly value: string };

/** What the splitting must know of the options. */
export type OptionShapes = {
  /** Whether the option of this long name takes a value; undefined for an unknown one. */
  readonly takesValue: (name: string) => boolean | undefined;
  /** The long name of a one-letter option. */
  readonly longName: (letter: string) => string | undefined;
};

/**
 * Splits a command line into options and arguments, as getopt_long(3) does: `--name=value`, `--name value`, grouped letters (`-it`),
 * a letter's value attached (`-p80:80`, `-p=80:80`) or following, a lone `-` as an argument, `--` ending the options. With `stopAtFirst`,
 * the first argument ends them too.
 */
export function tokenize(
  argv: readonly string[],
  shapes: OptionShapes,
  { stopAtFirst }: { stopAtFirst: boolean },
): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < argv.length) {
    const word = argv[at++] ?? "";
    if (word === "--") break;
    if (word === "-" || !word.startsWith("-")) {
      tokens.push({ kind: "argument", value: word });
      if (stopAtFirst) break;
      continue;
    }
    for (const token of word.startsWith("--") ? longOption(word) : letters(word, shapes)) {
      const owed = token.value === undefined && shapes.takesValue(token.name) === true;
      tokens.push(owed ? { ...token, value: argv[at++] } : token);
    }
  }
  for (const value of argv.slice(at)) tokens.push({ kind: "argument", value });
  return tokens;
}

function longOption(word: string): OptionToken[] {
  const equals = word.indexOf("=");
  const rawName = equals === -1 ? word : word.slice(0, equals);
  return [
    { kind: "option", name: rawName.slice(2), rawName, value: equals === -1 ? undefined : word.slice(equals + 1) },
  ];
}

function letters(word: string, { takesValue, longName }: OptionShapes): OptionToken[] {
  const tokens: OptionToken[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const rest = word.slice(at + 1);
    const name = longName(letter) ?? letter;
    const attached = rest.startsWith("=") ? rest.slice(1) : rest;
    const ends = rest !== "" && (takesValue(name) === true || rest.startsWith("="));
    tokens.push({ kind: "option", name, rawName: `-${letter}`, value: ends ? attached : undefined });
    if (ends) break;
  }
  return tokens;
}
