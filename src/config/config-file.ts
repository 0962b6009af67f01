import { readFileSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { parseJsonSource } from "../lib/json-source.ts";

type ReadOptions = {
  /** It must be there: what to do when it is not. */
  readonly required?: string | undefined;
  /** One that is not ours to read counts as absent. */
  readonly mayBeForbidden?: boolean;
};

/**
 * The text of a configuration file; undefined where there is none, unless it is required. Throws `invalid` with its path where it cannot be
 * read.
 */
export function readConfigFile(
  path: string,
  { required, mayBeForbidden = false }: ReadOptions = {},
): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (required === undefined && hasCode(error, "ENOENT", "ENOTDIR", ...(mayBeForbidden ? ["EACCES"] : [])))
      return undefined;
    throw new EstibaError("invalid", {
      reason: "config.unreadable",
      what: `cannot read ${path}`,
      cause: error,
      ...(required !== undefined && hasCode(error, "ENOENT", "ENOTDIR") ? { fix: required } : {}),
    });
  }
}

/** What a TOML file says. Throws `invalid` with `PATH:LINE:COLUMN` of the statement that breaks it. */
export function parseTomlFile(text: string, path: string): Record<string, unknown> {
  try {
    return Bun.TOML.parse(text) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { line, column } = brokenStatement(text);
    throw new EstibaError("invalid", {
      reason: "config.bad_toml",
      what: `${path}:${line}:${column}: ${error.message.replace(/^TOML Parse error: /, "")}`,
      details: { path, line, column },
    });
  }
}

/** What a JSON file says; of a key that is given twice, the last counts. Throws `invalid` with `PATH:LINE:COLUMN` for one that is wrong. */
export function parseJsonFile(text: string, path: string): unknown {
  try {
    // A mark of the byte order is none of JSON.parse's, but editors write it.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    // It knows the place, and throws.
    parseJsonSource(text, path);
    throw error;
  }
}

/** Whether a value of such a file is a table (TOML), an object (JSON). */
export function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Where the statement begins that breaks the file: after the longest beginning that is whole. Bun does not say. */
function brokenStatement(text: string): { line: number; column: number } {
  const lines = text.split("\n");
  let whole = lines.length - 1;
  while (whole > 0 && !isToml(lines.slice(0, whole).join("\n"))) whole--;
  const indent = /^\s*/.exec(lines[whole] ?? "")?.[0].length ?? 0;
  return { line: whole + 1, column: indent + 1 };
}

function isToml(text: string): boolean {
  try {
    Bun.TOML.parse(text);
    return true;
  } catch {
    // That is the answer.
    return false;
  }
}
