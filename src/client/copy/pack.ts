import type { Stats } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { TarEntry } from "../../storage/tar/entry.ts";
import { encodeEntry, endOfArchive, paddingOf } from "../../storage/tar/write-header.ts";

/** Streams a file or folder as a tar archive in which it is called `name`. Links are links; what is no file, folder or link is left out. */
export async function* packPath(path: string, name: string): AsyncGenerator<Uint8Array> {
  yield* node(path, name);
  yield endOfArchive();
}

async function* node(path: string, name: string): AsyncGenerator<Uint8Array> {
  const status = await lstat(path);
  if (status.isDirectory()) {
    yield encodeEntry(entryOf(status, { type: "folder", name, linkName: "" }));
    for (const child of (await readdir(path)).toSorted()) yield* node(join(path, child), `${name}/${child}`);
  } else if (status.isSymbolicLink()) {
    yield encodeEntry(entryOf(status, { type: "symlink", name, linkName: latin(await readlink(path)) }));
  } else if (status.isFile()) yield* file(path, name, status);
}

async function* file(path: string, name: string, status: Stats): AsyncGenerator<Uint8Array> {
  yield encodeEntry(entryOf(status, { type: "file", name, linkName: "" }));
  const handle = await open(path, "r");
  let left = status.size;
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      // One that grows meanwhile is cut: the archive stays whole.
      const piece = (chunk as Buffer).subarray(0, left);
      left -= piece.length;
      if (piece.length > 0) yield piece;
      if (left === 0) break;
    }
  } finally {
    await handle.close();
  }
  // And one that shrinks is filled.
  yield new Uint8Array(left + paddingOf(status.size));
}

function entryOf(status: Stats, { type, name, linkName }: Pick<TarEntry, "type" | "name" | "linkName">): TarEntry {
  return {
    type,
    name: latin(name),
    linkName,
    mode: status.mode & 0o7777,
    uid: 0,
    gid: 0,
    modified: { seconds: Math.floor(status.mtimeMs / 1000), nanoseconds: 0 },
    sizeBytes: type === "file" ? status.size : 0,
    device: { major: 0, minor: 0 },
    xattrs: new Map(),
    segments: undefined,
  };
}

// Names in archives are bytes.
function latin(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
