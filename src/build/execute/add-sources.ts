import { closeSync, constants, openSync, rmSync, utimesSync, writeSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { O_PATH } from "../../host/open-flags.ts";
import { fdPath, openInRoot, openRoot } from "../../host/openat.ts";
import { S_IFMT, S_IFREG, statFd } from "../../host/statx.ts";
import { streamFile } from "../../image/content-store.ts";
import { openDownload } from "../../image/download.ts";
import { temporaryPath } from "../../image/temporary.ts";
import { decompress } from "../../lib/decompress.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { Digester, isDigest } from "../../oci/digest.ts";
import { removeTree } from "../../storage/remove-tree.ts";
import { type GitAddress, parseGitAddress } from "../context/git-address.ts";
import { checkOutGit } from "../context/git-checkout.ts";
import { HEADER_BYTES, isTarHeader } from "../context/tar-header.ts";
import type { CopyStep } from "../plan/step.ts";
import { findSources, type SourceTree } from "./sources.ts";

/** A file that is no file of the tree: what an address served, or an archive of the tree, unpacked. */
export type AddedFile = { readonly name: string; readonly fd: number; readonly modifiedSeconds: number };

/** What ADD brings besides plain files. Disposing removes the temporary files. */
export type AddSources = Disposable & {
  /** The sources that are files and folders of the tree. */
  readonly plain: readonly string[];
  readonly downloads: readonly AddedFile[];
  /** Folders whose contents are added: O_PATH descriptors. */
  readonly folders: readonly number[];
  /** Tar archives without compression, by their path in the tree. */
  readonly archives: ReadonlyMap<string, number>;
};

/** Whether ADD takes it from the network. */
function isAddress(source: string): boolean {
  return /^https?:\/\//.test(source) || parseGitAddress(source) !== undefined;
}

/**
 * Fetches what ADD names by address, and looks for archives among its files: by content, never by name. `--checksum` is verified before
 * anything is used. Throws `corrupt` for a wrong checksum, `not_found`, `unavailable`.
 */
export async function openAddSources(
  engine: Engine,
  step: CopyStep,
  { tree, signal }: { tree: SourceTree; signal: AbortSignal },
): Promise<AddSources> {
  using held = new DisposableStack();
  const addresses = step.sources.filter(isAddress);
  const plain = step.sources.filter((source) => !isAddress(source));
  if (step.checksum !== undefined && (addresses.length !== 1 || plain.length > 0)) throw oneChecksum();
  const downloads: AddedFile[] = [];
  const folders: number[] = [];
  const archives = new Map<string, number>();
  for (const address of addresses) {
    const repository = parseGitAddress(address);
    if (repository !== undefined) {
      const { keepGitDir, checksum } = step;
      if (step.unpack !== undefined) throw noUnpack(address);
      const wanted = checksum === undefined ? repository : { ...repository, commit: commitOf(checksum) };
      folders.push(await fetchRepository(engine, wanted, { keepGitDir, signal, held }));
      continue;
    }
    const file = await fetchFile(engine, address, { checksum: step.checksum, signal, held });
    if (step.unpack === true && (await keepArchive(engine, fdPath(file.fd), held)) !== undefined)
      throw noUnpack(address);
    downloads.push(file);
  }
  if (step.kind === "add" && step.unpack !== false) {
    for (const { path, isFolder } of plain.flatMap((typed) => findSources(tree, typed))) {
      const archive = isFolder ? undefined : await archiveAt(engine, tree, path, held);
      if (archive !== undefined) archives.set(path, archive);
    }
  }
  const kept = held.move();
  return { plain, downloads, folders, archives, [Symbol.dispose]: () => kept.dispose() };
}

type Fetching = { readonly checksum: string | undefined; readonly signal: AbortSignal; readonly held: DisposableStack };

async function fetchFile(engine: Engine, address: string, { checksum, signal, held }: Fetching): Promise<AddedFile> {
  if (checksum !== undefined && !isDigest(checksum)) throw badChecksum(checksum);
  const url = new URL(address);
  using reply = await openDownload(url, signal);
  const path = temporaryPath(engine.paths, "archive");
  held.defer(() => rmSync(path, { force: true }));
  const digester = new Digester();
  const out = openSync(path, "wx", 0o600);
  try {
    for await (const chunk of reply.body) {
      digester.update(chunk);
      for (let done = 0; done < chunk.byteLength; ) done += writeSync(out, chunk, done);
    }
  } finally {
    closeSync(out);
  }
  const found = digester.digest();
  if (checksum !== undefined && found !== checksum) throw wrongChecksum(address, checksum, found);
  const modifiedSeconds = Math.floor((reply.modifiedMs ?? 0) / 1000);
  utimesSync(path, modifiedSeconds, modifiedSeconds);
  const name = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf("/") + 1));
  return { name, fd: opened(path, held), modifiedSeconds };
}

async function fetchRepository(
  engine: Engine,
  address: GitAddress,
  { keepGitDir, signal, held }: { keepGitDir: boolean; signal: AbortSignal; held: DisposableStack },
): Promise<number> {
  const folder = temporaryPath(engine.paths, "context");
  held.defer(() => void removeTree(folder));
  await checkOutGit(folder, address, { keepGitDir, signal });
  const root = openRoot(folder);
  held.defer(() => closeSync(root));
  const fd = openInRoot(root, address.folder, O_PATH | constants.O_DIRECTORY);
  held.defer(() => closeSync(fd));
  return fd;
}

/** The checksum of a repository is a commit. */
function commitOf(checksum: string): string {
  const commit = checksum.replace(/^sha(1|256):/, "");
  if (/^[0-9a-f]{7,64}$/.test(commit)) return commit;
  throw badChecksum(checksum);
}

async function archiveAt(
  engine: Engine,
  tree: SourceTree,
  path: string,
  held: DisposableStack,
): Promise<number | undefined> {
  const pinned = openInRoot(tree.fd, path, O_PATH);
  try {
    // A pipe or a device is never opened.
    if ((statFd(pinned).mode & S_IFMT) !== S_IFREG) return undefined;
    return await keepArchive(engine, fdPath(pinned), held);
  } finally {
    closeSync(pinned);
  }
}

/** The archive at a path without its compression, in a temporary file; undefined for what is none. */
async function keepArchive(engine: Engine, path: string, held: DisposableStack): Promise<number | undefined> {
  const source = decompress(streamFile(path))[Symbol.asyncIterator]();
  try {
    const first = await firstBlock(source);
    if (first === undefined || !isTarHeader(first)) return undefined;
    const target = temporaryPath(engine.paths, "archive");
    held.defer(() => rmSync(target, { force: true }));
    const out = openSync(target, "wx", 0o600);
    try {
      for (let chunk: Uint8Array | undefined = first; chunk !== undefined; chunk = await next(source))
        for (let done = 0; done < chunk.byteLength; ) done += writeSync(out, chunk, done);
    } finally {
      closeSync(out);
    }
    return opened(target, held);
  } catch (error) {
    // Compressed data that is damaged is a file like others.
    if (isEstibaError(error, "corrupt", "unsupported")) return undefined;
    throw error;
  } finally {
    await source.return?.(undefined);
  }
}

async function firstBlock(source: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.byteLength < HEADER_BYTES) {
    const chunk = await next(source);
    if (chunk === undefined) return undefined;
    head = new Uint8Array(Buffer.concat([head, chunk]));
  }
  return head;
}

async function next(source: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  const step = await source.next();
  return step.done === true ? undefined : step.value;
}

function opened(path: string, held: DisposableStack): number {
  const fd = openSync(path, constants.O_RDONLY);
  held.defer(() => closeSync(fd));
  return fd;
}

function oneChecksum(): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.bad_checksum",
    what: "--checksum is for ADD of one address",
    fix: "leave it out, or add the sources one by one",
  });
}

function badChecksum(text: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.bad_checksum",
    what: `--checksum=${text} is no digest`,
    fix: "write it as sha256:<64 hex digits>",
  });
}

function wrongChecksum(address: string, wanted: string, found: string): EstibaError {
  return new EstibaError("corrupt", {
    reason: "build.wrong_checksum",
    what: `${address} has the digest ${found}, not ${wanted}`,
    fix: "see whether the address still serves what you want, then change --checksum",
  });
}

function noUnpack(address: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "build.no_unpack",
    what: `--unpack=true of ${address}: what comes from an address is not unpacked`,
    fix: "unpack it in a RUN, or put the archive into the context",
  });
}
