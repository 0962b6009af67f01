import { closeSync, constants } from "node:fs";
import { must } from "../../host/errno.ts";
import { O_PATH } from "../../host/open-flags.ts";
import { resolveLast, tryOpenInRoot } from "../../host/openat.ts";
import { S_IFDIR, S_IFMT, statFd } from "../../host/statx.ts";
import { EstibaError } from "../../lib/error.ts";

const { O_NOFOLLOW } = constants;
const MAX_LINKS = 40;
const S_IFLNK = 0o120000;

/** A place in a stage's files, links followed: a path without the first slash, and what is there. */
export type Destination = {
  readonly path: string;
  readonly found: "folder" | "file" | "nothing";
  /** Folders above it, and itself for a folder to be, that are not there yet; topmost first. */
  readonly missing: readonly string[];
};

/** Where a folder is, or will be, in a root; links on the way are followed within it. Throws `conflict` for a file on the way. */
export function folderPlace(rootFd: number, path: string): Destination {
  let done: string[] = [];
  let pending = components(path);
  const missing: string[] = [];
  for (let links = 0; pending.length > 0; ) {
    const name = pending.shift() ?? "";
    if (name === "..") {
      done.pop();
      continue;
    }
    const here = [...done, name].join("/");
    const step = missing.length > 0 ? "nothing" : look(rootFd, here);
    if (typeof step === "object") {
      if (++links > MAX_LINKS) throw notFolder(path, "too many links");
      if (step.link.startsWith("/")) done = [];
      pending = [...components(step.link), ...pending];
      continue;
    }
    if (step === "file" && pending.length > 0) throw notFolder(path, `"/${here}" is a file`);
    done.push(name);
    if (step === "file") return { path: here, found: "file", missing };
    if (step === "nothing") missing.push(here);
  }
  return { path: done.join("/"), found: missing.length > 0 ? "nothing" : "folder", missing };
}

/** Where a file is written: through a link to what it points to, which may not be there. */
export function filePlace(rootFd: number, path: string): Destination {
  const { parent, name } = resolveLast(rootFd, path);
  const folder = folderPlace(rootFd, parent);
  if (folder.found === "file") throw notFolder(path, `"/${folder.path}" is a file`);
  const whole = folder.path === "" ? name : `${folder.path}/${name}`;
  const found = folder.found === "nothing" ? "nothing" : look(rootFd, whole);
  return { path: whole, found: typeof found === "object" ? "file" : found, missing: folder.missing };
}

function look(rootFd: number, path: string): "folder" | "file" | "nothing" | { readonly link: string } {
  const fd = tryOpenInRoot(rootFd, path, O_PATH | O_NOFOLLOW);
  if (fd < 0) return "nothing";
  try {
    const type = statFd(fd).mode & S_IFMT;
    if (type === S_IFDIR) return "folder";
    return type === S_IFLNK ? { link: readLink(fd) } : "file";
  } finally {
    closeSync(fd);
  }
}

function readLink(fd: number): string {
  const buffer = new Uint8Array(4096);
  const length = must("cannot read a link", "readlinkat", fd, "", buffer, buffer.length);
  return new TextDecoder().decode(buffer.subarray(0, length));
}

function components(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function notFolder(path: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.not_a_folder",
    what: `cannot copy to "${path}": ${why}`,
    fix: "choose another destination",
  });
}
