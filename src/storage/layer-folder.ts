import { closeSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ERRNO, must } from "../host/errno.ts";
import { O_CLOEXEC } from "../host/open-flags.ts";
import { spreadFolders } from "../host/spread-folders.ts";
import { AT_FDCWD, syscall } from "../host/syscall.ts";
import { removeTree } from "./remove-tree.ts";

const LOCK_EX_NB = 2 | 4;
const TEMPORARY_PREFIX = ".tmp-";

/**
 * The folder of a layer in the making: under a temporary name until {@link keep}, then under its own, which no other layer ever has. A
 * lock on it tells a live one from what a killed process left; it ends with the process. Disposing removes the folder unless it is kept.
 */
export class LayerFolder implements Disposable {
  readonly name: string;
  readonly fd: number;
  readonly #layers: string;
  #path: string;
  #kept = false;

  /** Makes the store of layers where it is missing. */
  constructor(layers: string) {
    if (mkdirSync(layers, { recursive: true, mode: 0o700 }) !== undefined) spreadFolders(layers);
    this.#layers = layers;
    this.name = Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString("hex");
    this.#path = join(layers, `${TEMPORARY_PREFIX}${this.name}`);
    mkdirSync(this.#path, { mode: 0o700 });
    this.fd = openFolder(this.#path);
    must("cannot lock a new layer", "flock", this.fd, LOCK_EX_NB);
  }

  /** Writes everything to the disk, then gives the folder its name for good. */
  commit(): void {
    must("cannot write the layer to the disk", "syncfs", this.fd);
    const path = join(this.#layers, this.name);
    must("cannot name the layer", "renameat2", AT_FDCWD, this.#path, AT_FDCWD, path, 1);
    this.#path = path;
    const layersFd = openFolder(this.#layers);
    try {
      must("cannot write the layer to the disk", "fsync", layersFd);
    } finally {
      closeSync(layersFd);
    }
  }

  /** The layer is recorded: from now on the folder is the record's. */
  keep(): void {
    this.#kept = true;
  }

  [Symbol.dispose](): void {
    try {
      if (!this.#kept) removeTree(this.#path);
    } finally {
      closeSync(this.fd);
    }
  }
}

/** Removes a folder that no record names, unless a live process is still making it; true when it was removed. */
export function removeStrayFolder(layers: string, name: string, isRecorded: () => boolean): boolean {
  const path = join(layers, name);
  const fd = syscall(
    "openat",
    AT_FDCWD,
    path,
    constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC,
  );
  if (fd === -ERRNO.ENOENT) return false;
  if (fd < 0) return removeTree(path);
  try {
    if (syscall("flock", fd, LOCK_EX_NB) < 0) return false;
    // Asked under the lock: its maker may have recorded it since it was listed.
    return isRecorded() ? false : removeTree(path);
  } finally {
    closeSync(fd);
  }
}

function openFolder(path: string): number {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC;
  return must(`cannot open ${JSON.stringify(path)}`, "openat", AT_FDCWD, path, flags);
}
