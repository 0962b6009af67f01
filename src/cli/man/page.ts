import { type Command, isShown, type Option, type Options } from "../command.ts";
import { COMMANDS } from "../commands.ts";
import { GLOBAL_OPTIONS } from "../globals.ts";
import { GROUPS } from "../groups.ts";

const SECTION = 1;

/** The name of a command's page, such as `estiba-image-inspect`. */
export function pageName(command: string): string {
  return ["estiba", ...command.split(" ")].filter(Boolean).join("-");
}

/** The page of one command as troff (man(7)), from the table that parses it. `names` are all it is called by. */
export function commandPage(command: Command, names: readonly string[], version: string): string {
  const [name = command.name, ...others] = names;
  const visible = Object.values(command.options).some(isShown);
  return lines(
    head(pageName(name), version),
    ...section("NAME", `${pageName(name)} \\- ${text(command.summary)}`),
    ...section("SYNOPSIS", `\\fBestiba ${text(name)}\\fR ${text(command.usage)}`),
    ...others.map((other) => `.br\n\\fBestiba ${text(other)}\\fR ${text(command.usage)}`),
    ...(command.description === undefined ? [] : section("DESCRIPTION", ...paragraphs(command.description))),
    ...(visible ? section("OPTIONS", ...optionList(command.options)) : []),
    ...(command.examples.length === 0 ? [] : section("EXAMPLES", ...command.examples.flatMap(example))),
    ...section("SEE ALSO", "\\fBestiba\\fR(1)"),
  );
}

/** The page of the program itself: its options and all commands. */
export function mainPage(version: string): string {
  const shown = COMMANDS.filter(({ hidden }) => hidden !== true);
  const commands = shown.flatMap(({ names, summary }) => [
    ".TP",
    `\\fB${text(pageName(names[0] ?? ""))}\\fR(1)`,
    text(`${summary}.`),
  ]);
  const groups = Object.entries(GROUPS).flatMap(([group, meaning]) => [
    ".TP",
    `\\fBestiba ${text(group)}\\fR`,
    text(`${meaning}.`),
  ]);
  return lines(
    head("estiba", version),
    ...section("NAME", "estiba \\- run containers as ordinary processes, without a daemon"),
    ...section("SYNOPSIS", "\\fBestiba\\fR [OPTIONS] COMMAND [ARGUMENT...]"),
    ...section("OPTIONS", ...optionList(GLOBAL_OPTIONS)),
    ...section("COMMANDS", ...commands),
    ...section("GROUPS", ...groups),
    ...section("EXIT STATUS", ...exitStatus()),
  );
}

function exitStatus(): string[] {
  const rows: [string, string][] = [
    ["0", "Success."],
    ["125", "Estiba itself failed: bad input, no such image, no space."],
    ["126", "The command in the container cannot be executed."],
    ["127", "The command was not found in the container."],
    ["128+N", "Signal N ended the command."],
    ["other", "What the command in the container returned."],
  ];
  return rows.flatMap(([code, meaning]) => [".TP", `\\fB${code}\\fR`, meaning]);
}

function head(name: string, version: string): string {
  return `.TH "${text(name.toUpperCase())}" "${SECTION}" "" "estiba ${text(version)}" "Estiba"`;
}

function section(title: string, ...body: string[]): string[] {
  return [`.SH ${title}`, ...body];
}

function paragraphs(description: string): string[] {
  return description.split(/\n\s*\n/).flatMap((paragraph, index) => [...(index === 0 ? [] : [".PP"]), text(paragraph)]);
}

function optionList(options: Options): string[] {
  return Object.entries(options)
    .filter(([, option]) => isShown(option))
    .flatMap(([name, option]) => [".TP", optionTag(name, option), text(`${option.help}${remarks(option)}.`)]);
}

function optionTag(name: string, option: Option): string {
  const long = [name, ...(option.aliases ?? [])].map((word) => `\\fB\\-\\-${text(word)}\\fR`);
  const short = option.short === undefined ? [] : [`\\fB\\-${text(option.short)}\\fR`];
  const value =
    option.kind === "flag" ? "" : ` \\fI${text(option.value ?? (option.kind === "integer" ? "N" : "TEXT"))}\\fR`;
  return `${[...short, ...long].join(", ")}${value}`;
}

function remarks(option: Option): string {
  if (option.choices !== undefined) return ` (${option.choices.join(", ")})`;
  if (option.kind === "flag" && option.on === true) return " (default true)";
  return option.kind === "list" ? " (may be given several times)" : "";
}

function example([line, meaning]: readonly [string, string]): string[] {
  return [
    ".PP",
    text(`${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}:`),
    ".PP",
    ".RS 4",
    ".nf",
    text(line),
    ".fi",
    ".RE",
  ];
}

/** Text that troff shows as it is: no escapes, no hyphens that turn into dashes, no line that looks like a request. */
function text(plain: string): string {
  return plain
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll('"', "\\(dq")
    .replaceAll("~", "\\(ti")
    .replaceAll("^", "\\(ha")
    .replaceAll("`", "\\(ga")
    .replaceAll("'", "\\(aq")
    .replace(/^([.'])/gm, "\\&$1");
}

function lines(...parts: string[]): string {
  return `${parts.join("\n")}\n`;
}
