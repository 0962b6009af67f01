import { closeSync, constants, mkdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { fdPath, openInRoot, openRoot } from "../../host/openat.ts";
import { streamFile } from "../../image/content-store.ts";
import { download } from "../../image/download.ts";
import { temporaryPath } from "../../image/temporary.ts";
import { decompress, peek } from "../../lib/decompress.ts";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import { removeTree } from "../../storage/remove-tree.ts";
import { unpackInto } from "../../storage/unpack-into.ts";
import type { Source } from "../parse/source.ts";
import { parseGitAddress } from "./git-address.ts";
import { checkOutGit } from "./git-checkout.ts";
import { HEADER_BYTES, isTarHeader } from "./tar-header.ts";

/** A build's context, as a folder. Disposing removes what was fetched for it. */
export type OpenedContext = Disposable & {
  readonly folder: string;
  /** It was fetched or unpacked: its files are a stranger's, and links in it lead nowhere outside. */
  readonly isFetched: boolean;
  /** Where the context turned out to be a Containerfile alone. */
  readonly containerfile: Source | undefined;
};

type OpenOptions = {
  readonly stdin: () => AsyncIterable<Uint8Array>;
  readonly keepGitDir: boolean;
  readonly signal: AbortSignal;
};

/** No Containerfile is longer. */
const TEXT_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Opens what `build` is given as its context: a folder, a tar archive (packed or not) or a Containerfile by path, by http(s) address or, for
 * `-`, on stdin, or a git repository. All but a folder is brought into a temporary one. Throws `not_found`, `invalid`, `unavailable`,
 * `exhausted`, the signal's reason; nothing is left then.
 */
export async function openContext(engine: () => Engine, typed: string, options: OpenOptions): Promise<OpenedContext> {
  const { signal } = options;
  if (typed === "-") return await fromStream(engine(), options.stdin(), { name: "stdin", signal });
  const address = parseGitAddress(typed);
  if (address !== undefined) {
    const folder = temporaryPath(engine().paths, "context");
    using undo = new DisposableStack();
    undo.defer(() => void removeTree(folder));
    await checkOutGit(folder, address, options);
    const inside = inFolder(folder, address.folder, typed);
    undo.move();
    return {
      folder: inside,
      isFetched: true,
      containerfile: undefined,
      [Symbol.dispose]: () => void removeTree(folder),
    };
  }
  if (/^https?:\/\//.test(typed)) {
    const url = new URL(typed);
    return await fromStream(engine(), download(url, signal), { name: basename(url.pathname), signal });
  }
  const path = resolve(typed);
  if (isFolder(path, typed))
    return {
      folder: realpathSync(path),
      isFetched: false,
      containerfile: undefined,
      [Symbol.dispose]: () => undefined,
    };
  return await fromStream(engine(), streamFile(path), { name: basename(path), signal });
}

async function fromStream(
  engine: Engine,
  source: AsyncIterable<Uint8Array>,
  { name, signal }: { readonly name: string; readonly signal: AbortSignal },
): Promise<OpenedContext> {
  const folder = temporaryPath(engine.paths, "context");
  mkdirSync(folder, { mode: 0o755 });
  using undo = new DisposableStack();
  undo.defer(() => void removeTree(folder));
  const { head, all } = await peek(decompress(untilAborted(source, signal)), HEADER_BYTES);
  const isArchive = isTarHeader(head);
  if (isArchive) await unpackInto(folder, all);
  const containerfile = isArchive ? undefined : { name, text: await textOf(all, name) };
  undo.move();
  return { folder, isFetched: true, containerfile, [Symbol.dispose]: () => void removeTree(folder) };
}

async function textOf(source: AsyncIterable<Uint8Array>, name: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of source) {
    size += piece.byteLength;
    if (size > TEXT_LIMIT_BYTES || piece.includes(0)) throw noContextIn(name);
    pieces.push(piece);
  }
  if (size === 0) throw noContextIn(name);
  return Buffer.concat(pieces).toString("utf8");
}

function isFolder(path: string, typed: string): boolean {
  try {
    const status = statSync(path);
    if (status.isDirectory() || status.isFile() || status.isFIFO()) return status.isDirectory();
  } catch (error) {
    if (!hasCode(error, "ENOENT", "ENOTDIR")) throw error;
  }
  throw new EstibaError("not_found", {
    reason: "build.no_context",
    what: `there is no folder "${typed}" to take as context`,
    fix: "name the folder with the files to be copied, a tar archive or a git repository",
  });
}

/** A folder of a repository; links in it do not lead out. */
function inFolder(root: string, path: string, typed: string): string {
  if (path === "" || path === "/" || path === ".") return root;
  const rootFd = openRoot(root);
  try {
    const fd = openInRoot(rootFd, path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      return readlinkSync(fdPath(fd));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw new EstibaError("not_found", {
      reason: "build.no_context",
      what: `"${typed}" has no folder "${path}"`,
      cause: error,
    });
  } finally {
    closeSync(rootFd);
  }
}

function noContextIn(name: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.no_context",
    what: `${name} is neither a tar archive nor a Containerfile`,
    fix: "send a Containerfile, or a tar archive of the folder with the files to be copied",
  });
}
