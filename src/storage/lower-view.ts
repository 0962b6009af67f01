import { closeSync, constants } from "node:fs";
import { fdPath, O_PATH, openat2, openRoot, RESOLVE } from "../host/openat.ts";
import { type FileStatus, S_IFDIR, S_IFMT, statFd } from "../host/statx.ts";
import { getXattr } from "../host/xattr.ts";
import { isWhiteout, OPAQUE } from "./attributes.ts";
import { type BytePath, kernelName } from "./byte-path.ts";

/** Something found in the layers below: an O_PATH descriptor, which whoever asked closes. */
export type LowerFile = { fd: number; status: FileStatus };

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

  [Symbol.dispose](): void {
    for (const fd of this.#roots.splice(0)) closeSync(fd);
  }
}

/** The file itself, or whether lower layers may still have it. */
function lookIn(rootFd: number, components: readonly string[]): LowerFile | "absent" | "hidden" {
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
      if (!isWhiteout(status)) return { fd, status };
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
