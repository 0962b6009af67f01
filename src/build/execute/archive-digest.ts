import { createHash } from "node:crypto";

/** The digest of an archive's bytes. */
export function digestOfArchive(archive: Iterable<Uint8Array>): string {
  const hash = createHash("sha256");
  for (const piece of archive) hash.update(piece);
  return hash.digest("hex");
}
