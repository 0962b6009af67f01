/** A value without the shortest or longest beginning that a shell pattern matches (`*`, `?`, `\` escapes). */
export function trimPrefix(value: string, pattern: string, longest: boolean): string {
  const matches = matcher(pattern);
  for (const length of lengths(value.length, longest)) if (matches(value.slice(0, length))) return value.slice(length);
  return value;
}

/** A value without the shortest or longest end that a shell pattern matches. */
export function trimSuffix(value: string, pattern: string, longest: boolean): string {
  const matches = matcher(pattern);
  for (const length of lengths(value.length, longest)) {
    const start = value.length - length;
    if (matches(value.slice(start))) return value.slice(0, start);
  }
  return value;
}

/** A value with the first or every longest match of a shell pattern replaced. An empty match is none. */
export function replaceMatch(value: string, pattern: string, replacement: string, all: boolean): string {
  const matches = matcher(pattern);
  let result = "";
  for (let at = 0; at < value.length; ) {
    const length = lengths(value.length - at, true).find((size) => size > 0 && matches(value.slice(at, at + size)));
    if (length === undefined) result += value[at++];
    else {
      result += replacement;
      at += length;
      if (!all) return result + value.slice(at);
    }
  }
  return result;
}

function lengths(most: number, longest: boolean): number[] {
  const all = Array.from({ length: most + 1 }, (_, length) => length);
  return longest ? all.reverse() : all;
}

function matcher(pattern: string): (text: string) => boolean {
  let expression = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? "";
    if (character === "*") expression += "[\\s\\S]*";
    else if (character === "?") expression += "[\\s\\S]";
    else if (character === "\\" && at + 1 < pattern.length) expression += RegExp.escape(pattern[++at] ?? "");
    else expression += RegExp.escape(character);
  }
  const whole = new RegExp(`^${expression}$`);
  return (text) => whole.test(text);
}
