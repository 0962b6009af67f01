import { readdirSync } from "node:fs";
import { hasCode } from "../lib/has-code.ts";

/** The names in a folder; none when there is no such folder. */
export function folderNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
