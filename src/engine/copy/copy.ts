import { closeSync } from "node:fs";
import { ERRNO } from "../../host/errno.ts";
import { openRoot } from "../../host/openat.ts";
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from "../../host/statx.ts";
import { decompress } from "../../lib/decompress.ts";
import { EstibaError } from "../../lib/error.ts";
import { findContainer } from "../../state/containers.ts";
import { extractTree } from "../../storage/extract.ts";
import { endOfArchive } from "../../storage/tar/write-header.ts";
import { writeNode, writeTree } from "../../storage/tar/write-tree.ts";
import type { Engine } from "../engine.ts";
import { openContainerFiles } from "./container-files.ts";
import { idsIn, idsOut, type Owners, renaming } from "./ids.ts";
import { isInside, openFolder, openSource, openTarget, type Side, type Source, type Target } from "./place.ts";
import { intoItself, refusedDevice } from "./refusals.ts";

/** What is copied from or to: an absolute path of the host, or a path in a container (relative to its working folder). */
export type CopyPath = { readonly path: string; readonly container?: string };

type CopyOptions = {
  /** What comes to a container belongs to its user; else everything keeps its ids. What comes to the host is the caller's. */
  readonly archive: boolean;
  /** Let a folder take the place of something else, and the reverse. */
  readonly overwrite: boolean;
  /** Of an archive: other names for some of its members, and for what lies below them. */
  readonly rename?: Readonly<Record<string, string>>;
};

/** Copies a file or folder; links in a folder are copied as links. Throws `not_found`, `conflict`, by errno, and the reason of the signal. */
export async function copyPath(
  engine: Engine,
  from: CopyPath,
  to: CopyPath,
  options: CopyOptions & FollowOption & { readonly signal?: AbortSignal | undefined },
): Promise<void> {
  await using open = new AsyncDisposableStack();
  const [here, there] = await openBoth(engine, from, to, open);
  using source = openSource(here, options.follow);
  refuseDevice(source, here);
  using target = openTarget(there, source, options.overwrite);
  if (isInside(source, target)) throw intoItself(from.path);
  const archive = archiveOf(source, target.name, here);
  const { signal } = options;
  await extract(signal === undefined ? archive : whileWanted(archive, signal), target, there, options);
}

async function* whileWanted<T>(pieces: Iterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for (const piece of pieces) {
    signal.throwIfAborted();
    yield piece;
  }
}

/** Unpacks a tar archive, compressed or not, into a folder that is there. Throws `not_found`, `corrupt`, `conflict`, by errno. */
export async function copyArchive(
  engine: Engine,
  from: AsyncIterable<Uint8Array>,
  to: CopyPath,
  options: CopyOptions,
): Promise<void> {
  await using there = await openSide(engine, to);
  using target = openFolder(there);
  await extract(decompress(from), target, there, options);
}

/** Streams a file or folder as a tar archive. Throws `not_found`. */
export async function* archivePath(
  engine: Engine,
  from: CopyPath,
  { follow }: FollowOption,
): AsyncGenerator<Uint8Array> {
  await using here = await openSide(engine, from);
  using source = openSource(here, follow);
  refuseDevice(source, here);
  yield* archiveOf(source, source.contents ? "." : source.name, here);
}

/** Whether a link that the source itself is, is followed rather than copied. */
type FollowOption = { readonly follow: boolean };

/** A side whose root is open. */
export type OpenSide = Side & Owners & AsyncDisposable & { readonly isHost: boolean };

/** Opens the root that a path is below. Throws `not_found`. */
export async function openSide(engine: Engine, { path, container }: CopyPath): Promise<OpenSide> {
  if (container === undefined) {
    const rootFd = openRoot("/");
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    return {
      rootFd,
      path,
      where: "the host",
      owner,
      isHost: true,
      [Symbol.asyncDispose]: async () => closeSync(rootFd),
    };
  }
  const record = findContainer(engine.store, container);
  const files = await openContainerFiles(engine, record);
  return {
    rootFd: files.rootFd,
    path: inContainer(path, record.process.cwd),
    where: `container ${container}`,
    owner: files.user,
    idMaps: files.idMaps,
    isHost: false,
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  };
}

/** Opens both sides; `open` closes them. A container that does not run is locked meanwhile: it is opened once, and two in one order. */
async function openBoth(
  engine: Engine,
  from: CopyPath,
  to: CopyPath,
  open: AsyncDisposableStack,
): Promise<[OpenSide, OpenSide]> {
  const [first, second] = [from, to].map(({ container }) =>
    container === undefined ? undefined : findContainer(engine.store, container),
  );
  if (first !== undefined && first.id === second?.id) {
    const side = open.use(await openSide(engine, from));
    return [side, { ...side, path: inContainer(to.path, first.process.cwd) }];
  }
  if (first !== undefined && second !== undefined && second.id < first.id) {
    const there = open.use(await openSide(engine, to));
    return [open.use(await openSide(engine, from)), there];
  }
  return [open.use(await openSide(engine, from)), open.use(await openSide(engine, to))];
}

/** A path as the container's processes would read it; the end of it stays as typed. */
function inContainer(path: string, cwd: string): string {
  return path.startsWith("/") ? path : `${cwd === "/" ? "" : cwd}/${path}`;
}

/** The archive of a source in which it is called `name`; "" for its contents. */
function* archiveOf(source: Source, name: string, side: OpenSide): Generator<Uint8Array> {
  const bytes = Buffer.from(name, "utf8").toString("latin1");
  const options = { subSeconds: true, ...idsOut(side) };
  if (source.isFolder) return yield* writeTree(source.fd, { name: bytes, ...options });
  yield* writeNode(source.fd, bytes, options);
  yield endOfArchive();
}

async function extract(
  archive: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  target: Target,
  side: OpenSide,
  options: CopyOptions,
): Promise<void> {
  try {
    const { change, ...ids } = idsIn(side, side.isHost || options.archive);
    const changes = options.rename === undefined ? change : renaming(options.rename, change);
    await extractTree(target.folderFd, archive, {
      overwrite: options.overwrite,
      ...ids,
      ...(changes === undefined ? {} : { change: changes }),
    });
  } catch (error) {
    if (!(error instanceof EstibaError) || error.details["errno"] !== ERRNO.EROFS) throw error;
    throw new EstibaError("denied", {
      reason: "copy.read_only",
      what: `"${side.path}" on ${side.where} is on a read-only file system`,
      cause: error,
    });
  }
}

// In a folder they are copied like all else; by themselves they are mistaken for what they lead to.
function refuseDevice({ status }: Source, { path, where }: Side): void {
  const type = status.mode & S_IFMT;
  if (type === S_IFDIR || type === S_IFREG || type === S_IFLNK) return;
  throw refusedDevice(path, where);
}
