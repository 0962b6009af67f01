import { createHash } from "node:crypto";
import type { CopyStep } from "../plan/step.ts";
import { copyArchive } from "./copy-archive.ts";
import type { SourceTree } from "./sources.ts";

/** A COPY of everything, as it is. */
export const WHOLE: CopyStep = {
  kind: "copy",
  from: undefined,
  sources: ["."],
  files: [],
  destination: "/",
  chown: undefined,
  chmod: undefined,
  link: false,
  parents: false,
  exclude: [],
  checksum: undefined,
  keepGitDir: false,
  unpack: false,
};

/** The digest of an archive's bytes. */
export function digestOfArchive(archive: Iterable<Uint8Array>): string {
  const hash = createHash("sha256");
  for (const piece of archive) hash.update(piece);
  return hash.digest("hex");
}

/** The digest of what lies at a path of a tree: names, owners, modes, links and content, no times. `rootFd` is an empty root. Throws `not_found`. */
export function contentOf(tree: SourceTree, path: string, rootFd: number): string {
  const work = { step: { ...WHOLE, sources: [path] }, tree: { ...tree, keepsOwners: true }, rootFd, now: 0 };
  return digestOfArchive(copyArchive(work, { times: false }));
}
