import { closeSync, constants } from "node:fs";
import { O_PATH } from "../../host/open-flags.ts";
import { openInRoot } from "../../host/openat.ts";
import { type FileStatus, S_IFDIR, S_IFMT, statFd } from "../../host/statx.ts";
import { EstibaError } from "../../lib/error.ts";
import { emptyEntry } from "../../storage/tar/empty-entry.ts";
import type { TarEntry } from "../../storage/tar/entry.ts";
import { encodeEntry, endOfArchive, paddingOf } from "../../storage/tar/write-header.ts";
import { writeNode, writeTree } from "../../storage/tar/write-tree.ts";
import { type IgnoreRules, ignoreRoot, ignoreRules, NOTHING_IGNORED } from "../context/ignore.ts";
import type { CopyStep } from "../plan/step.ts";
import type { AddedFile, AddSources } from "./add-sources.ts";
import { type Destination, filePlace, folderPlace } from "./destination.ts";
import { keptPaths } from "./kept-paths.ts";
import { MemberPlaces } from "./member-places.ts";
import { type Owner, parseMode, resolveOwner } from "./owner.ts";
import { cleanPath, findSources, type Source, type SourceTree } from "./sources.ts";
import { unpacked } from "./unpacked.ts";
import { byteName, parentOf, textName, Way } from "./way.ts";

/** A COPY with all that it reads. */
export type CopyWork = {
  readonly step: CopyStep;
  readonly tree: SourceTree;
  /** The stage's files before it, as an O_PATH descriptor. */
  readonly rootFd: number;
  /** What ADD brings besides files of the tree. */
  readonly added?: Pick<AddSources, "plain" | "downloads" | "folders" | "archives">;
  /** Of files that stand in the Containerfile, and of folders that are made on the way; seconds since 1970. */
  readonly now: number;
  /** In place of the time of every file. */
  readonly timestamp?: number | undefined;
};

/**
 * What a COPY adds to its stage, as the archive of a layer, straight from where the files lie: nothing is copied in between. Throws
 * `not_found` and `invalid` before the first byte.
 */
export function copyArchive(work: CopyWork): Generator<Uint8Array, void, undefined> {
  return new Copier(work, undefined).archive();
}

/**
 * The same with every time 0, and of each file what `content` says instead of its content: the same files give the same bytes, whenever
 * they were written.
 */
export function copyOutline(work: CopyWork, content: FileContent): Generator<Uint8Array, void, undefined> {
  return new Copier(work, content).archive();
}

/** What stands for the content of a file, given by an O_PATH descriptor. */
export type FileContent = (pinned: number, status: FileStatus) => Uint8Array;

/** A source with what `--parents` keeps of its path. */
type KeptSource = Source & { readonly kept: string };

class Copier {
  readonly #work: CopyWork;
  /** Undefined for the archive itself. */
  readonly #content: FileContent | undefined;
  readonly #owner: Owner | undefined;
  readonly #mode: ReturnType<typeof parseMode> | undefined;
  readonly #way: Way;

  constructor(work: CopyWork, content: FileContent | undefined) {
    const { chown, chmod } = work.step;
    this.#work = work;
    this.#content = content;
    this.#owner = chown === undefined ? undefined : resolveOwner(work.rootFd, chown);
    this.#mode = chmod === undefined ? undefined : parseMode(chmod);
    this.#way = new Way(work.rootFd, {
      make: (path) => this.#newFolder(path),
      ...(content === undefined ? {} : { keep: (entry) => ({ ...entry, modified: { seconds: 0, nanoseconds: 0 } }) }),
    });
  }

  *archive(): Generator<Uint8Array, void, undefined> {
    const { step, added } = this.#work;
    const extra = added?.downloads ?? [];
    const folders = added?.folders ?? [];
    const found = (added?.plain ?? step.sources).flatMap((typed) => this.#sources(typed));
    const all = found.length + extra.length + folders.length + step.files.length;
    if (step.sources.length > 0 && all === 0) throw noMatch(step);
    const several = all > 1;
    for (const source of found) yield* this.#source(source, several);
    for (const { name, body } of step.files) yield* this.#text(name, body);
    for (const file of extra) yield* this.#extra(file, several);
    for (const fd of folders) yield* this.#folder(fd, WHOLE_FOLDER, NOTHING_IGNORED);
    yield endOfArchive();
  }

  #sources(typed: string): KeptSource[] {
    const { step, tree } = this.#work;
    const skipped = pivotDepth(typed);
    return findSources(tree, typed, { deep: step.parents }).map((source) => ({
      ...source,
      kept: source.path.split("/").slice(skipped).join("/"),
    }));
  }

  *#source(source: KeptSource, several: boolean): Generator<Uint8Array, void, undefined> {
    const archive = this.#work.added?.archives.get(source.path);
    if (archive !== undefined) {
      yield* this.#unpacked(archive);
      return;
    }
    const fd = openInRoot(this.#work.tree.fd, source.path, O_PATH);
    try {
      if ((statFd(fd).mode & S_IFMT) === S_IFDIR) yield* this.#folder(fd, source, this.#work.tree.ignore);
      else yield* this.#file(fd, source, several);
    } finally {
      closeSync(fd);
    }
  }

  // The contents of a folder, never itself.
  *#folder(fd: number, source: KeptSource, ignore: IgnoreRules): Generator<Uint8Array, void, undefined> {
    const { step, rootFd } = this.#work;
    const place = folderPlace(rootFd, this.#parented(step.destination, source.kept));
    if (place.found === "file") throw overFile(step.destination);
    const way = this.#way.to(place.path, place.missing);
    if (place.missing.length > 0) yield* way;
    const prefix = place.path === "" ? "" : `${byteName(place.path)}/`;
    const opened = openInRoot(fd, ".", constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      const pieces = writeTree(opened, {
        name: "",
        end: false,
        ...this.#contentOption(),
        includes: keptPaths(opened, source, [ignore, ignoreRules(step.exclude, "--exclude")]),
        change: (entry) =>
          this.#changed({
            ...entry,
            name: `${prefix}${entry.name}`,
            linkName: entry.type === "link" ? `${prefix}${entry.linkName}` : entry.linkName,
          }),
      });
      for (const piece of pieces) {
        // Once, and only for a folder that has something.
        yield* way;
        yield piece;
      }
    } finally {
      closeSync(opened);
    }
  }

  *#file(fd: number, { path, kept }: KeptSource, several: boolean): Generator<Uint8Array, void, undefined> {
    const { step } = this.#work;
    const name = path.slice(path.lastIndexOf("/") + 1);
    const place = this.#filePlace(name, step.parents ? kept : undefined, several);
    yield* this.#way.to(parentOf(place.path), place.missing);
    // The link itself was followed: what it points to is a file by this name.
    yield* writeNode(fd, byteName(place.path), {
      ...this.#contentOption(),
      change: (entry) => this.#changed(entry),
    });
  }

  *#text(name: string, body: string): Generator<Uint8Array, void, undefined> {
    const bytes = Buffer.from(body, "utf8");
    const place = this.#filePlace(name, undefined, this.#work.step.files.length > 1);
    yield* this.#way.to(parentOf(place.path), place.missing);
    const owner = this.#owner ?? { uid: 0, gid: 0 };
    yield this.#entry({
      ...ENTRY,
      ...owner,
      type: "file",
      name: byteName(place.path),
      mode: 0o644,
      sizeBytes: bytes.length,
    });
    yield bytes;
    yield new Uint8Array(paddingOf(bytes.length));
  }

  *#extra({ name, fd, modifiedSeconds }: AddedFile, several: boolean): Generator<Uint8Array, void, undefined> {
    const { step } = this.#work;
    if (name === "" && step.destination.endsWith("/")) throw noName(step);
    const place = this.#filePlace(name, undefined, several);
    yield* this.#way.to(parentOf(place.path), place.missing);
    const modified = { seconds: modifiedSeconds, nanoseconds: 0 };
    yield* writeNode(fd, byteName(place.path), {
      ...this.#contentOption(),
      change: (entry) => this.#changed({ ...entry, mode: 0o600, uid: 0, gid: 0, modified }),
    });
  }

  // An archive's members keep their owners; names that climb are refused where the layer is made.
  *#unpacked(archive: number): Generator<Uint8Array, void, undefined> {
    const { step, rootFd } = this.#work;
    const place = folderPlace(rootFd, step.destination);
    if (place.found === "file") throw overFile(step.destination);
    yield* this.#way.to(place.path, place.missing);
    const places = new MemberPlaces(rootFd, place.path);
    const above = (entry: TarEntry): Iterable<Uint8Array> =>
      this.#way.toMember(textName(entry.name), entry.type === "folder");
    yield* unpacked(archive, above, (entry) => this.#changed(places.placed(entry), entry));
  }

  /** In the destination where that is a folder, or said to be one; else the destination itself. */
  #filePlace(name: string, parents: string | undefined, several: boolean): Destination {
    const { step, rootFd } = this.#work;
    const { destination } = step;
    const folder = folderOf(rootFd, destination);
    const inside = parents !== undefined || destination.endsWith("/") || several || folder;
    const target = inside ? `${destination.replace(/\/$/, "")}/${parents ?? name}` : destination;
    const place = filePlace(rootFd, target);
    if (place.found === "folder") throw overFolder(target);
    return place;
  }

  #newFolder(path: string): Uint8Array {
    const owner = this.#owner ?? { uid: 0, gid: 0 };
    return this.#entry({ ...ENTRY, ...owner, type: "folder", name: byteName(path), mode: 0o755 });
  }

  #parented(destination: string, path: string): string {
    return this.#work.step.parents ? `${destination}/${path}` : destination;
  }

  #entry(entry: TarEntry): Uint8Array {
    const modified = { seconds: this.#content === undefined ? this.#work.now : 0, nanoseconds: 0 };
    const mode = entry.type === "file" && this.#mode !== undefined ? this.#mode(entry.mode, false) : entry.mode;
    return encodeEntry({ ...entry, mode, modified });
  }

  #contentOption(): { content?: FileContent } {
    return this.#content === undefined ? {} : { content: this.#content };
  }

  #changed(entry: TarEntry, owners?: { readonly uid: number; readonly gid: number }): TarEntry {
    const kept = owners ?? (this.#work.tree.keepsOwners ? entry : { uid: 0, gid: 0 });
    const { uid, gid } = this.#owner ?? kept;
    const owner = { uid, gid };
    const mode =
      this.#mode === undefined || entry.type === "symlink"
        ? entry.mode
        : this.#mode(entry.mode, entry.type === "folder");
    const { timestamp } = this.#work;
    const own = timestamp === undefined ? entry.modified : { seconds: timestamp, nanoseconds: 0 };
    const modified = this.#content === undefined ? own : { seconds: 0, nanoseconds: 0 };
    return { ...entry, ...owner, mode, modified };
  }
}

const WHOLE_FOLDER: KeptSource = { path: "", kept: "", isFolder: true, state: ignoreRoot(NOTHING_IGNORED) };

const ENTRY: TarEntry = emptyEntry("");

/** How many names of the paths that a source stands for `--parents` leaves out: those before `/./`. */
function pivotDepth(typed: string): number {
  const pivot = typed.indexOf("/./");
  return pivot < 0
    ? 0
    : cleanPath(typed.slice(0, pivot))
        .split("/")
        .filter((name) => name !== "").length;
}

function folderOf(rootFd: number, path: string): boolean {
  return folderPlace(rootFd, path).found === "folder";
}

function noMatch({ kind, sources }: CopyStep): EstibaError {
  return new EstibaError("not_found", {
    reason: "build.no_source",
    what: `no source files were specified: ${kind.toUpperCase()} ${sources.join(" ")} matches nothing`,
    fix: "check the pattern, and the ignore file",
  });
}

function noName({ sources }: CopyStep): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.no_name",
    what: `cannot tell a file name from ${sources.join(" ")}`,
    fix: "name the file in the destination",
  });
}

function overFile(destination: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.not_a_folder",
    what: `cannot copy to non-directory: ${destination}`,
    fix: "choose another destination",
  });
}

function overFolder(target: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.not_a_file",
    what: `cannot replace to directory ${target} with file`,
    fix: "choose another destination",
  });
}
