import { readFileSync } from "node:fs";
import { hasCode } from "../lib/has-code.ts";

/** The text of a file; undefined where there is none, or where reading it fails by one of `codes`. Throws node's error for any other. */
export function readIfThere(path: string, ...codes: readonly string[]): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", ...codes)) return undefined;
    throw error;
  }
}

/** {@link readIfThere}, with an empty text for what is not there. */
export function readOrEmpty(path: string, ...codes: readonly string[]): string {
  return readIfThere(path, ...codes) ?? "";
}
