import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { emptyEntry } from "../storage/tar/empty-entry.ts";
import { encodeEntry, endOfArchive, paddingOf } from "../storage/tar/write-header.ts";
import { emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { findImage } from "./find-image.ts";
import { type Publication, type PublicationOptions, publish, readPublished } from "./publication.ts";
import { archiveMembers, folderMembers, type NamedPublication, type SavedMember } from "./save-members.ts";

/** `docker-archive` is at once what `docker save` and an OCI layout in a tar archive are. */
export type ArchiveFormat = "docker-archive" | "oci-archive";
export type FolderFormat = "oci-dir" | "docker-dir";

/** Images made ready to be saved; disposed when they are written. */
export type Prepared = AsyncDisposable & { readonly images: readonly NamedPublication[] };

/** Finds images and prepares them; `names` beyond the text itself are further tags in the archive. Throws `not_found` before anything is written. */
export async function prepareSave(
  engine: Engine,
  texts: readonly string[],
  options: PublicationOptions,
): Promise<Prepared> {
  await using made = new AsyncDisposableStack();
  const byId = new Map<string, { publication: Publication; names: string[] }>();
  for (const text of texts) {
    const { image, name } = findImage(engine, text);
    const entry = byId.get(image.id) ?? {
      publication: made.use(await publish(engine, image, options)),
      names: [],
    };
    if (name !== undefined && !name.includes("@")) entry.names.push(name);
    byId.set(image.id, entry);
    emitEvent(engine, { type: "image", action: "save", id: image.id, name: name ?? text });
  }
  const kept = made.move();
  return { images: [...byId.values()], [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The archive of the images, byte by byte; the same images give the same bytes. Every blob is verified on its way. */
export async function* saveArchive(
  engine: Engine,
  { images }: Prepared,
  format: ArchiveFormat,
): AsyncGenerator<Uint8Array> {
  const folders = new Set<string>();
  for (const member of archiveMembers(images, format)) {
    for (const folder of parentsOf(member.name)) {
      if (folders.has(folder)) continue;
      folders.add(folder);
      yield encodeEntry({ ...emptyEntry(folder), type: "folder", mode: 0o755 });
    }
    const sizeBytes = "bytes" in member ? member.bytes.byteLength : member.blob.size;
    yield encodeEntry({ ...emptyEntry(member.name), mode: 0o644, sizeBytes });
    yield* contentOf(engine, member);
    yield new Uint8Array(paddingOf(sizeBytes));
  }
  yield endOfArchive();
}

/** Writes one image, or several as an OCI layout, into a folder that is new or empty. On failure what was written goes. */
export async function saveFolder(
  engine: Engine,
  { images }: Prepared,
  { format, path }: { format: FolderFormat; path: string },
): Promise<void> {
  requireEmpty(path);
  const made = mkdirSync(path, { recursive: true });
  try {
    for (const member of format === "oci-dir" ? archiveMembers(images, "oci-archive") : folderMembers(images)) {
      const target = join(path, member.name);
      mkdirSync(dirname(target), { recursive: true });
      await writeMember(target, contentOf(engine, member));
    }
  } catch (error) {
    const written = made === undefined ? readdirSync(path).map((name) => join(path, name)) : [made];
    for (const place of written) rmSync(place, { recursive: true, force: true });
    throw error;
  }
}

async function* contentOf(engine: Engine, member: SavedMember): AsyncGenerator<Uint8Array> {
  if ("bytes" in member) yield member.bytes;
  else yield* readPublished(engine, member.blob);
}

function parentsOf(name: string): string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

async function writeMember(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const fd = openSync(path, "w", 0o644);
  try {
    for await (const chunk of content) for (let done = 0; done < chunk.byteLength; ) done += writeSync(fd, chunk, done);
  } catch (error) {
    if (!hasCode(error, "ENOSPC", "EDQUOT")) throw error;
    throw new EstibaError("exhausted", {
      reason: "image.no_space",
      what: `cannot write "${path}": no space left`,
      cause: error,
    });
  } finally {
    closeSync(fd);
  }
}

function requireEmpty(path: string): void {
  try {
    if (readdirSync(path).length === 0) return;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw new EstibaError("invalid", { reason: "cli.output", what: `cannot write to "${path}"`, cause: error });
  }
  throw new EstibaError("invalid", {
    reason: "image.folder_not_empty",
    what: `the folder "${path}" is not empty`,
    fix: "name a new folder",
  });
}
