/** The texts between quotes in a TypeScript file; what is filled into one is replaced by `1`, or left out where it is a line. */
export function literalsOf(code: string): string[] {
  const found: string[] = [];
  let at = 0;
  let last = "";
  while (at < code.length) {
    const char = code[at] ?? "";
    const next = code[at + 1];
    if (char === "/" && next === "/") at = endOf(code, "\n", at);
    else if (char === "/" && next === "*") at = endOf(code, "*/", at + 2);
    else if (char === "/" && /[(,=:[!&|?{};]|^$/.test(last)) at = regexEnd(code, at);
    else if (char === '"' || char === "'" || char === "`") {
      const { text, end } = quoted(code, at);
      found.push(text);
      at = end;
      last = '"';
      continue;
    } else {
      if (!/\s/.test(char)) last = char;
      at += 1;
      continue;
    }
    last = "";
  }
  return found;
}

function endOf(code: string, mark: string, from: number): number {
  const end = code.indexOf(mark, from);
  return end < 0 ? code.length : end + mark.length;
}

function regexEnd(code: string, from: number): number {
  let inClass = false;
  for (let at = from + 1; at < code.length; at += 1) {
    const char = code[at];
    if (char === "\\") at += 1;
    else if (char === "\n") return from + 1;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return at + 1;
  }
  return code.length;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\n": "" };

function quoted(code: string, from: number): { text: string; end: number } {
  const quote = code[from];
  let text = "";
  for (let at = from + 1; at < code.length; at += 1) {
    const char = code[at] ?? "";
    if (char === quote) return { text, end: at + 1 };
    if (char === "\\") {
      at += 1;
      const escaped = code[at] ?? "";
      text += ESCAPES[escaped] ?? escaped;
    } else if (quote === "`" && char === "$" && code[at + 1] === "{") {
      at = filledEnd(code, at + 2) - 1;
      // Alone on its line it stands for whole lines.
      const alone = /(?:^|\n)\s*$/.test(text) && /^(?:\n|\\n|`)/.test(code.slice(at + 1, at + 3));
      text += alone ? "" : "1";
    } else text += char;
  }
  return { text, end: code.length };
}

/** Behind the brace that closes what is filled in. */
function filledEnd(code: string, from: number): number {
  let depth = 1;
  for (let at = from; at < code.length; at += 1) {
    const char = code[at] ?? "";
    if (char === '"' || char === "'" || char === "`") at = quoted(code, at).end - 1;
    else if (char === "{") depth += 1;
    else if (char === "}") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return code.length;
}
