import type { Instruction } from "./parse/instruction.ts";
import type { Source } from "./parse/source.ts";

const AROUND = 2;
const MOST_LINES = 30;

/** An instruction as it stands in its file, with the lines around it, as BuildKit shows the one that failed. Pure. */
export function excerptOf(source: Source, { line, endLine }: Pick<Instruction, "line" | "endLine">): string {
  const lines = source.text.split("\n");
  const first = Math.max(1, line - AROUND);
  const last = Math.min(lines.length, endLine + AROUND, first + MOST_LINES);
  const width = String(last).length;
  const shown: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = (lines[number - 1] ?? "").trimEnd();
    if (number === lines.length && text === "") continue;
    const mark = number >= line && number <= endLine ? ">>>" : "   ";
    shown.push(`${String(number).padStart(width + 2)} | ${mark} ${text}`.trimEnd());
  }
  return [`${source.name}:${line}`, ...shown].join("\n");
}
