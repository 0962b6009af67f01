import { createHash } from "node:crypto";
import type { CopyStep } from "../plan/step.ts";
import { type CopyWork, copyOutline } from "./copy-archive.ts";
import type { FileDigests } from "./file-digests.ts";
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

/**
 * The digest of what a COPY adds: names, owners, modes, links and content, no times. A tree that never changes is read once for each COPY of
 * it, `below` being the files it goes to; of others, each file once as long as it stays as it is. Throws `not_found` and `invalid`.
 */
export function digestOfCopy(work: CopyWork, digests: FileDigests, below: string): string {
  const { sources, files, destination, chown, chmod, parents, exclude } = work.step;
  const { identity, keepsOwners } = work.tree;
  const asked = [identity, below, keepsOwners, { sources, files, destination, chown, chmod, parents, exclude }];
  const known = identity === undefined ? undefined : digests.ofTree(asked);
  if (known !== undefined) return known;
  const hash = createHash("sha256");
  for (const piece of copyOutline(work, (pinned, status) => digests.ofFile(pinned, status))) hash.update(piece);
  const digest = hash.digest("hex");
  if (identity !== undefined) digests.keepTree(asked, digest);
  digests.flush();
  return digest;
}

/** The digest of what lies at a path of a tree. `rootFd` is an empty root. Throws `not_found`. */
export function contentOf(tree: SourceTree, path: string, rootFd: number, digests: FileDigests): string {
  const work = { step: { ...WHOLE, sources: [path] }, tree: { ...tree, keepsOwners: true }, rootFd, now: 0 };
  return digestOfCopy(work, digests, "");
}
