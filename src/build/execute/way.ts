import { closeSync, constants } from "node:fs";
import { O_PATH } from "../../host/open-flags.ts";
import { tryOpenInRoot } from "../../host/openat.ts";
import { S_IFDIR, S_IFMT, statFd } from "../../host/statx.ts";
import type { TarEntry } from "../../storage/tar/entry.ts";
import { writeFolder } from "../../storage/tar/write-tree.ts";

type WayOptions = {
  /** Makes the entry of a folder that is not there yet. */
  readonly make: (path: string) => Uint8Array;
  /** Changes the entry of one that is. */
  readonly keep?: (entry: TarEntry) => TarEntry;
};

/**
 * The folders above what a layer adds, each once. Those that are there already stand in it as they are: engines that unpack a layer without
 * looking at the layers below make a folder that is missing root's, mode 0755, and that hides the right one.
 */
export class Way {
  readonly #rootFd: number;
  readonly #options: WayOptions;
  readonly #written = new Set<string>();

  constructor(rootFd: number, options: WayOptions) {
    this.#rootFd = rootFd;
    this.#options = options;
  }

  /** Down to a folder of the root, given without links; `missing`: those of its folders that are not there. */
  *to(folder: string, missing: readonly string[]): Generator<Uint8Array, void, undefined> {
    for (const path of downTo(folder)) {
      if (this.#written.has(path)) continue;
      this.#written.add(path);
      if (missing.includes(path)) yield this.#options.make(path);
      else yield* this.#kept(path);
    }
  }

  /** Down to the folder of what an archive has at this place, as far as folders are there: what is a link stays one. */
  *toMember(path: string, isFolder: boolean): Generator<Uint8Array, void, undefined> {
    if (path.split("/").includes("..")) return;
    for (const folder of downTo(parentOf(path))) {
      if (this.#written.has(folder)) continue;
      const entry = [...this.#kept(folder)];
      if (entry.length === 0) break;
      this.#written.add(folder);
      yield* entry;
    }
    if (isFolder) this.#written.add(path);
  }

  *#kept(path: string): Generator<Uint8Array, void, undefined> {
    const fd = tryOpenInRoot(this.#rootFd, path, O_PATH | constants.O_NOFOLLOW);
    if (fd < 0) return;
    try {
      if ((statFd(fd).mode & S_IFMT) !== S_IFDIR) return;
      const { keep } = this.#options;
      yield* writeFolder(fd, byteName(path), keep === undefined ? {} : { change: keep });
    } finally {
      closeSync(fd);
    }
  }
}

/** The folder that something is in; "" for the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** Names in archives are byte strings. */
export function byteName(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** The reverse, as far as they are text. */
export function textName(name: string): string {
  const parts = Buffer.from(name, "latin1").toString("utf8").split("/");
  return parts.filter((part) => part !== "" && part !== ".").join("/");
}

/** All folders down to one, itself too. */
function downTo(folder: string): string[] {
  const parts = folder === "" ? [] : folder.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
