import { closeSync, constants, readlinkSync } from "node:fs";
import { ERRNO } from "../host/errno.ts";
import { O_PATH } from "../host/open-flags.ts";
import { fdPath, openat2, RESOLVE } from "../host/openat.ts";
import { type BytePath, kernelName } from "./byte-path.ts";

/** An open folder (O_PATH) of a tree, and its path there without links. */
export type OpenFolder = { fd: number; real: BytePath };

// The last two handed out are always open; more only save look-ups.
const CAPACITY = 64;

/**
 * The folders of one tree, opened by openat2 inside its root and kept open for the next entry. No link leads out of the root. Disposing
 * closes them, not the root.
 */
export class FolderCache implements Disposable {
  readonly #rootFd: number;
  readonly #rootPath: string;
  readonly #open = new Map<BytePath, OpenFolder>();
  #last: { path: BytePath; folder: OpenFolder } | undefined;

  constructor(rootFd: number) {
    this.#rootFd = rootFd;
    this.#rootPath = readFdLink(rootFd);
  }

  /** The open folder, or minus errno. It stays open until two others have been asked for. */
  find(path: BytePath): OpenFolder | number {
    if (path === "") return { fd: this.#rootFd, real: "" };
    if (this.#last?.path === path) return this.#last.folder;
    const known = this.#open.get(path);
    const folder = known ?? this.#lookUp(path);
    if (typeof folder === "number") return folder;
    this.#open.delete(path);
    this.#open.set(path, folder);
    this.#last = { path, folder };
    if (this.#open.size > CAPACITY) this.#closeOldest();
    return folder;
  }

  /** Forgets all, after a folder or a link on the way to one was replaced. */
  clear(): void {
    for (const { fd } of this.#open.values()) closeSync(fd);
    this.#open.clear();
    this.#last = undefined;
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  #lookUp(path: BytePath): OpenFolder | number {
    const name = kernelName(path);
    const flags = O_PATH | constants.O_DIRECTORY;
    const direct = openat2(this.#rootFd, name, { flags, resolve: RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS });
    if (direct >= 0) return { fd: direct, real: path };
    if (direct !== -ERRNO.ELOOP) return direct;
    const fd = openat2(this.#rootFd, name, { flags, resolve: RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS });
    if (fd < 0) return fd;
    const real = readFdLink(fd);
    return { fd, real: real === this.#rootPath ? "" : real.slice(this.#rootPath.length + 1) };
  }

  #closeOldest(): void {
    for (const [path, { fd }] of this.#open) {
      closeSync(fd);
      this.#open.delete(path);
      return;
    }
  }
}

function readFdLink(fd: number): string {
  const path = readlinkSync(fdPath(fd), "buffer").toString("latin1");
  return path === "/" ? "" : path;
}
