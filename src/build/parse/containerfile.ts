import { nearest } from "../../lib/nearest.ts";
import { type Heredoc, type HeredocMark, heredocMarks } from "./heredoc.ts";
import type { Instruction, Statement } from "./instruction.ts";
import { type Directives, type LineReader, type LogicalLine, readLines } from "./lines.ts";
import { type Source, syntaxError } from "./source.ts";
import { READERS, takeParts } from "./statements.ts";
import { jsonStrings, takeFlags } from "./words.ts";

/** A stage: its FROM and what follows, up to the next one. */
export type Stage = {
  /** Its place among the stages, from 0: `--from=0` names it. */
  readonly index: number;
  readonly name: string | undefined;
  readonly from: Instruction & { readonly statement: Statement & { kind: "from" } };
  readonly instructions: readonly Instruction[];
};

/** A Containerfile, parsed: nothing is expanded yet. */
export type Containerfile = {
  readonly source: Source;
  readonly directives: Directives;
  /** ARG before the first FROM. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly Stage[];
  readonly warnings: readonly string[];
};

const WITH_HEREDOCS = new Set(["run", "copy", "add"]);

/**
 * Parses a Containerfile or Dockerfile (the current Dockerfile reference). Pure. Throws `invalid` with `FILE:LINE:COLUMN`, the line, a
 * caret and, where there is one, what may have been meant.
 */
export function parseContainerfile(source: Source): Containerfile {
  const reader = readLines(source);
  const instructions: Instruction[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next())
    instructions.push(readInstruction(source, reader, line));
  if (instructions.length === 0) throw syntaxError(source, { line: 1, column: 1 }, "file with no instructions");
  const first = instructions.findIndex(({ statement }) => statement.kind === "from");
  const globals = first < 0 ? instructions : instructions.slice(0, first);
  const early = globals.find(({ statement }) => statement.kind !== "arg");
  if (early !== undefined)
    throw syntaxError(source, early.placeOf(0), "no build stage in current context: it begins with FROM");
  if (first < 0) throw syntaxError(source, { line: 1, column: 1 }, "there is no build stage: FROM is missing");
  const stages = stagesOf(instructions.slice(first));
  const warnings = [
    ...reader.emptyContinuations.map(
      (line) => `${source.name}:${line}: Empty continuation lines will become errors in a future release.`,
    ),
    ...duplicateNames(source, stages),
  ];
  return { source, directives: reader.directives, globals, stages, warnings };
}

/** Reads one instruction by itself, as an image's ONBUILD triggers have it; `source` is for its errors. */
export function parseTrigger(text: string, source: Source): Instruction {
  const reader = readLines({ name: source.name, text });
  const line = reader.next();
  if (line === undefined)
    throw syntaxError(source, { line: 1, column: 1 }, "an ONBUILD trigger without an instruction");
  return readInstruction({ name: source.name, text }, reader, line);
}

function readInstruction(source: Source, reader: LineReader, line: LogicalLine): Instruction {
  const { statement, lines } = readStatement(source, reader, line, 0);
  return {
    statement,
    text: line.text.trimEnd(),
    line: line.line,
    endLine: line.endLine + lines,
    placeOf: line.placeOf,
  };
}

/** `from` is where the instruction's name begins; `lines` is how many its heredocs have. */
function readStatement(
  source: Source,
  reader: LineReader,
  line: LogicalLine,
  from: number,
): { statement: Statement; lines: number } {
  const { escape } = reader.directives;
  const word = /\S+/.exec(line.text.slice(from))?.[0] ?? "";
  const kind = word.toLowerCase();
  const start = from + line.text.slice(from).indexOf(word);
  const after = start + word.length;
  if (kind === "onbuild") return readOnbuild(source, reader, line, after);
  const read = Object.hasOwn(READERS, kind) ? READERS[kind] : undefined;
  if (read === undefined) throw unknownInstruction(source, line, word, start);
  const heredocs = WITH_HEREDOCS.has(kind) ? takeHeredocs(source, reader, line, after) : [];
  const lines = heredocs.reduce((sum, { heredoc }) => sum + heredoc.body.split("\n").length, 0);
  const parts = takeParts({ source, line, escape, kind, heredocs }, after);
  return { statement: read(parts), lines };
}

function readOnbuild(source: Source, reader: LineReader, line: LogicalLine, after: number) {
  const rest = line.text.slice(after).trim();
  if (rest === "")
    throw syntaxError(source, line.placeOf(Math.max(0, after - 1)), "ONBUILD requires at least one argument");
  const word = /^\S+/.exec(rest)?.[0] ?? "";
  const at = line.placeOf(line.text.indexOf(word, after));
  if (word.toLowerCase() === "onbuild")
    throw syntaxError(source, at, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (["from", "maintainer"].includes(word.toLowerCase()))
    throw syntaxError(source, at, `${word.toUpperCase()} isn't allowed as an ONBUILD trigger`);
  const { statement, lines } = readStatement(source, reader, line, after);
  const heredocs = "heredocs" in statement ? statement.heredocs : [];
  // The trigger is a text of its own: what stands below belongs to it.
  const trigger = [rest, ...heredocs.map(({ name, body }) => `${body}${name}`)].join("\n");
  return { statement: { kind: "onbuild", trigger, statement } as const, lines };
}

function takeHeredocs(
  source: Source,
  reader: LineReader,
  line: LogicalLine,
  after: number,
): { mark: HeredocMark; heredoc: Heredoc }[] {
  const { escape } = reader.directives;
  const { rest } = takeFlags(line.text, after, escape);
  if (typeof jsonStrings(line.text.slice(rest).trim()) !== "string") return [];
  return heredocMarks(line.text, rest, escape).map((mark) => {
    const body = reader.body(mark.name, mark.stripTabs);
    if (body === undefined) {
      const fix = `end it with a line of its own: ${mark.name}`;
      throw syntaxError(source, line.placeOf(mark.word.index), `unterminated heredoc: ${mark.name}`, { fix });
    }
    return { mark, heredoc: { name: mark.name, body, expand: mark.expand } };
  });
}

function stagesOf(instructions: readonly Instruction[]): Stage[] {
  const stages: { from: Stage["from"]; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    const { statement } = instruction;
    if (statement.kind === "from") stages.push({ from: { ...instruction, statement }, instructions: [] });
    else stages.at(-1)?.instructions.push(instruction);
  }
  return stages.map((stage, index) => ({ ...stage, index, name: stage.from.statement.name }));
}

function duplicateNames({ name: file }: Source, stages: readonly Stage[]): string[] {
  return stages
    .filter(({ name, index }) => name !== undefined && stages.slice(0, index).some((other) => other.name === name))
    .map(({ name, from }) => `${file}:${from.line}: duplicate name "${name}": from here on it means this stage`);
}

function unknownInstruction(source: Source, line: LogicalLine, word: string, index: number): Error {
  const guess = nearest(word.toLowerCase(), [...Object.keys(READERS), "onbuild"]);
  const fix = guess === undefined ? undefined : `did you mean ${guess.toUpperCase()}?`;
  return syntaxError(source, line.placeOf(index), `unknown instruction: ${word}`, { fix });
}
