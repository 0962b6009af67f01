import { closeSync, constants } from "node:fs";
import { must } from "../../host/errno.ts";
import { O_CLOEXEC, O_PATH } from "../../host/open-flags.ts";
import { fdPath } from "../../host/openat.ts";
import {
  type FileStatus,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  statFd,
} from "../../host/statx.ts";
import { AT_FDCWD } from "../../host/syscall.ts";
import { getXattr } from "../../host/xattr.ts";
import { EstibaError } from "../../lib/error.ts";
import { isWhiteout, OPAQUE, procPath, readXattrs } from "../attributes.ts";
import { listNames } from "../copy-tree.ts";
import { quoteBytes, type TarEntry, type TarEntryType } from "./entry.ts";
import { whiteoutEntry } from "./whiteout-entry.ts";
import { encodeEntry, endOfArchive, paddingOf } from "./write-header.ts";

const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const READ_BYTES = 1024 * 1024;
const BATCH_BYTES = 256 * 1024;
const MAX_DEPTH = 500;
const NONE: ReadonlyMap<string, string> = new Map();

/** What the upper folder of an overlay needs to become a layer. */
export type LayerForm = {
  /** True where the layers below have something of that path (byte string): only there an opaque mark means anything. */
  readonly hidesSomething: (path: string) => boolean;
};

type TreeOptions = {
  /**
   * The name of the folder itself, before the path of everything in it: `etc` gives `etc/`, `etc/passwd`; `.` gives `./`. "" leaves the
   * folder itself out.
   */
  readonly name: string;
  /** Times to the nanosecond in pax records; else whole seconds, as image layers have them. */
  readonly subSeconds?: boolean;
  /** Write whiteouts and opaque marks as OCI layers have them (image-spec layer.md). */
  readonly layer?: LayerForm;
  /** False leaves a path (byte string, relative to the folder) and all below it out. */
  readonly includes?: (path: string, status: FileStatus) => boolean;
  /** Changes an entry before it is written: owners, names. */
  readonly change?: (entry: TarEntry) => TarEntry;
  /** Do not go into other file systems mounted below; the mount points stay, empty. */
  readonly oneFileSystem?: boolean;
  /** False: no end of archive, for a caller that writes several trees into one. */
  readonly end?: boolean;
  /** Gives what stands for the content of a file (O_PATH): a tree that is only compared need not be read. The result is no archive. */
  readonly content?: (pinned: number, status: FileStatus) => Uint8Array;
};

/**
 * Streams a folder as a tar archive in chunks of about a megabyte, which are the reader's to keep. Every name is pinned by a descriptor
 * below the one above it and no link is followed, so nothing outside is read whatever others do to the tree meanwhile. Names in the order of
 * their bytes: the same tree gives the same archive. Further names of a file are hard links to its first; sockets are left out, as every
 * engine does. A file that shrinks while it is read is filled with zeros, one that grows is cut: the archive stays whole. `folderFd` may be
 * O_PATH and stays the caller's. Throws by errno, `unsupported` for folders nested more than 500 deep.
 */
export function* writeTree(folderFd: number, options: TreeOptions): Generator<Uint8Array, void, undefined> {
  const tree = new TreeReader(folderFd, options);
  const { name } = options;
  if (name !== "") yield* tree.folderEntry(folderFd, "");
  yield* tree.folder(folderFd, "", 0);
  if (options.end !== false) tree.put(endOfArchive());
  yield* tree.flush();
}

/** Streams one file, link or device pinned by an O_PATH descriptor as a member called `name`, without the end of the archive. */
export function* writeNode(
  pinned: number,
  name: string,
  options: Omit<TreeOptions, "name"> = {},
): Generator<Uint8Array, void, undefined> {
  const tree = new TreeReader(pinned, { ...options, name: "" });
  yield* tree.node({ fd: pinned, path: name, status: statFd(pinned), from: undefined });
  yield* tree.flush();
}

/** Streams the entry of a folder pinned by an O_PATH descriptor as a member called `name`, without what is in it and the end of the archive. */
export function* writeFolder(
  pinned: number,
  name: string,
  options: Omit<TreeOptions, "name"> = {},
): Generator<Uint8Array, void, undefined> {
  const tree = new TreeReader(pinned, { ...options, name });
  yield* tree.folderEntry(pinned, "");
  yield* tree.flush();
}

type Node = {
  fd: number;
  path: string;
  status: FileStatus;
  /** The name it has in an open folder: links and devices show their attributes only by it. */
  from: { folderFd: number; name: Uint8Array } | undefined;
};

class TreeReader {
  readonly #options: TreeOptions;
  readonly #prefix: string;
  readonly #device: string;
  readonly #firstNames = new Map<string, string>();
  #batch: Uint8Array[] = [];
  #batchBytes = 0;

  constructor(rootFd: number, options: TreeOptions) {
    this.#options = options;
    this.#prefix = options.name === "" ? "" : `${options.name}/`;
    this.#device = deviceOf(statFd(rootFd));
  }

  /** Everything in a folder; `path` is relative to the tree. */
  *folder(folderFd: number, path: string, depth: number): Generator<Uint8Array, void, undefined> {
    if (depth > MAX_DEPTH) throw tooDeep();
    for (const name of listNames(folderFd).toSorted()) {
      const bytes = Buffer.from(`${name}\0`, "latin1");
      const inner = path === "" ? name : `${path}/${name}`;
      const what = `cannot read ${quoteBytes(inner)}`;
      const fd = tryPin(folderFd, bytes, what);
      if (fd === undefined) continue;
      try {
        const status = statFd(fd);
        if (this.#options.includes?.(inner, status) === false) continue;
        if ((status.mode & S_IFMT) !== S_IFDIR) {
          yield* this.node({ fd, path: inner, status, from: { folderFd, name: bytes } });
          continue;
        }
        yield* this.folderEntry(fd, inner);
        if (this.#options.oneFileSystem === true && deviceOf(status) !== this.#device) continue;
        yield* this.folder(fd, inner, depth + 1);
      } finally {
        closeSync(fd);
      }
    }
  }

  *folderEntry(fd: number, path: string): Generator<Uint8Array, void, undefined> {
    const status = statFd(fd);
    const place = { path: `${fdPath(fd)}/.` };
    yield* this.#entry(path, status, { type: "folder", xattrs: readXattrs(place) });
    const { layer } = this.#options;
    if (layer === undefined || getXattr(place, OPAQUE)?.[0] !== 0x79 || !layer.hidesSomething(path)) return;
    yield* this.#mark(`${path === "" ? "" : `${path}/`}.wh..wh..opq`);
  }

  /** Anything but a folder. */
  *node({ fd, path, status, from }: Node): Generator<Uint8Array, void, undefined> {
    const type = TYPES[status.mode & S_IFMT];
    if (type === undefined) return;
    if (this.#options.layer !== undefined && isWhiteout(status)) {
      const slash = path.lastIndexOf("/") + 1;
      return yield* this.#mark(`${path.slice(0, slash)}.wh.${path.slice(slash)}`);
    }
    const first = status.links > 1 ? this.#firstNames.get(status.identity) : undefined;
    if (first !== undefined) {
      return yield* this.#entry(path, status, { type: "link", xattrs: NONE, linkName: `${this.#prefix}${first}` });
    }
    if (status.links > 1) this.#firstNames.set(status.identity, path);
    if (type === "file") return yield* this.#file(fd, path, status);
    const xattrs = from === undefined ? NONE : readXattrs({ path: procPath(from.folderFd, from.name) });
    yield* this.#entry(path, status, { type, xattrs, linkName: type === "symlink" ? readLink(fd) : "" });
  }

  *#file(pinned: number, path: string, status: FileStatus): Generator<Uint8Array, void, undefined> {
    const { content } = this.#options;
    if (content !== undefined) {
      yield* this.#entry(path, status, { type: "file", xattrs: readXattrs({ path: fdPath(pinned) }) });
      return this.put(content(pinned, status));
    }
    const what = `cannot read ${quoteBytes(path)}`;
    const fd = must(what, "openat", AT_FDCWD, fdPath(pinned), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    try {
      const size = status.sizeBytes;
      yield* this.#entry(path, status, { type: "file", xattrs: readXattrs({ fd }) });
      for (let at = 0; at < size; ) {
        const wanted = Math.min(READ_BYTES, size - at);
        const chunk = Buffer.allocUnsafeSlow(wanted);
        const length = must(what, "pread64", fd, chunk, wanted, at);
        if (length === 0) chunk.fill(0);
        const read = length === 0 ? chunk : chunk.subarray(0, length);
        at += read.length;
        this.put(read);
        yield* this.#full();
      }
      const padding = paddingOf(size);
      if (padding > 0) this.put(new Uint8Array(padding));
    } finally {
      closeSync(fd);
    }
  }

  *#entry(
    path: string,
    status: FileStatus,
    kind: { type: TarEntryType; xattrs: ReadonlyMap<string, string>; linkName?: string },
  ): Generator<Uint8Array, void, undefined> {
    const { seconds, nanoseconds } = status.modified;
    const entry: TarEntry = {
      type: kind.type,
      name: `${this.#prefix}${path}`,
      linkName: kind.linkName ?? "",
      mode: status.mode & 0o7777,
      uid: status.uid,
      gid: status.gid,
      modified: { seconds, nanoseconds: this.#options.subSeconds === true ? nanoseconds : 0 },
      sizeBytes: kind.type === "file" ? status.sizeBytes : 0,
      device: kind.type === "character" || kind.type === "block" ? status.device : { major: 0, minor: 0 },
      xattrs: withoutLabels(kind.xattrs),
      segments: undefined,
    };
    this.put(encodeEntry(this.#options.change?.(entry) ?? entry));
    yield* this.#full();
  }

  *#mark(path: string): Generator<Uint8Array, void, undefined> {
    this.put(encodeEntry(whiteoutEntry(`${this.#prefix}${path}`)));
    yield* this.#full();
  }

  put(bytes: Uint8Array): void {
    this.#batch.push(bytes);
    this.#batchBytes += bytes.length;
  }

  *#full(): Generator<Uint8Array, void, undefined> {
    if (this.#batchBytes >= BATCH_BYTES) yield* this.flush();
  }

  *flush(): Generator<Uint8Array, void, undefined> {
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    let small: Uint8Array[] = [];
    for (const piece of batch) {
      if (piece.length < BATCH_BYTES) {
        small.push(piece);
        continue;
      }
      yield* joined(small);
      small = [];
      // A large one is worth no copy.
      yield piece;
    }
    yield* joined(small);
  }
}

function* joined(pieces: readonly Uint8Array[]): Generator<Uint8Array, void, undefined> {
  const [only] = pieces;
  if (only !== undefined) yield pieces.length === 1 ? only : Buffer.concat(pieces);
}

const TYPES: Readonly<Record<number, TarEntryType>> = {
  [S_IFREG]: "file",
  [S_IFLNK]: "symlink",
  [S_IFCHR]: "character",
  [S_IFBLK]: "block",
  [S_IFIFO]: "fifo",
};

/** Pins a name; undefined where it has gone since its folder was listed. */
function tryPin(folderFd: number, name: Uint8Array, what: string): number | undefined {
  try {
    return must(what, "openat", folderFd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  } catch (error) {
    if (error instanceof EstibaError && error.code === "not_found") return undefined;
    throw error;
  }
}

function readLink(fd: number): string {
  const buffer = Buffer.alloc(4096);
  const length = must("cannot read a link", "readlinkat", fd, "", buffer, buffer.length);
  return buffer.toString("latin1", 0, length);
}

// Labels belong to the host that set them.
function withoutLabels(xattrs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (!xattrs.has("security.selinux")) return xattrs;
  return new Map([...xattrs].filter(([name]) => name !== "security.selinux"));
}

function deviceOf({ identity }: FileStatus): string {
  return identity.slice(0, identity.lastIndexOf(":"));
}

function tooDeep(): EstibaError {
  return new EstibaError("unsupported", {
    reason: "storage.too_deep",
    what: `folders nested more than ${MAX_DEPTH} deep cannot be archived`,
  });
}
