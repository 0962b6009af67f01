import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";

/** An id file in the making. Disposing it before the id was written takes the empty file away again. */
export type IdFile = Disposable & { readonly write: (id: string) => void };

/**
 * Reserves the file of `--cidfile` or `--pod-id-file`, which must not be there yet, as with both peers: a container of which nobody learns
 * the id must not run. Undefined for no path. Throws `conflict`.
 */
export function reserveIdFile(path: string | undefined, of: "container" | "pod" = "container"): IdFile | undefined {
  if (path === undefined) return undefined;
  try {
    writeFileSync(path, "", { flag: "wx" });
  } catch (error) {
    throw new EstibaError("conflict", {
      reason: "cli.cidfile",
      what: `cannot make the ${of} id file "${path}"`,
      cause: error,
      fix: "make sure its folder exists and no file of that name is there",
    });
  }
  const reserved = { empty: true };
  return {
    write: (id) => {
      writeFileSync(path, id);
      reserved.empty = false;
    },
    [Symbol.dispose]: () => {
      if (reserved.empty) rmSync(path, { force: true });
    },
  };
}

/** The id that such a file holds. Throws `not_found`. */
export function readIdFile(path: string, of: "container" | "pod"): string {
  try {
    return (readFileSync(path, "utf8").split("\n")[0] ?? "").trim();
  } catch (error) {
    if (!hasCode(error, "ENOENT", "EACCES", "EISDIR", "ENOTDIR")) throw error;
    throw new EstibaError("not_found", {
      reason: "cli.cidfile",
      what: `reading the ${of} id file "${path}"`,
      cause: error,
      fix: "name the file that --cidfile or --pod-id-file wrote",
    });
  }
}
