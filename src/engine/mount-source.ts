import { statSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";

/** What the source of a mount is; a link is followed. Throws `invalid` where it is missing. */
export function kindOfSource(path: string): "folder" | "file" {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status !== undefined) return status.isDirectory() ? "folder" : "file";
  throw new EstibaError("invalid", {
    reason: "container.no_mount_source",
    what: `cannot mount "${path}": no such file or directory on the host`,
    fix: `make it first: mkdir -p ${path}`,
  });
}

/** {@link kindOfSource} for who only wants it to be there. */
export function requireSource(path: string): void {
  kindOfSource(path);
}
