import { closeSync, constants } from "node:fs";
import { ERRNO, errnoError, must } from "../host/errno.ts";
import { O_CLOEXEC, O_PATH } from "../host/open-flags.ts";
import { fdPath } from "../host/openat.ts";
import { IN_USER_NAMESPACE } from "../host/own-ids.ts";
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, statAt, statFd } from "../host/statx.ts";
import { AT_FDCWD, syscall } from "../host/syscall.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import {
  type Attributes,
  applyToFile,
  applyToLink,
  applyToName,
  deviceNumber,
  isWhiteout,
  markOpaque,
  tryMakeWhiteout,
} from "./attributes.ts";
import { type BytePath, cleanPath, kernelName, splitPath } from "./byte-path.ts";
import { FolderCache, type OpenFolder } from "./folder-cache.ts";
import { removeTreeAt } from "./remove-tree.ts";
import { invalidArchive, quoteBytes, type TarEntry, type TarSink } from "./tar/entry.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_TRUNC } = constants;
const WHITEOUT_PREFIX = ".wh.";
const WHITEOUT_META_PREFIX = ".wh..wh.";
// About what a folder's attributes take beside its path.
const NOTE_BYTES = 200;
const MAX_NOTE_BYTES = 192 * 1024 ** 2;
const OPAQUE_NAME = ".wh..wh..opq";

/** What can only be settled when the whole archive has been read and the layers below are known. */
export type TreeNotes = {
  /** Attributes of folders, by path without links; set last, since every new name changes its folder's times. */
  readonly folders: Map<BytePath, Attributes>;
  /** Folders that the archive uses but does not list. */
  readonly implied: Set<BytePath>;
  readonly whiteouts: Set<BytePath>;
  /** Hard links to what this archive did not hold when they came. */
  readonly links: { path: BytePath; target: BytePath }[];
};

/** How a tree is written: as a layer, or as what `tar -x` makes, where whiteouts are names like any other. */
export type TreeRules =
  | { readonly form: "layer" }
  /** Unless `overwrite`, a folder never takes the place of something else, nor the reverse. */
  | { readonly form: "plain"; readonly overwrite: boolean };

type OpenFile = { fd: number; entry: TarEntry; writtenTo: number; path: BytePath };

/**
 * Writes the entries of an archive below one folder; of a layer in overlay's form: whiteouts become devices 0:0, opaque marks an extended attribute
 * (OCI image spec, layer.md). Parents are looked up inside the root by openat2, so no entry and no link reaches outside. A later entry of
 * the same name replaces an earlier one. Folders get their attributes in finishTree. Throws `invalid` for entries that are refused,
 * `exhausted` on a full disk.
 */
export class TreeWriter implements TarSink, Disposable {
  readonly notes: TreeNotes = { folders: new Map(), implied: new Set(), whiteouts: new Set(), links: [] };
  readonly #cache: FolderCache;
  readonly #rules: TreeRules;
  #file: OpenFile | undefined;
  #noteBytes = 0;

  /** The root stays the caller's to close. */
  constructor(rootFd: number, rules: TreeRules = { form: "layer" }) {
    this.#rules = rules;
    this.#cache = new FolderCache(rootFd);
  }

  get isLayer(): boolean {
    return this.#rules.form === "layer";
  }

  entry(entry: TarEntry): void {
    const path = cleanPath(entry.name);
    if (path === "") return this.#rootEntry(entry);
    const { parent, base } = splitPath(path);
    if (this.isLayer && (base.startsWith(WHITEOUT_PREFIX) || path.startsWith(WHITEOUT_META_PREFIX)))
      return this.#mark(path, parent, base);
    const folder = this.makeFolder(parent);
    const name = kernelName(base);
    const place: Place = { folder, name, path };
    switch (entry.type) {
      case "file":
        return this.#openFile(place, entry);
      case "folder":
        return this.#folder(place, base, entry);
      case "link":
        return this.#hardLink(place, cleanPath(entry.linkName));
      case "symlink":
        this.#create(place, (fd) => syscall("symlinkat", kernelName(entry.linkName), fd, name));
        return applyToLink(place.folder.fd, name, entry);
      case "character":
      case "block":
      case "fifo":
        return this.#special(place, entry);
    }
  }

  data(bytes: Uint8Array, offset: number): void {
    const file = this.#file;
    if (file === undefined) return;
    for (let done = 0; done < bytes.length; ) {
      const rest = done === 0 ? bytes : bytes.subarray(done);
      done += must(`cannot write ${quoteBytes(file.path)}`, "pwrite64", file.fd, rest, rest.length, offset + done);
    }
    file.writtenTo = offset + bytes.length;
  }

  end(): void {
    const file = this.#file;
    if (file === undefined) return;
    const { fd, entry } = file;
    if (file.writtenTo < entry.sizeBytes) this.#extend(file);
    applyToFile(fd, entry);
    this.#file = undefined;
    closeSync(fd);
  }

  /** The folder of that path, made where it is missing, its parents too. The descriptor stays the writer's. */
  makeFolder(path: BytePath): OpenFolder {
    const found = this.#cache.find(path);
    if (typeof found !== "number") return found;
    const { parent, base } = splitPath(path);
    if (found !== -ERRNO.ENOENT && found !== -ERRNO.ENOTDIR) throw this.#notAFolder(path, found);
    const above = this.makeFolder(parent);
    const name = kernelName(base);
    const hidden = found === -ERRNO.ENOTDIR && this.#takeWhiteout(above.fd, name);
    const made = syscall("mkdirat", above.fd, name, 0o700);
    if (made < 0) throw this.#notAFolder(path, made);
    if (hidden) markOpaque(above.fd, name);
    this.notes.implied.add(this.#noted(joinPath(above.real, base)));
    const opened = this.#cache.find(path);
    if (typeof opened === "number") throw this.#notAFolder(path, opened);
    return opened;
  }

  /** The folder of that path where it exists, else undefined. */
  findFolder(path: BytePath): OpenFolder | undefined {
    const found = this.#cache.find(path);
    return typeof found === "number" ? undefined : found;
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file.fd);
    this.#file = undefined;
    this.#cache[Symbol.dispose]();
  }

  #rootEntry(entry: TarEntry): void {
    if (entry.type !== "folder") throw invalidArchive("its root is not a folder");
    this.notes.folders.set("", attributesOf(entry));
  }

  #mark(path: BytePath, parent: BytePath, base: string): void {
    if (base === OPAQUE_NAME) {
      const folder = this.makeFolder(parent);
      return markOpaque(folder.fd, kernelName("."));
    }
    // The other names of this form are AUFS's own records.
    if (base.startsWith(WHITEOUT_META_PREFIX) || path.startsWith(WHITEOUT_META_PREFIX)) return;
    const hidden = base.slice(WHITEOUT_PREFIX.length);
    if (hidden === "" || hidden === "." || hidden === "..") throw invalidArchive(`the whiteout ${quoteBytes(path)}`);
    this.#whiteout(this.makeFolder(parent), hidden);
  }

  #whiteout(folder: OpenFolder, base: string): void {
    const name = kernelName(base);
    const made = tryMakeWhiteout(folder.fd, name);
    if (made === 0) {
      this.notes.whiteouts.add(this.#noted(joinPath(folder.real, base)));
      return;
    }
    if (made !== -ERRNO.EEXIST) throw errnoError(-made, `cannot make the whiteout of ${quoteBytes(base)}`);
    // It hides what lies below, not what this layer itself has: a file does so anyway, a folder must be opaque.
    const status = statAt(folder.fd, name);
    if (status !== undefined && (status.mode & S_IFMT) === S_IFDIR) markOpaque(folder.fd, name);
  }

  #folder(place: Place, base: string, entry: TarEntry): void {
    const { name } = place;
    let made = syscall("mkdirat", place.folder.fd, name, 0o700);
    if (made === -ERRNO.EEXIST) {
      const status = statAt(place.folder.fd, name);
      if (status === undefined || (status.mode & S_IFMT) !== S_IFDIR) {
        const hidden = this.isLayer && status !== undefined && isWhiteout(status);
        this.#remove(place, "folder");
        made = syscall("mkdirat", place.folder.fd, name, 0o700);
        if (made === 0 && hidden) markOpaque(place.folder.fd, name);
      } else {
        made = 0;
      }
    }
    if (made < 0) throw cannotMake(place.path, made);
    const real = joinPath(place.folder.real, base);
    const xattrs = new Map<string, string>();
    for (const [key, value] of entry.xattrs) {
      // Copied: a slice would keep the whole pax header in memory.
      xattrs.set(this.#noted(key), Buffer.from(this.#noted(value), "latin1").toString("latin1"));
    }
    this.notes.folders.set(this.#noted(real), { ...attributesOf(entry), xattrs });
    this.notes.implied.delete(real);
  }

  #openFile(place: Place, entry: TarEntry): void {
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const fd = this.#createFile(place, (folderFd) => syscall("openat", folderFd, place.name, flags, 0o600));
    this.#file = { fd, entry, writtenTo: 0, path: place.path };
  }

  #createFile(place: Place, call: (folderFd: number) => number): number {
    try {
      return this.#create(place, call);
    } catch (error) {
      // A file that something is mounted on, such as /etc/hosts of a container, keeps its name: it is written anew.
      if (this.isLayer || !isEstibaError(error, "in_use")) throw error;
      return openMountedFile(place);
    }
  }

  #extend(file: OpenFile): void {
    const result = syscall("ftruncate", file.fd, file.entry.sizeBytes);
    if (result < 0)
      throw invalidArchive(
        `${quoteBytes(file.path)} has ${file.entry.sizeBytes} bytes, more than this file system takes`,
      );
  }

  #special(place: Place, entry: TarEntry): void {
    const { folder, name } = place;
    // As a device, 0:0 is overlay's whiteout and can be nothing else.
    if (this.isLayer && isWhiteout({ mode: entry.type === "character" ? S_IFCHR : 0, device: entry.device })) {
      return this.#whiteout(folder, splitPath(place.path).base);
    }
    // No user namespace may make devices, and no container of one could open them; as every rootless engine, without them.
    if (IN_USER_NAMESPACE && entry.type !== "fifo") return;
    const type = entry.type === "fifo" ? S_IFIFO : entry.type === "block" ? S_IFBLK : S_IFCHR;
    this.#create(place, (fd) => syscall("mknodat", fd, name, type | 0o600, deviceNumber(entry.device)));
    applyToName(place.folder.fd, name, entry);
  }

  #hardLink(place: Place, target: BytePath): void {
    if (target === place.path) return;
    const { parent, base } = splitPath(target);
    const from = target === "" ? undefined : this.findFolder(parent);
    const status = from === undefined ? undefined : statAt(from.fd, kernelName(base));
    if (from === undefined || status === undefined) {
      const real = joinPath(place.folder.real, splitPath(place.path).base);
      this.notes.links.push({ path: this.#noted(real), target: this.#noted(target) });
      return;
    }
    if ((status.mode & S_IFMT) === S_IFDIR || isWhiteout(status)) {
      throw invalidArchive(`the hard link ${quoteBytes(place.path)} to ${quoteBytes(target)}, which is no file`);
    }
    const { folder, name } = place;
    if (statAt(folder.fd, name)?.identity === status.identity) return;
    this.#create(place, (fd) => {
      // Looked up again: replacing the name may have closed or removed it.
      const source = this.findFolder(parent);
      return source === undefined ? -ERRNO.ENOENT : syscall("linkat", source.fd, kernelName(base), fd, name, 0);
    });
  }

  /** Runs a call that makes the name in the folder it is given; where the name is taken, what has it is removed first. */
  #create(place: Place, call: (folderFd: number) => number): number {
    let result = call(place.folder.fd);
    if (result === -ERRNO.EEXIST) {
      this.#remove(place, "other");
      result = call(place.folder.fd);
    }
    if (result < 0) throw cannotMake(place.path, result);
    return result;
  }

  #remove(place: Place, replacedBy: "folder" | "other"): void {
    if (this.#rules.form === "plain" && !this.#rules.overwrite) this.#requireSameKind(place, replacedBy);
    // Cached folders may lie in or lead through what goes. The parent is pinned by a second descriptor meanwhile.
    const fd = must(`cannot replace ${quoteBytes(place.path)}`, "fcntl", place.folder.fd, 1030, 0); // F_DUPFD_CLOEXEC
    try {
      removeTreeAt(fd, place.name);
    } finally {
      closeSync(fd);
    }
    this.#cache.clear();
    place.folder = this.makeFolder(splitPath(place.path).parent);
  }

  #requireSameKind({ folder, name, path }: Place, replacedBy: "folder" | "other"): void {
    const status = statAt(folder.fd, name);
    if (status === undefined || ((status.mode & S_IFMT) === S_IFDIR) === (replacedBy === "folder")) return;
    const [old, now] = replacedBy === "folder" ? ["what is no folder", "a folder"] : ["a folder", "what is none"];
    throw new EstibaError("conflict", {
      reason: "storage.other_kind",
      what: `cannot overwrite ${quoteBytes(path)}: ${old} would be replaced by ${now}`,
      fix: "add --overwrite, or take it away first",
    });
  }

  /** Counts what a note takes: an archive of nothing but folders must not take the host's memory. */
  #noted(text: string): string {
    this.#noteBytes += text.length + NOTE_BYTES;
    if (this.#noteBytes <= MAX_NOTE_BYTES) return text;
    throw new EstibaError("exhausted", {
      reason: "storage.too_many_folders",
      what: "the layer has too many folders to keep in memory",
    });
  }

  #takeWhiteout(folderFd: number, name: Uint8Array): boolean {
    const status = statAt(folderFd, name);
    return status !== undefined && isWhiteout(status) && syscall("unlinkat", folderFd, name, 0) === 0;
  }

  #notAFolder(path: BytePath, result: number): Error {
    const known = [ERRNO.EEXIST, ERRNO.ENOTDIR, ERRNO.ELOOP, ERRNO.ENOENT];
    if (!known.some((errno) => result === -errno)) return cannotMake(path, result);
    return invalidArchive(`something lies below ${quoteBytes(path)}, which is not a folder inside the layer`);
  }
}

type Place = { folder: OpenFolder; readonly name: Uint8Array; readonly path: BytePath };

/** Joins a folder's path and a name in it. */
function joinPath(folder: BytePath, base: string): BytePath {
  return folder === "" ? base : `${folder}/${base}`;
}

/** A regular file at the name, emptied. It is pinned first: no device and no fifo is ever opened. */
function openMountedFile({ folder, name, path }: Place): number {
  const what = `cannot write ${quoteBytes(path)}`;
  const pinned = must(what, "openat", folder.fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  try {
    if ((statFd(pinned).mode & S_IFMT) !== S_IFREG) throw errnoError(ERRNO.EBUSY, what);
    return must(what, "openat", AT_FDCWD, fdPath(pinned), O_WRONLY | O_TRUNC | O_CLOEXEC);
  } finally {
    closeSync(pinned);
  }
}

function attributesOf(entry: TarEntry): Attributes {
  const { mode, uid, gid, modified, xattrs } = entry;
  return { mode, uid, gid, modified, xattrs };
}

function cannotMake(path: BytePath, result: number): Error {
  const refused = [ERRNO.ENAMETOOLONG, ERRNO.EINVAL, ERRNO.ENOENT];
  if (refused.some((errno) => result === -errno))
    return invalidArchive(`the file system cannot hold the name ${quoteBytes(path)}`);
  return errnoError(-result, `cannot make ${quoteBytes(path)}`);
}
