import { writeFileSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";

/** Writes YAML to a file that is not there yet. Throws `conflict`. */
export function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    throw new EstibaError("conflict", {
      reason: "kube.file_exists",
      what: `cannot write to "${path}"; file exists`,
      fix: "remove it, or name another one",
    });
  }
}
