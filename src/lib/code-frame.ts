/** A place in a text, both from 1. */
export type Place = { readonly line: number; readonly column: number };

const WIDEST = 160;

/** The line of a text with a caret below the place, and the line before it; ready to stand below a message. */
export function codeFrame(text: string, { line, column }: Place): string {
  const lines = text.split("\n");
  const shown = [line - 1, line].filter((number) => number >= 1 && number <= lines.length);
  const width = String(line).length;
  const rows = shown.map((number) => `${String(number).padStart(width)} | ${trimLine(lines[number - 1] ?? "")}`);
  const before = (lines[line - 1] ?? "").slice(0, Math.max(0, column - 1));
  // Tabs stay tabs, so that the caret stands below its character whatever a terminal makes of them.
  const indent = before.replaceAll(/[^\t]/g, " ");
  return [...rows, `${" ".repeat(width)} | ${indent.slice(0, WIDEST)}^`].join("\n");
}

function trimLine(line: string): string {
  const text = line.replace(/\r$/, "");
  return text.length > WIDEST ? `${text.slice(0, WIDEST)}...` : text;
}
