import { readFileSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";

/** A JSON file of another engine's store. Throws `not_found`, `corrupt`. */
export function readJson<T>(path: string): T {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new EstibaError(hasCode(error, "ENOENT", "ENOTDIR") ? "not_found" : "denied", {
      reason: "image.foreign_root",
      what: `cannot read "${path}" of the other engine`,
      cause: error,
      fix: "name the folder where it keeps its images: --root DIR",
    });
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new EstibaError("corrupt", { reason: "image.foreign_file", what: `"${path}" is no JSON`, cause: error });
  }
}
