import { EstibaError } from "../../lib/error.ts";
import { splitWords } from "../../lib/unit-words.ts";

/** A line of a group: a comment (or an empty one), or a key's value. `raw` is all of it as written, with its continuations. */
export type UnitLine = { readonly raw: string; readonly line: number } & (
  | { readonly key: undefined }
  | { readonly key: string; readonly value: string }
);

type UnitGroup = { readonly name: string; readonly lines: readonly UnitLine[] };

/** A unit file of systemd, in order. */
export type UnitFile = { readonly path: string; readonly groups: readonly UnitGroup[] };

/**
 * Reads a unit file (systemd.syntax(7)): groups of one name are joined, a backslash at the end continues a line, comments within are left
 * out. Throws `invalid` with `path:line`.
 */
export function parseUnitFile(path: string, text: string): UnitFile {
  const groups = new Map<string, UnitLine[]>();
  const before: UnitLine[] = [];
  let current: UnitLine[] | undefined;
  const rows = text.replace(/\n$/, "").split("\n");
  for (let index = 0; index < rows.length; index++) {
    const line = index + 1;
    const row = rows[index] ?? "";
    const trimmed = row.trim();
    if (trimmed === "" || /^[#;]/.test(trimmed)) {
      (current ?? before).push({ key: undefined, raw: row, line });
    } else if (trimmed.startsWith("[")) {
      const name = /^\[([^\]]+)\]$/.exec(trimmed)?.[1];
      if (name === undefined) throw unitError(path, line, `"${trimmed}" is no name of a group`);
      current = groups.get(name) ?? [];
      groups.set(name, current);
      current.push(...before.splice(0));
    } else {
      const { raw, value, last } = continued(rows, index);
      index = last;
      const equals = value.indexOf("=");
      if (equals <= 0) throw unitError(path, line, `"${trimmed}" is neither a group nor KEY=VALUE`);
      if (current === undefined) throw unitError(path, line, "a key stands before the first group");
      current.push({ key: value.slice(0, equals).trim(), value: value.slice(equals + 1).trim(), raw, line });
    }
  }
  return { path, groups: [...groups].map(([name, lines]) => ({ name, lines })) };
}

function continued(rows: readonly string[], first: number): { raw: string; value: string; last: number } {
  const raw: string[] = [];
  const parts: string[] = [];
  let last = first;
  for (let index = first; index < rows.length; index++) {
    const row = rows[index] ?? "";
    raw.push(row);
    last = index;
    // A comment among continued lines does not end them.
    if (index > first && /^\s*[#;]/.test(row)) continue;
    parts.push(row.replace(/\\$/, ""));
    if (!row.endsWith("\\")) break;
  }
  return { raw: raw.join("\n"), value: parts.join(" "), last };
}

type SetLine = Extract<UnitLine, { key: string }>;

function setLines(unit: UnitFile, group: string): SetLine[] {
  return unit.groups.flatMap(({ name, lines }) =>
    name === group ? lines.filter((line): line is SetLine => line.key !== undefined) : [],
  );
}

/** Where a key was set last; the first line of the file where it is not. */
function lineOf(unit: UnitFile, group: string, key: string): number {
  return setLines(unit, group).findLast((line) => line.key === key)?.line ?? 1;
}

/** The keys of a group with their lines. */
export function keysOf(unit: UnitFile, group: string): { readonly key: string; readonly line: number }[] {
  return setLines(unit, group).map(({ key, line }) => ({ key, line }));
}

/** Every value of a key; an empty one takes away those before it. */
export function valuesOf(unit: UnitFile, group: string, key: string): string[] {
  const all = setLines(unit, group).flatMap((line) => (line.key === key ? [line.value] : []));
  return all.slice(all.lastIndexOf("") + 1);
}

/** The value of a key that counts, without quotes around it; undefined for none, or an empty one. */
export function valueOf(unit: UnitFile, group: string, key: string): string | undefined {
  return valuesOf(unit, group, key)
    .at(-1)
    ?.replace(/^"(.*)"$/s, "$1");
}

/** The words of all values of a key. */
export function wordsOf(unit: UnitFile, group: string, key: string): string[] {
  return valuesOf(unit, group, key).flatMap((value) => split(unit, group, key, value));
}

/** The words of the last value of a key. */
export function lastWordsOf(unit: UnitFile, group: string, key: string): string[] {
  const value = valuesOf(unit, group, key).at(-1);
  return value === undefined ? [] : split(unit, group, key, value);
}

function split(unit: UnitFile, group: string, key: string, value: string): string[] {
  const words = splitWords(value);
  if (words !== undefined) return words;
  throw keyError(unit, group, key, `${key}: a quote is not closed, or an escape is unknown`);
}

/** The truth of a key; undefined where it is not set. Throws `invalid` for what is no truth. */
export function truthOf(unit: UnitFile, group: string, key: string): boolean | undefined {
  const value = valueOf(unit, group, key)?.toLowerCase();
  if (value === undefined) return undefined;
  if (["1", "yes", "true", "on", "y", "t"].includes(value)) return true;
  if (["0", "no", "false", "off", "n", "f"].includes(value)) return false;
  throw keyError(unit, group, key, `${key} takes true or false, not "${value}"`);
}

/** The error for what is wrong at a line of a unit file. */
export function unitError(path: string, line: number, what: string, fix?: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "quadlet.invalid",
    what: `${path}:${line}: ${what}`,
    ...(fix === undefined ? {} : { fix }),
    details: { file: path, line },
  });
}

/** The error for what is wrong with a key; `[what, fix]` where there is a remedy. */
export function keyError(
  unit: UnitFile,
  group: string,
  key: string,
  said: string | readonly [string, string],
): EstibaError {
  const [what, fix] = typeof said === "string" ? [said] : said;
  return unitError(unit.path, lineOf(unit, group, key), what, fix);
}
