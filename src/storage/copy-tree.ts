import { closeSync, constants } from "node:fs";
import { must } from "../host/errno.ts";
import { O_CLOEXEC, O_PATH } from "../host/open-flags.ts";
import { fdPath } from "../host/openat.ts";
import { S_IFDIR, S_IFMT, statFd } from "../host/statx.ts";
import { EstibaError } from "../lib/error.ts";
import { applyToName, readXattrs } from "./attributes.ts";
import { attributesOf, copyNode } from "./copy-node.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;
const LISTING_BYTES = 65_536;
const MAX_DEPTH = 500;
const SELF = Buffer.from(".\0");

/**
 * Copies what is in one folder into another, empty one, and gives that one the attributes of the first: owners, modes, times to the
 * nanosecond, extended attributes, holes, links and groups of hard links. Links are copied, never followed. Descriptors may be O_PATH.
 * Throws by errno, `unsupported` for folders nested more than 500 deep.
 */
export function copyFolder(fromFd: number, toFd: number): void {
  new FolderCopy(toFd).copy(fromFd, toFd, { path: "", depth: 0 });
}

type Step = { path: string; depth: number };

class FolderCopy {
  readonly #topFd: number;
  /** Where the first name of a file with several was copied to. */
  readonly #copied = new Map<string, string>();

  constructor(topFd: number) {
    this.#topFd = topFd;
  }

  copy(fromFd: number, toFd: number, step: Step): void {
    if (step.depth > MAX_DEPTH) {
      throw new EstibaError("unsupported", {
        reason: "storage.too_deep",
        what: `folders nested more than ${MAX_DEPTH} deep cannot be copied`,
      });
    }
    for (const name of listNames(fromFd)) this.#copyName(fromFd, toFd, { name, step });
    copyAttributes(fromFd, toFd);
  }

  #copyName(fromFd: number, toFd: number, at: { name: string; step: Step }): void {
    const name = Buffer.from(`${at.name}\0`, "latin1");
    const path = at.step.path === "" ? at.name : `${at.step.path}/${at.name}`;
    const what = "cannot copy a folder";
    const pinned = must(what, "openat", fromFd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    try {
      const status = statFd(pinned);
      if ((status.mode & S_IFMT) === S_IFDIR) {
        must(what, "mkdirat", toFd, name, 0o700);
        const target = must(what, "openat", toFd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        try {
          this.copy(pinned, target, { path, depth: at.step.depth + 1 });
        } finally {
          closeSync(target);
        }
        return;
      }
      const twin = status.links > 1 ? this.#copied.get(status.identity) : undefined;
      if (twin !== undefined) {
        must(what, "linkat", this.#topFd, Buffer.from(`${twin}\0`, "latin1"), toFd, name, 0);
        return;
      }
      copyNode(pinned, { folderFd: toFd, name }, { folderFd: fromFd, name });
      if (status.links > 1) this.#copied.set(status.identity, path);
    } finally {
      closeSync(pinned);
    }
  }
}

/** Gives one open folder the owner, mode, times and extended attributes of another. */
export function copyAttributes(fromFd: number, toFd: number): void {
  const xattrs = readXattrs({ path: `${fdPath(fromFd)}/.` });
  applyToName(toFd, SELF, attributesOf(statFd(fromFd), xattrs));
}

/** The names in a folder as byte strings, without `.` and `..`. */
export function listNames(folderFd: number): string[] {
  const fd = must("cannot list a folder", "openat", folderFd, SELF, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  try {
    const names: string[] = [];
    const buffer = Buffer.alloc(LISTING_BYTES);
    for (;;) {
      const length = must("cannot list a folder", "getdents64", fd, buffer, LISTING_BYTES);
      if (length === 0) return names;
      for (let at = 0; at < length; at += buffer.readUInt16LE(at + 16)) {
        const name = buffer.toString("latin1", at + 19, buffer.indexOf(0, at + 19));
        if (name !== "." && name !== "..") names.push(name);
      }
    }
  } finally {
    closeSync(fd);
  }
}
