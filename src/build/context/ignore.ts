import { EstibaError } from "../../lib/error.ts";

/** Which paths of a context are left out, as an ignore file says. */
export type IgnoreRules = {
  readonly rules: readonly IgnoreRule[];
};

/** One line of an ignore file. */
export type IgnoreRule = {
  /** Of the file, from 1; 0 where the pattern comes from an option. */
  readonly line: number;
  /** As written. */
  readonly text: string;
  /** `!`: what it matches comes back. */
  readonly keeps: boolean;
  readonly pattern: RegExp;
  /** The folders that it names before its first wildcard: it can match nothing elsewhere. */
  readonly prefix: readonly string[];
};

/** How the rules apply to one path; handed down to what lies below it. */
export type IgnoreState = {
  readonly excluded: boolean;
  /** The last rule that decided, for messages. */
  readonly rule: IgnoreRule | undefined;
  readonly matched: readonly boolean[];
};

export const NOTHING_IGNORED: IgnoreRules = { rules: [] };

/** Reads an ignore file (Docker's rules: moby/patternmatcher). Throws `invalid` with the line of a pattern that is none. */
export function parseIgnoreFile(text: string, name: string): IgnoreRules {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  return {
    rules: lines.flatMap((line, index) => {
      if (line.startsWith("#")) return [];
      const trimmed = line.trim();
      return trimmed === "" ? [] : [ruleOf(trimmed, index + 1, `${name}:${index + 1}`)];
    }),
  };
}

/** The same rules given one by one, as `--exclude` has them. */
export function ignoreRules(patterns: readonly string[], where: string): IgnoreRules {
  return { rules: patterns.filter((text) => text.trim() !== "").map((text) => ruleOf(text.trim(), 0, where)) };
}

/** The state at the root of a context. */
export function ignoreRoot({ rules }: IgnoreRules): IgnoreState {
  return { excluded: false, rule: undefined, matched: rules.map(() => false) };
}

/**
 * Whether a path (relative, with `/`) is left out: it or a folder above it matches a pattern, and the last such pattern does not begin with
 * `!`. `parent` is the state of its folder. Pure.
 */
export function ignoreState({ rules }: IgnoreRules, path: string, parent: IgnoreState): IgnoreState {
  let excluded = false;
  let decisive: IgnoreRule | undefined;
  const matched: boolean[] = [];
  for (const [index, rule] of rules.entries()) {
    const matches = parent.matched[index] === true || rule.pattern.test(path);
    matched.push(matches);
    if (!matches || rule.keeps !== excluded) continue;
    excluded = !rule.keeps;
    decisive = rule;
  }
  return { excluded, rule: decisive, matched };
}

/** Whether something below a folder that is left out may come back, so that it must be looked into. Pure. */
export function mayKeepBelow({ rules }: IgnoreRules, folder: string): boolean {
  const parts = folder.split("/");
  return rules.some(
    ({ keeps, prefix }) => keeps && prefix.slice(0, parts.length).every((part, index) => part === parts[index]),
  );
}

function ruleOf(text: string, line: number, where: string): IgnoreRule {
  const keeps = text.startsWith("!");
  const typed = keeps ? text.slice(1).trim() : text;
  if (typed === "") throw badPattern(where, text, "it has nothing after the !");
  const path = cleanPath(typed);
  try {
    return { line, text, keeps, pattern: new RegExp(expressionOf(path)), prefix: literalPrefix(path) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badPattern(where, text, "its brackets are wrong");
  }
}

/** Go's path.Clean, then without the slash at the beginning. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !path.startsWith("/")) parts.push(part);
  }
  return parts.length === 0 ? "." : parts.join("/");
}

function literalPrefix(path: string): string[] {
  const parts = path.split("/");
  const wild = parts.findIndex((part) => /[*?[\\]/.test(part));
  return wild < 0 ? parts : parts.slice(0, wild);
}

/** The pattern as a regular expression: `**` is any number of folders, `*` and `?` stay within one name. */
function expressionOf(path: string): string {
  let expression = "";
  for (let at = 0; at < path.length; at++) {
    const character = path[at] ?? "";
    if (character === "*" && path[at + 1] === "*") {
      at++;
      if (path[at + 1] === "/") at++;
      expression += at + 1 >= path.length ? ".*" : "(?:.*/)?";
    } else if (character === "*") expression += "[^/]*";
    else if (character === "?") expression += "[^/]";
    else if (character === "[") {
      const end = endOfClass(path, at);
      expression += path.slice(at, end);
      at = end - 1;
    } else if (character === "\\" && at + 1 < path.length) expression += RegExp.escape(path[++at] ?? "");
    else expression += RegExp.escape(character);
  }
  return `^${expression}$`;
}

function endOfClass(path: string, from: number): number {
  const end = path.indexOf("]", from + 2);
  if (end < 0) throw new SyntaxError("unclosed bracket");
  return end + 1;
}

function badPattern(where: string, text: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.bad_pattern",
    what: `${where}: bad pattern "${text}": ${why}`,
    fix: "write a path, or a pattern with *, ?, ** and [abc]",
  });
}
