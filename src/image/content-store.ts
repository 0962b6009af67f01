import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fsyncFd } from "../host/fd-io.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import { type Digest, Digester, digestAlgorithm, digestHex, digestOf } from "../oci/digest.ts";
import { temporaryPath } from "./temporary.ts";

/** Where blobs lie and where they are made; both on one file system. */
export type StoreFolders = { readonly blobs: string; readonly temporary: string };

/** The file of a blob, present or not. */
function blobPath(folders: StoreFolders, digest: Digest): string {
  return join(folders.blobs, digestAlgorithm(digest), digestHex(digest));
}

/** True when the blob is here whole: a blob gets its name only after it was verified and synced. */
export function hasBlob(folders: StoreFolders, digest: Digest, size?: number): boolean {
  const found = statSync(blobPath(folders, digest), { throwIfNoEntry: false });
  return found?.isFile() === true && (size === undefined || found.size === size);
}

/** The bytes of a blob; 0 for one that is not here. */
export function blobSize(folders: StoreFolders, digest: Digest): number {
  return statSync(blobPath(folders, digest), { throwIfNoEntry: false })?.size ?? 0;
}

/** Reads a small blob and verifies it again. Throws `corrupt` when the disk has changed it, `not_found` when it is gone. */
export async function readBlob(folders: StoreFolders, digest: Digest): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(blobPath(folders, digest));
  } catch (error) {
    throw blobError(digest, storeError(`cannot read blob ${digest}`, error));
  }
  const digester = new Digester(digestAlgorithm(digest));
  digester.update(bytes);
  if (digester.digest() !== digest) throw damagedBlob(digest);
  return bytes;
}

/** Streams a blob that is here; the bytes are verified by the end, so a reader that must trust them reads to the end. */
export async function* streamBlob(folders: StoreFolders, digest: Digest): AsyncGenerator<Uint8Array> {
  const digester = new Digester(digestAlgorithm(digest));
  try {
    for await (const chunk of streamFile(blobPath(folders, digest))) {
      digester.update(chunk);
      yield chunk;
    }
  } catch (error) {
    throw blobError(digest, error);
  }
  if (digester.digest() !== digest) throw damagedBlob(digest);
}

/** Streams a file or a part of it in chunks of up to 1 MiB. Throws `not_found`. */
export async function* streamFile(
  path: string,
  offset = 0,
  length: number = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r").catch((error: unknown) => {
    throw storeError(`cannot open "${path}"`, error);
  });
  try {
    for (let done = 0; done < length; ) {
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, length - done));
      const { bytesRead } = await file.read(chunk, 0, chunk.byteLength, offset + done);
      if (bytesRead === 0) return;
      done += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Stores bytes that are in memory. Idempotent. */
export async function putBlob(folders: StoreFolders, bytes: Uint8Array): Promise<Digest> {
  const digest = digestOf(bytes);
  if (hasBlob(folders, digest, bytes.byteLength)) return digest;
  using writer = new BlobWriter(folders);
  writer.write(bytes);
  await writer.commit({ digest, size: bytes.byteLength });
  return digest;
}

/** The files of blobs, present or not. Who takes them away has forgotten them in the records first. */
export function blobFiles(folders: StoreFolders, digests: readonly Digest[]): string[] {
  return digests.map((digest) => blobPath(folders, digest));
}

/** Makes the names of new blobs survive a power cut. */
export function syncBlobNames(folders: StoreFolders, algorithms: readonly string[] = ["sha256"]): void {
  for (const algorithm of algorithms) {
    const fd = openSync(join(folders.blobs, algorithm), constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}

/**
 * One blob in the making: a temporary file and a running hash. It becomes a blob in {@link BlobWriter.commit}, and only when digest and
 * size hold; disposing an uncommitted writer leaves nothing.
 */
export class BlobWriter implements Disposable {
  readonly #folders: StoreFolders;
  readonly #path: string;
  readonly #digester: Digester;
  #fd: number | undefined;
  #size = 0;

  constructor(folders: StoreFolders, algorithm: "sha256" | "sha512" = "sha256") {
    this.#folders = folders;
    this.#digester = new Digester(algorithm);
    try {
      this.#path = temporaryPath(folders, "blob");
      this.#fd = openSync(this.#path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    } catch (error) {
      throw storeError("cannot make a file for a blob", error);
    }
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  write(bytes: Uint8Array): void {
    if (this.#fd === undefined)
      throw new EstibaError("internal", { reason: "image.writer_closed", what: "blob writer is closed" });
    this.#digester.update(bytes);
    try {
      for (let offset = 0; offset < bytes.byteLength; ) offset += writeSync(this.#fd, bytes, offset);
    } catch (error) {
      throw storeError("cannot write a blob", error);
    }
    this.#size += bytes.byteLength;
  }

  /** Verifies, syncs and names the blob; returns its digest. Throws `corrupt` (`image.digest_mismatch`) and leaves nothing then. */
  async commit(expected?: { digest: Digest; size: number }): Promise<{ digest: Digest; size: number }> {
    const found = { digest: this.#digester.digest(), size: this.#size };
    if (expected !== undefined && expected.size !== found.size)
      throw wrongBlob(expected.digest, `${found.size} bytes, not ${expected.size}`);
    if (expected !== undefined && expected.digest !== found.digest)
      throw wrongBlob(expected.digest, `digest ${found.digest}`);
    const path = blobPath(this.#folders, found.digest);
    try {
      mkdirSync(join(this.#folders.blobs, digestAlgorithm(found.digest)), { recursive: true, mode: 0o700 });
      const fd = this.#fd;
      this.#fd = undefined;
      if (fd !== undefined) await syncAndClose(fd);
      renameSync(this.#path, path);
    } catch (error) {
      throw storeError(`cannot keep blob ${found.digest}`, error);
    }
    return found;
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    if (existsSync(this.#path)) rmSync(this.#path, { force: true });
  }
}

const CHUNK_BYTES = 1024 * 1024;

async function syncAndClose(fd: number): Promise<void> {
  try {
    await fsyncFd(fd);
  } finally {
    closeSync(fd);
  }
}

/** The typed error for a failed file operation of the content store. */
export function storeError(what: string, error: unknown): EstibaError {
  if (error instanceof EstibaError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const full = code === "ENOSPC" || code === "EDQUOT";
  if (full) {
    return new EstibaError("exhausted", {
      reason: "image.no_space",
      what: `${what}: no space left`,
      cause: error,
      fix: "free some space: estiba images lists what estiba rmi can remove",
    });
  }
  return new EstibaError(code === "ENOENT" ? "not_found" : "internal", {
    reason: "image.store_failed",
    what,
    cause: error,
  });
}

// Most often it was there when its image was looked up.
function blobError(digest: Digest, error: unknown): unknown {
  if (!isEstibaError(error, "not_found")) return error;
  return new EstibaError("not_found", {
    reason: "image.store_failed",
    what: `blob ${digest} is not in the store any more: its image was removed meanwhile, or the store is damaged`,
    cause: error,
    fix: "see: estiba images, and estiba system check",
  });
}

function wrongBlob(digest: Digest, found: string): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.digest_mismatch",
    what: `blob ${digest} is not what was announced: it has ${found}`,
    fix: "pull again; if it stays so, the registry or archive is damaged",
    details: { digest },
  });
}

function damagedBlob(digest: Digest): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.damaged_blob",
    what: `blob ${digest} was changed on disk`,
    fix: "remove the image and pull it again",
    details: { digest },
  });
}
