import { type FoundFile, findQuadlets, quadletFolders } from "../../kube/quadlet/folders.ts";
import { EstibaError } from "../../lib/error.ts";
import { nearest } from "../../lib/nearest.ts";
import { isUser, ownerOf } from "./context.ts";

/** Every file that is there. */
export function allFiles(): FoundFile[] {
  return findQuadlets(quadletFolders(ownerOf(isUser())));
}

/** The file of a name. Throws `not_found`. */
export function fileNamed(files: readonly FoundFile[], name: string): FoundFile {
  const found = files.find(({ fileName }) => fileName === name);
  if (found !== undefined) return found;
  const close = nearest(
    name,
    files.map(({ fileName }) => fileName),
  );
  throw new EstibaError("not_found", {
    reason: "quadlet.unknown",
    what: `could not locate quadlet "${name}" in any supported quadlet directory`,
    fix: close === undefined ? "see: estiba quadlet list" : `did you mean ${close}?`,
  });
}
