import { readdirSync } from "node:fs";

/** The names in a folder; none when there is no such folder. */
export function folderNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}
