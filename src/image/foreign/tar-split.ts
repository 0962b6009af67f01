import { closeSync, constants } from "node:fs";
import { must } from "../../host/errno.ts";
import { O_CLOEXEC } from "../../host/open-flags.ts";
import { openInRoot, openRoot } from "../../host/openat.ts";
import { decompress } from "../../lib/decompress.ts";
import { EstibaError } from "../../lib/error.ts";
import { streamFile } from "../content-store.ts";

const READ_BYTES = 1024 * 1024;
/** Headers and padding are gathered up to here. */
const BATCH_BYTES = 256 * 1024;

/** What both peers keep of a layer: its folder, and all of its archive but the contents of the files (vbatts/tar-split). */
export type SplitLayer = { readonly metadata: string; readonly folder: string };

/** The length of the archive that {@link joinTar} gives. Throws `not_found`, `corrupt`. */
export async function splitSize(layer: SplitLayer): Promise<number> {
  let size = 0;
  for await (const part of partsOf(layer)) size += part.kind === "bytes" ? part.bytes.byteLength : part.sizeBytes;
  return size;
}

/**
 * The archive of a layer byte for byte, joined from its metadata and its files. Files are looked up in the folder as in a root: links lead
 * nowhere else. Who reads it verifies the digest: a file that was changed shows there. Throws `not_found`, `corrupt`.
 */
export async function* joinTar(layer: SplitLayer): AsyncGenerator<Uint8Array> {
  const root = openRoot(layer.folder);
  let batch: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of partsOf(layer)) {
      if (part.kind === "bytes") {
        batch.push(part.bytes);
        length += part.bytes.byteLength;
        if (length < BATCH_BYTES) continue;
      }
      if (length > 0) yield Buffer.concat(batch);
      [batch, length] = [[], 0];
      if (part.kind === "file") yield* readFile(root, part);
    }
    if (length > 0) yield Buffer.concat(batch);
  } finally {
    closeSync(root);
  }
}

type FilePart = { readonly kind: "file"; readonly name: string; readonly sizeBytes: number };
type Part = FilePart | { readonly kind: "bytes"; readonly bytes: Uint8Array };

const SEGMENT = 2;
const FILE = 1;

/** The parts of the archive in their order, without files that are empty. */
async function* partsOf({ metadata }: SplitLayer): AsyncGenerator<Part> {
  for await (const line of linesOf(decompress(streamFile(metadata)))) {
    const entry = parse(line, metadata);
    if (entry.type === SEGMENT) yield { kind: "bytes", bytes: Buffer.from(entry.payload ?? "", "base64") };
    else if (entry.type !== FILE) throw damaged(metadata);
    else if ((entry.size ?? 0) > 0) {
      const name = entry.name ?? Buffer.from(entry.name_raw ?? "", "base64").toString();
      yield { kind: "file", name, sizeBytes: entry.size ?? 0 };
    }
  }
}

type Entry = { type?: number; payload?: string; name?: string; name_raw?: string; size?: number };

function parse(line: string, metadata: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch (error) {
    throw damaged(metadata, error);
  }
}

async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of source) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
  if (rest.trim() !== "") yield rest;
}

function* readFile(root: number, { name, sizeBytes }: FilePart): Generator<Uint8Array> {
  const what = `cannot read ${JSON.stringify(name)} of a layer`;
  const fd = openInRoot(root, name, constants.O_RDONLY | constants.O_NONBLOCK | O_CLOEXEC);
  try {
    for (let at = 0; at < sizeBytes; ) {
      const wanted = Math.min(READ_BYTES, sizeBytes - at);
      const chunk = Buffer.allocUnsafeSlow(wanted);
      const length = must(what, "pread64", fd, chunk, wanted, at);
      // It is shorter than it was: the digest will say so, the archive stays whole.
      const read = length === 0 ? chunk.fill(0) : chunk.subarray(0, length);
      at += read.length;
      yield read;
    }
  } finally {
    closeSync(fd);
  }
}

function damaged(metadata: string, cause?: unknown): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.bad_tar_split",
    what: `the metadata of a layer, ${metadata}, cannot be read`,
    cause,
  });
}
