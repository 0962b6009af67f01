import { EstibaError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import { absentCommandError } from "./absent.ts";
import { type Command, isShown, type Option, type Options } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { GLOBAL_OPTIONS } from "./globals.ts";
import { GROUPS } from "./groups.ts";

/** Overview of all commands, or of one group's. */
export function overview(group: string | undefined): string {
  if (group !== undefined && Object.hasOwn(GROUPS, group)) return groupOverview(group, String(GROUPS[group]));
  const rows = COMMANDS.filter(({ names, hidden }) => hidden !== true && !names[0]?.includes(" ")).map(
    ({ names, summary }): [string, string] => [names[0] ?? "", summary],
  );
  const groups = Object.entries(GROUPS);
  return [
    "Estiba runs containers as ordinary processes, without a daemon.",
    "",
    "Usage: estiba [OPTIONS] COMMAND",
    "",
    "Commands:",
    columns(rows),
    "",
    "Groups:",
    columns(groups),
    "",
    "Options:",
    optionLines(GLOBAL_OPTIONS),
    "",
    "Help for one command: estiba COMMAND --help",
    "",
  ].join("\n");
}

function groupOverview(group: string, summary: string): string {
  return [`${summary}.`, "", `Usage: estiba ${group} COMMAND`, "", "Commands:", columns(membersOf(group)), ""].join(
    "\n",
  );
}

function membersOf(group: string): [string, string][] {
  const rows: [string, string][] = [];
  for (const { names, summary, hidden } of COMMANDS) {
    const member = names.find((name) => name.startsWith(`${group} `));
    if (member !== undefined && hidden !== true) rows.push([member.slice(group.length + 1), summary]);
  }
  return rows;
}

/** The help of one command, under the name it was called by. */
export function commandHelp(command: Command, name: string): string {
  const parts = [`${command.summary}.`, ""];
  if (command.description !== undefined) parts.push(paragraphs(command.description), "");
  parts.push(`Usage: estiba ${name} ${command.usage}`, "");
  // Of `compose`, which has options of its own, and verbs.
  const members = membersOf(name);
  if (members.length > 0) parts.push("Commands:", columns(members), "");
  if (Object.values(command.options).some(isShown)) {
    parts.push("Options:", optionLines(command.options), "");
  }
  if (command.examples.length > 0) {
    parts.push("Examples:");
    for (const [line, meaning] of command.examples) parts.push(`  # ${meaning}`, `  ${line}`);
    parts.push("");
  }
  return parts.join("\n");
}

// As in the man page: blank lines part paragraphs, single line ends do not count.
function paragraphs(description: string): string {
  return description
    .split(/\n\s*\n/)
    .map((paragraph) => wrap(paragraph.replaceAll("\n", " "), WIDTH).join("\n"))
    .join("\n\n");
}

/** What `-s, --long VALUE` looks like in help and man pages. */
export function optionSynopsis(name: string, option: Option): string {
  const short = option.short === undefined ? "    " : `-${option.short}, `;
  const value = option.kind === "flag" ? "" : ` ${option.value ?? (option.kind === "integer" ? "N" : "TEXT")}`;
  return `${short}--${name}${value}`;
}

function optionLines(options: Options): string {
  const rows = Object.entries(options)
    .filter(([, option]) => isShown(option))
    .map(([name, option]): [string, string] => [optionSynopsis(name, option), describe(option)]);
  return columns(rows);
}

function describe(option: Option): string {
  if (option.choices !== undefined) return `${option.help} (${option.choices.join(", ")})`;
  return option.kind === "flag" && option.on === true ? `${option.help} (default true)` : option.help;
}

const WIDTH = 80;
const WIDEST_LEFT = 32;

function columns(rows: readonly (readonly [string, string])[]): string {
  const left = Math.min(WIDEST_LEFT, Math.max(...rows.map(([name]) => name.length)) + 2);
  return rows.map(([name, text]) => row(name, wrap(text, WIDTH - left - 2), left)).join("\n");
}

function row(name: string, lines: string[], left: number): string {
  const indent = " ".repeat(left + 2);
  const first = name.length + 2 > left ? `  ${name}\n${indent}` : `  ${name.padEnd(left)}`;
  return first + lines.join(`\n${indent}`);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The error for words that are no command: why Estiba does not have it, or the nearest one. */
export function unknownCommandError(args: readonly string[]): EstibaError {
  const absent = absentCommandError(args);
  if (absent !== undefined) return absent;
  const group = Object.hasOwn(GROUPS, args[0] ?? "") ? args[0] : undefined;
  const typed = group === undefined ? (args[0] ?? "") : `${group} ${args[1] ?? ""}`;
  const names = COMMANDS.flatMap(({ names, hidden }) => (hidden === true ? [] : names));
  const guess = nearest(typed, group === undefined ? [...names, ...Object.keys(GROUPS)] : names);
  return new EstibaError("invalid", {
    reason: "cli.unknown_command",
    what: `unrecognized command \`estiba ${typed}\``,
    fix:
      guess === undefined
        ? `see: estiba ${group ?? ""}${group === undefined ? "" : " "}--help`
        : `did you mean: estiba ${guess}?`,
  });
}
