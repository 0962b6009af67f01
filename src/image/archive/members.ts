import { closeSync, constants, fstatSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { decompress, detectCompression } from "../../lib/decompress.ts";
import { EstibaError } from "../../lib/error.ts";
import { type StoreFolders, storeError, streamFile } from "../content-store.ts";
import { temporaryPath } from "../temporary.ts";
import { badArchive, indexTar, type Member } from "./tar-index.ts";

/** Named pieces of an archive or a layout folder, read at random; dispose to let files and temporary copies go. */
export type Members = Disposable & {
  /** Size in bytes, undefined where there is no such member. */
  readonly size: (name: string) => number | undefined;
  /** Reads a small member whole. Throws `corrupt` when it is missing or larger than `limit` bytes. */
  readonly read: (name: string, limit: number) => Promise<Uint8Array>;
  /** Streams a member, or its first `length` bytes. Throws `corrupt` when it is missing. */
  readonly stream: (name: string, length?: number) => AsyncIterable<Uint8Array>;
};

/**
 * Opens an archive: an OCI layout folder, a tar file, a compressed tar file, or a stream such as stdin. What is
 * compressed or a stream is unpacked once into a temporary file of the store; memory does not grow with it.
 */
export async function openMembers(
  input: { path: string } | { stream: AsyncIterable<Uint8Array> },
  folders: StoreFolders,
): Promise<Members> {
  if ("stream" in input) return await spool(input.stream, folders);
  const found = statSync(input.path, { throwIfNoEntry: false });
  if (found === undefined) throw noSuchFile(input.path);
  if (found.isDirectory()) return folderMembers(input.path);
  if (!found.isFile()) return await spool(streamFile(input.path), folders);
  const fd = openSync(input.path, constants.O_RDONLY);
  const head = new Uint8Array(6);
  readSync(fd, head, 0, 6, 0);
  if (detectCompression(head) === "none") return tarMembers(fd, input.path, undefined);
  closeSync(fd);
  return await spool(streamFile(input.path), folders);
}

async function spool(source: AsyncIterable<Uint8Array>, folders: StoreFolders): Promise<Members> {
  const path = temporaryPath(folders, "archive");
  const remove = (): void => rmSync(path, { force: true });
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
  try {
    for await (const chunk of decompress(source)) {
      for (let offset = 0; offset < chunk.byteLength; ) offset += writeSync(fd, chunk, offset);
    }
  } catch (error) {
    closeSync(fd);
    remove();
    throw storeError("cannot unpack the archive", error);
  }
  return tarMembers(fd, path, remove);
}

function tarMembers(fd: number, path: string, remove: (() => void) | undefined): Members {
  const dispose = (): void => {
    closeSync(fd);
    remove?.();
  };
  let index: Map<string, Member>;
  try {
    index = indexTar(fd, fstatSync(fd).size);
  } catch (error) {
    dispose();
    throw error;
  }
  const place = (name: string): Member => {
    const member = index.get(name);
    if (member === undefined) throw badArchive(`it has no member "${name}"`);
    return member;
  };
  const stream = (name: string, length?: number): AsyncIterable<Uint8Array> => {
    const { offset, size } = place(name);
    return streamFile(path, offset, Math.min(size, length ?? size));
  };
  return {
    size: (name) => index.get(name)?.size,
    stream,
    read: async (name, limit) => await readMember(stream(name), name, limit),
    [Symbol.dispose]: dispose,
  };
}

// Names from inside an archive must not lead out of the folder.
const FOLDER_NAME =
  /^(?:oci-layout|index\.json|blobs\/sha(?:256|512)\/[0-9a-f]+|version|manifest\.json|[0-9a-f]{64,128})$/;

function folderMembers(folder: string): Members {
  const size = (name: string): number | undefined => {
    if (!FOLDER_NAME.test(name)) return undefined;
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    return found?.isFile() === true ? found.size : undefined;
  };
  const stream = (name: string, length?: number): AsyncIterable<Uint8Array> => {
    if (size(name) === undefined) throw badArchive(`it has no file "${name}"`);
    return streamFile(join(folder, name), 0, length);
  };
  return {
    size,
    stream,
    read: async (name, limit) => await readMember(stream(name), name, limit),
    [Symbol.dispose]: () => undefined,
  };
}

function noSuchFile(path: string): EstibaError {
  return new EstibaError("not_found", { reason: "image.no_file", what: `there is no file "${path}"` });
}

async function readMember(stream: AsyncIterable<Uint8Array>, name: string, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of stream) {
    total += chunk.byteLength;
    if (total > limit) throw badArchive(`"${name}" has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
