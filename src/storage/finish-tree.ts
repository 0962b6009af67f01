import { closeSync } from "node:fs";
import { must } from "../host/errno.ts";
import { fdPath } from "../host/openat.ts";
import { S_IFDIR, S_IFMT, statAt } from "../host/statx.ts";
import { type Attributes, applyToName, isWhiteout, readXattrs } from "./attributes.ts";
import { type BytePath, kernelName, splitPath } from "./byte-path.ts";
import { attributesOf, copyNode } from "./copy-node.ts";
import type { LowerView } from "./lower-view.ts";
import { invalidArchive, quoteBytes } from "./tar/entry.ts";
import type { TreeWriter } from "./tree-writer.ts";

/**
 * Settles what needs the layers below: hard links to their files (copied up first), whiteouts of what they do not have (taken away),
 * attributes of folders that the archive does not list (theirs, else root's with 0755). Then gives every folder its attributes, deepest
 * first. Throws `invalid` for a hard link to nothing.
 */
export function finishTree(writer: TreeWriter, lowers: LowerView): void {
  for (const link of writer.notes.links) settleLink(writer, lowers, link);
  for (const path of writer.notes.whiteouts) settleWhiteout(writer, lowers, path);
  const { folders, implied } = writer.notes;
  for (const path of implied) folders.set(path, inherited(lowers, path));
  // A folder that was there before, and that the archive does not speak of, stays as it is.
  if (!folders.has("") && writer.isLayer) folders.set("", inherited(lowers, ""));
  const paths = [...folders.keys()].toSorted().toReversed();
  for (const path of paths) {
    const attributes = folders.get(path);
    if (attributes !== undefined) applyToFolder(writer, path, attributes);
  }
}

function settleLink(writer: TreeWriter, lowers: LowerView, link: { path: BytePath; target: BytePath }): void {
  const { parent, base } = splitPath(link.path);
  const name = kernelName(base);
  const into = writer.makeFolder(parent);
  // A later entry of the archive took the name.
  if (statAt(into.fd, name) !== undefined) return;
  const target = splitPath(link.target);
  const targetName = kernelName(target.base);
  const near = writer.findFolder(target.parent);
  const status = near === undefined ? undefined : statAt(near.fd, targetName);
  if (status === undefined) copyUp(writer, lowers, link);
  else if ((status.mode & S_IFMT) === S_IFDIR || isWhiteout(status)) throw linkToNothing(link);
  // Both are looked up again: a copy may have made folders, and only the last two stay open.
  const from = writer.makeFolder(target.parent);
  const to = writer.makeFolder(parent);
  const what = `cannot make the hard link ${quoteBytes(link.path)}`;
  must(what, "linkat", from.fd, targetName, to.fd, name, 0);
}

function copyUp(writer: TreeWriter, lowers: LowerView, link: { path: BytePath; target: BytePath }): void {
  const found = lowers.find(link.target);
  if (found === undefined) throw linkToNothing(link);
  try {
    if ((found.status.mode & S_IFMT) === S_IFDIR) throw linkToNothing(link);
    const { parent, base } = splitPath(link.target);
    copyNode(found.fd, { folderFd: writer.makeFolder(parent).fd, name: kernelName(base) });
  } finally {
    closeSync(found.fd);
  }
}

function settleWhiteout(writer: TreeWriter, lowers: LowerView, path: BytePath): void {
  const found = lowers.find(path);
  if (found !== undefined) {
    closeSync(found.fd);
    return;
  }
  // Nothing to hide: overlay would list the bare device in a folder that only this layer has.
  const { parent, base } = splitPath(path);
  const folder = writer.findFolder(parent);
  const name = kernelName(base);
  const status = folder === undefined ? undefined : statAt(folder.fd, name);
  if (folder === undefined || status === undefined || !isWhiteout(status)) return;
  must(`cannot remove the whiteout of ${quoteBytes(path)}`, "unlinkat", folder.fd, name, 0);
}

function inherited(lowers: LowerView, path: BytePath): Attributes {
  const found = lowers.find(path);
  const now = { seconds: Math.floor(Date.now() / 1000), nanoseconds: 0 };
  const fallback = { mode: 0o755, uid: 0, gid: 0, modified: now, xattrs: new Map<string, string>() };
  if (found === undefined) return fallback;
  try {
    if ((found.status.mode & S_IFMT) !== S_IFDIR) return fallback;
    return attributesOf(found.status, readXattrs({ path: `${fdPath(found.fd)}/.` }));
  } finally {
    closeSync(found.fd);
  }
}

function applyToFolder(writer: TreeWriter, path: BytePath, attributes: Attributes): void {
  if (path === "") {
    const root = writer.makeFolder("");
    return applyToName(root.fd, kernelName("."), attributes);
  }
  const { parent, base } = splitPath(path);
  const folder = writer.findFolder(parent);
  const name = kernelName(base);
  const status = folder === undefined ? undefined : statAt(folder.fd, name);
  // Something else may have taken its place since.
  if (folder === undefined || status === undefined || (status.mode & S_IFMT) !== S_IFDIR) return;
  applyToName(folder.fd, name, attributes);
}

function linkToNothing(link: { path: BytePath; target: BytePath }): Error {
  return invalidArchive(`the hard link ${quoteBytes(link.path)} to ${quoteBytes(link.target)}, which is no file`);
}
