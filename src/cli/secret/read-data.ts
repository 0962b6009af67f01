import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { FileKind } from "../../cluster/model/file.ts";
import { EstibaError } from "../../lib/error.ts";

/** More than this is no secret and no config: no more is read. */
const MOST_BYTES = 1 << 20;

/** The data in a file, or with `-` on stdin. Throws `invalid` for a terminal or a folder. */
export async function readData(kind: FileKind, source: string): Promise<Uint8Array> {
  return source === "-" ? await fromStdin(kind) : fromFile(source);
}

async function fromStdin(kind: FileKind): Promise<Uint8Array> {
  if (process.stdin.isTTY) throw nothingToRead(kind);
  const chunks: Uint8Array[] = [];
  for await (const chunk of Bun.stdin.stream()) if (!add(chunks, chunk)) break;
  return Buffer.concat(chunks);
}

function fromFile(path: string): Uint8Array {
  const fd = openSync(path, "r");
  try {
    if (fstatSync(fd).isDirectory()) throw noFile(path);
    const chunks: Uint8Array[] = [];
    for (;;) {
      const buffer = new Uint8Array(64 * 1024);
      const length = readSync(fd, buffer);
      if (length === 0 || !add(chunks, buffer.subarray(0, length))) return Buffer.concat(chunks);
    }
  } finally {
    closeSync(fd);
  }
}

// More is not needed to know that it is too much: a device may never end.
function add(chunks: Uint8Array[], chunk: Uint8Array): boolean {
  chunks.push(chunk);
  return chunks.reduce((sum, { length }) => sum + length, 0) <= MOST_BYTES;
}

function noFile(path: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "secret.no_file",
    what: `${path} is a folder: the data of a secret or config is one file's`,
  });
}

function nothingToRead(kind: FileKind): EstibaError {
  return new EstibaError("invalid", {
    reason: "secret.no_input",
    what: "if `-` is used, data must be passed into stdin",
    fix: `use a pipe: printf %s VALUE | estiba ${kind} create NAME -`,
  });
}
