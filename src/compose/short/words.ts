import { list, type Node, type Scalar, scalar } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";

/**
 * A command line as a list of words: blanks separate, quotes and backslashes protect. No shell sees it, so `&&`, `|` and `$` are words and
 * characters like others.
 */
export function splitCommand(text: Scalar): Node {
  const words = splitWords(text.text);
  if (words === undefined) {
    const fix = "close the quote, or write the command as a list";
    throw problemAt(text.origin, { reason: "compose.bad_value", what: "a quote in this command is never closed", fix });
  }
  return list(
    words.map((word) => scalar(word, text.origin)),
    text.origin,
  );
}

export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "\\" && quote !== "'") {
      at += 1;
      word = (word ?? "") + (text[at] ?? "");
    } else if (quote !== "") {
      if (char === quote) quote = "";
      else word = (word ?? "") + char;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (quote !== "") return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
