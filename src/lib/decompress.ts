import { Readable, type Transform } from "node:stream";
import { EstibaError } from "./error.ts";
import { feed } from "./feed.ts";
import { ZstdFrames } from "./zstd-frames.ts";

export type Compression = "none" | "gzip" | "zstd" | "xz" | "bzip2";

const MAGIC: readonly (readonly [Compression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b, 0x08]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68]],
];

/** How bytes that start like this are compressed; a tar archive never starts with one of the marks. */
export function detectCompression(head: Uint8Array): Compression {
  // Zstd data may begin with frames that carry no data (RFC 8878, 3.1.2).
  if (((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) return "zstd";
  // Skippable frames may come first (RFC 8878, 3.1.2).
  const [first = 0, ...others] = head.subarray(0, 4);
  if ((first & 0xf0) === 0x50 && others.join() === "42,77,24") return "zstd";
  return MAGIC.find(([, mark]) => mark.every((byte, index) => head[index] === byte))?.[0] ?? "none";
}

/** Reads the first bytes of a stream and returns them with a stream of all bytes. */
export async function peek(
  source: AsyncIterable<Uint8Array>,
  length: number,
): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  let ended = false;
  while (head.byteLength < length && !ended) {
    const step = await iterator.next();
    ended = step.done === true;
    if (step.done !== true) head = new Uint8Array(Buffer.concat([head, step.value]));
  }
  return { head, all: rejoin(head, iterator) };
}

/**
 * Unpacks a stream by its first bytes: gzip (all members), zstd (all frames), xz and bzip2 by the host's programs; anything else passes
 * through. Memory is bounded by the consumer's pace. Throws `corrupt` for damaged data, `unsupported` where a program is missing.
 */
export async function* decompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { head, all } = await peek(source, 6);
  const kind = detectCompression(head);
  if (kind === "none") yield* all;
  else if (kind === "gzip" || kind === "zstd") yield* throughZlib(kind, all);
  else yield* throughProgram(kind, all);
}

async function* rejoin(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.byteLength > 0) yield head;
    for (;;) {
      const step = await rest.next();
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await rest.return?.();
  }
}

async function* throughZlib(kind: "gzip" | "zstd", source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const zlib = await import("node:zlib");
  const options = { chunkSize: 256 * 1024 };
  const unpacker: Transform = kind === "gzip" ? zlib.createGunzip(options) : zlib.createZstdDecompress(options);
  const frames = kind === "zstd" ? new ZstdFrames() : undefined;
  const input = Readable.from(frames === undefined ? source : watched(source, frames), { objectMode: false });
  // pipe() does not carry errors: the source's own must win over "unexpected end of file".
  const failure: { source?: Error } = {};
  input.on("error", (error) => {
    failure.source = error;
    unpacker.destroy(error);
  });
  try {
    for await (const chunk of input.pipe(unpacker)) yield chunk as Uint8Array;
  } catch (error) {
    if (failure.source !== undefined) throw failure.source;
    throw damaged(kind, error);
  } finally {
    input.destroy();
  }
  if (frames !== undefined && !frames.complete) throw damaged(kind, new Error("unexpected end of the stream"));
}

async function* watched(source: AsyncIterable<Uint8Array>, frames: ZstdFrames): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    frames.push(chunk);
    yield chunk;
  }
}

async function* throughProgram(kind: "xz" | "bzip2", source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const program = Bun.which(kind);
  if (program === null) {
    throw new EstibaError("unsupported", {
      reason: "lib.no_unpacker",
      what: `the data is compressed by ${kind}, and there is no ${kind} program`,
      fix: `install ${kind === "xz" ? "xz-utils" : kind}, or unpack it first`,
    });
  }
  const child = Bun.spawn([program, "-dc"], { stdin: "pipe", stdout: "pipe", stderr: "ignore" });
  const feeding = feed(source, child.stdin);
  try {
    yield* child.stdout;
    await feeding;
    const code = await child.exited;
    if (code !== 0) throw damaged(kind, new Error(`${kind} ended with ${code}`));
  } finally {
    child.kill();
    await child.exited;
    // Waited for, so that nothing goes on; its error was thrown above, or is only that nobody reads any more.
    await Promise.allSettled([feeding]);
  }
}

function damaged(kind: Compression, cause: unknown): EstibaError {
  return new EstibaError("corrupt", {
    reason: "lib.bad_compression",
    what: `the ${kind} data is damaged or cut off`,
    cause,
  });
}
