import { closeSync, constants } from "node:fs";
import { O_PATH } from "../host/open-flags.ts";
import { fdPath, openat2, openRoot, RESOLVE } from "../host/openat.ts";
import { type FileStatus, S_IFDIR, S_IFMT, statAt, statFd } from "../host/statx.ts";
import { getXattr } from "../host/xattr.ts";
import { isWhiteout, OPAQUE } from "./attributes.ts";
import { type BytePath, kernelName } from "./byte-path.ts";
import { listNames } from "./copy-tree.ts";

/** Something found in the layers below: an O_PATH descriptor, which whoever asked closes. */
export type LowerFile = { fd: number; status: FileStatus };

/** A file in one layer; `covers`: a folder above it is opaque there, so layers below show nothing of it. */
type Found = LowerFile & { covers: boolean };

/**
 * What the layers below show of one path, as overlay would: the topmost layer that has it wins, whiteouts and opaque folders hide what is
 * under them. Links on the way are not followed: a layer speaks of real paths. Disposing closes its roots.
 */
export class LowerView implements Disposable {
  readonly #roots: number[] = [];

  /** `layers` are folders, topmost first. */
  constructor(layers: readonly string[]) {
    try {
      for (const layer of layers) this.#roots.push(openRoot(layer));
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  find(path: BytePath): LowerFile | undefined {
    const components = path === "" ? [] : path.split("/");
    for (const root of this.#roots) {
      const found = lookIn(root, components);
      if (found === "hidden") return undefined;
      if (found !== "absent") return found;
    }
    return undefined;
  }

  /** The names that the layers below show in the folder of that path, as byte strings; none where they have no folder there. */
  names(path: BytePath): string[] {
    const components = path === "" ? [] : path.split("/");
    const found = new Set<string>();
    const hidden = new Set<string>();
    for (const root of this.#roots) {
      const folder = lookIn(root, components);
      if (folder === "hidden") break;
      if (folder === "absent") continue;
      try {
        if ((folder.status.mode & S_IFMT) !== S_IFDIR) break;
        for (const name of listNames(folder.fd)) {
          if (found.has(name) || hidden.has(name)) continue;
          const status = statAt(folder.fd, kernelName(name));
          (status !== undefined && isWhiteout(status) ? hidden : found).add(name);
        }
        if (folder.covers || isOpaque(folder.fd)) break;
      } finally {
        closeSync(folder.fd);
      }
    }
    return [...found];
  }

  [Symbol.dispose](): void {
    for (const fd of this.#roots.splice(0)) closeSync(fd);
  }
}

/** The file itself, or whether lower layers may still have it. */
function lookIn(rootFd: number, components: readonly string[]): Found | "absent" | "hidden" {
  let opaque = false;
  for (let depth = 0; depth <= components.length; depth++) {
    const path = components.slice(0, depth).join("/");
    const fd = openat2(rootFd, kernelName(path === "" ? "." : path), {
      flags: O_PATH | constants.O_NOFOLLOW,
      resolve: RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS,
    });
    if (fd < 0) return opaque ? "hidden" : "absent";
    const status = statFd(fd);
    if (depth === components.length) {
      if (!isWhiteout(status)) return { fd, status, covers: opaque };
      closeSync(fd);
      return "hidden";
    }
    const isFolder = (status.mode & S_IFMT) === S_IFDIR;
    opaque ||= isFolder && isOpaque(fd);
    closeSync(fd);
    if (!isFolder) return "hidden";
  }
  return "absent";
}

// An O_PATH descriptor has no attributes of its own; its name in /proc leads to the folder, as lgetxattr follows it in the middle.
function isOpaque(fd: number): boolean {
  const value = getXattr({ path: `${fdPath(fd)}/.` }, OPAQUE);
  return value !== undefined && value[0] === 0x79;
}
