import { checkFlags, type FlagValues } from "./flags.ts";
import type { Heredoc, HeredocMark } from "./heredoc.ts";
import type { CommandLine, Copy, Statement } from "./instruction.ts";
import type { LogicalLine } from "./lines.ts";
import { type Source, syntaxError } from "./source.ts";
import { jsonStrings, splitBlank, splitQuoted, takeFlags, type Word } from "./words.ts";

/** An instruction taken apart as far as all of them are alike. */
type Parts = {
  readonly source: Source;
  readonly line: LogicalLine;
  readonly escape: "\\" | "`";
  readonly kind: string;
  readonly flags: FlagValues;
  /** What follows the flags, and where it begins in the line's text. */
  readonly text: string;
  readonly index: number;
  readonly heredocs: readonly { readonly mark: HeredocMark; readonly heredoc: Heredoc }[];
};

/** Reads what is common to instructions. `from` is where the text after the instruction's name begins. */
export function takeParts(given: Pick<Parts, "source" | "line" | "escape" | "kind" | "heredocs">, from: number): Parts {
  const { flags, rest } = takeFlags(given.line.text, from, given.escape);
  const checked = checkFlags(given.source, given.line, given.kind, flags);
  return { ...given, flags: checked, text: given.line.text.slice(rest).trimEnd(), index: rest };
}

type Plain = Exclude<Statement, { kind: "onbuild" }>;
type Reader = (parts: Parts) => Plain;

/** How the rest of each instruction is read, by its name in lower case. */
export const READERS: Readonly<Record<string, Reader>> = {
  from: readFrom,
  arg: (parts) => ({ kind: "arg", args: required(parts, quoted(parts)).map((word) => readArg(parts, word)) }),
  env: (parts) => ({ kind: "env", pairs: readPairs(parts) }),
  label: (parts) => ({ kind: "label", pairs: readPairs(parts) }),
  run: readRun,
  copy: (parts) => ({ kind: "copy", ...readCopy(parts), ...optional("from", parts.flags.text("from")) }),
  add: readAdd,
  cmd: (parts) => ({ kind: "cmd", command: commandOf(parts) }),
  entrypoint: (parts) => ({ kind: "entrypoint", command: commandOf(parts) }),
  shell: readShell,
  workdir: (parts) => ({ kind: "workdir", text: one(parts) }),
  user: (parts) => ({ kind: "user", text: one(parts) }),
  stopsignal: (parts) => ({ kind: "stopsignal", text: one(parts) }),
  maintainer: (parts) => ({ kind: "maintainer", text: one(parts) }),
  volume: (parts) => ({ kind: "volume", paths: required(parts, list(parts)) }),
  expose: (parts) => ({
    kind: "expose",
    ports: required(
      parts,
      blank(parts).map(({ text }) => text),
    ),
  }),
  healthcheck: readHealthcheck,
};

function readFrom(parts: Parts): Statement & { kind: "from" } {
  const words = blank(parts);
  const [image, as, name] = words;
  if (image === undefined || (words.length !== 1 && words.length !== 3))
    throw fail(parts, parts.index, "FROM requires either one or three arguments");
  if (as !== undefined && as.text.toUpperCase() !== "AS") throw fail(parts, as.index, `expected AS, not "${as.text}"`);
  const stage = name?.text.toLowerCase();
  if (name !== undefined && !/^[a-z][a-z0-9-_.]*$/.test(stage ?? "")) {
    throw fail(
      parts,
      name.index,
      `invalid name for build stage: "${name.text}", name can't start with a number or contain symbols`,
    );
  }
  return {
    kind: "from",
    image: image.text,
    ...optional("platform", parts.flags.text("platform")),
    ...optional("name", stage),
  };
}

function readArg(parts: Parts, { text, index }: Word): { name: string; value?: string } {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  if (name === "") throw fail(parts, index, "the names can not be blank");
  return equals < 0 ? { name } : { name, value: text.slice(equals + 1) };
}

function readPairs(parts: Parts): { name: string; value: string }[] {
  const words = required(parts, quoted(parts));
  const [first] = words;
  if (first !== undefined && !first.text.includes("=")) {
    const value = parts.text.slice(first.text.length).trim();
    if (value === "") throw fail(parts, first.index, `${parts.kind.toUpperCase()} must have two arguments`);
    return [{ name: first.text, value }];
  }
  return words.map(({ text, index }) => {
    const equals = text.indexOf("=");
    if (equals < 0) {
      const form = "Must be of the form: name=value";
      throw fail(parts, index, `Syntax error - can't find = in "${text}". ${form}`);
    }
    if (equals === 0) throw fail(parts, index, "the names can not be blank");
    return { name: text.slice(0, equals), value: text.slice(equals + 1) };
  });
}

function readRun(parts: Parts): Plain {
  const { flags, heredocs } = parts;
  if (parts.text === "") throw fail(parts, parts.index, "RUN requires at least one argument");
  return {
    kind: "run",
    command: commandOf(parts),
    heredocs: heredocs.map(({ heredoc }) => heredoc),
    mounts: flags.texts("mount"),
    ...optional("network", flags.text("network")),
    ...optional("security", flags.text("security")),
  };
}

function readCopy(parts: Parts): Omit<Copy, "from"> {
  const { flags } = parts;
  const words = list(parts);
  const destination = words.at(-1);
  const name = parts.kind.toUpperCase();
  if (words.length < 2 || destination === undefined)
    throw fail(parts, parts.index, `${name} requires at least two arguments, but only ${words.length} were provided`);
  const marks = new Map(parts.heredocs.map(({ mark, heredoc }) => [mark.word.text, heredoc]));
  if (marks.has(destination)) throw fail(parts, parts.index, `${name} cannot accept a heredoc as its destination`);
  return {
    sources: words.slice(0, -1).filter((word) => !marks.has(word)),
    destination,
    heredocs: parts.heredocs.map(({ heredoc }) => heredoc),
    link: flags.flag("link") ?? false,
    parents: flags.flag("parents") ?? false,
    exclude: flags.texts("exclude"),
    ...optional("chown", flags.text("chown")),
    ...optional("chmod", flags.text("chmod")),
  };
}

function readAdd(parts: Parts): Plain {
  const { flags } = parts;
  const unpack = flags.flag("unpack");
  return {
    kind: "add",
    ...readCopy(parts),
    keepGitDir: flags.flag("keep-git-dir") ?? false,
    ...optional("checksum", flags.text("checksum")),
    ...(unpack === undefined ? {} : { unpack }),
  };
}

function readShell(parts: Parts): Plain {
  const argv = jsonOf(parts);
  if (argv !== undefined && argv.length > 0) return { kind: "shell", argv };
  throw fail(parts, parts.index, "SHELL requires the arguments to be in JSON form");
}

function readHealthcheck(parts: Parts): Plain {
  const { flags, index } = parts;
  const times = {
    ...optional("interval", flags.text("interval")),
    ...optional("timeout", flags.text("timeout")),
    ...optional("startPeriod", flags.text("start-period")),
    ...optional("startInterval", flags.text("start-interval")),
    ...optional("retries", flags.text("retries")),
  };
  const [, type = "", rest = ""] = /^(\S*)\s*(.*)$/s.exec(parts.text) ?? [];
  switch (type.toUpperCase()) {
    case "NONE":
      if (rest !== "") throw fail(parts, index, "HEALTHCHECK NONE takes no arguments");
      return { kind: "healthcheck", test: "none", times };
    case "CMD":
      if (rest === "") throw fail(parts, index, "Missing command after HEALTHCHECK CMD");
      return { kind: "healthcheck", test: commandOf({ ...parts, text: rest, index: index + 4 }), times };
    case "":
      throw fail(parts, index, "HEALTHCHECK requires at least one argument");
    default:
      throw fail(parts, index, `Unknown type ${JSON.stringify(type)} in HEALTHCHECK (try CMD)`);
  }
}

function commandOf(parts: Parts): CommandLine {
  const argv = jsonOf(parts);
  return argv === undefined ? { form: "shell", text: parts.text } : { form: "exec", argv };
}

function jsonOf(parts: Parts): readonly string[] | undefined {
  const found = jsonStrings(parts.text);
  if (found === "text") return undefined;
  if (found !== "not strings") return found;
  throw fail(parts, parts.index, "when using JSON array syntax, arrays must be comprised of strings only");
}

function list(parts: Parts): readonly string[] {
  return jsonOf(parts) ?? blank(parts).map(({ text }) => text);
}

function blank(parts: Parts): Word[] {
  return splitBlank(parts.line.text, parts.index);
}

function quoted(parts: Parts): Word[] {
  return splitQuoted(parts.line.text, parts.index, parts.escape);
}

function required<T>(parts: Parts, items: readonly T[]): readonly T[] {
  if (items.length > 0) return items;
  throw fail(parts, parts.index, `${parts.kind.toUpperCase()} requires at least one argument`);
}

function one(parts: Parts): string {
  if (parts.text !== "") return parts.text;
  throw fail(parts, parts.index, `${parts.kind.toUpperCase()} requires exactly one argument`);
}

function optional<K extends string>(name: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: string };
}

function fail({ source, line }: Parts, index: number, why: string): Error {
  return syntaxError(source, line.placeOf(Math.min(index, Math.max(0, line.text.length - 1))), why);
}
