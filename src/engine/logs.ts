import { closeSync, fstatSync, openSync, readSync, watch } from "node:fs";
import { hasCode } from "../lib/has-code.ts";
import type { ContainerRecord } from "../state/container.ts";
import { getContainer } from "../state/containers.ts";
import type { Engine } from "./engine.ts";
import { logPath } from "./launch.ts";
import { isRunning, observe } from "./status.ts";

/** One piece of output as conmon logged it; a line without its end (`partial`) goes on in the next piece of its stream. */
export type LogEntry = {
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  readonly partial: boolean;
  readonly text: Uint8Array;
};

type LogOptions = {
  /** Go on as long as the container runs. */
  readonly follow: boolean;
  readonly signal?: AbortSignal;
};

const CHUNK_BYTES = 65_536;
const NEWLINE = 10;
const SPACE = 32;
/** A watch tells of growth; the container's end is looked for besides. */
const RECHECK_MS = 250;

/** Reads a container's log from its beginning, entry by entry, in bounded memory. Takes no lock. A container that never ran has no entries. */
export async function* readLog(engine: Engine, record: ContainerRecord, options: LogOptions): AsyncGenerator<LogEntry> {
  const path = logPath(engine, record.id);
  const fd = openLog(path);
  if (fd === undefined) return;
  try {
    let rest: Uint8Array = new Uint8Array(0);
    let position = 0;
    for (;;) {
      // Asked before reading: what is written after "it has ended" cannot be missed.
      const goesOn = options.follow && stillRuns(engine, record.id);
      const size = fstatSync(fd).size;
      // conmon cuts the file when its limit is reached.
      if (size < position) position = 0;
      while (position < size) {
        const buffer = Buffer.alloc(CHUNK_BYTES);
        const count = readSync(fd, buffer, 0, CHUNK_BYTES, position);
        if (count === 0) break;
        position += count;
        const parsed = parseEntries(
          rest.length === 0 ? buffer.subarray(0, count) : Buffer.concat([rest, buffer.subarray(0, count)]),
        );
        rest = parsed.rest;
        yield* parsed.entries;
      }
      if (!goesOn || options.signal?.aborted === true) return;
      await growth(path, options.signal);
    }
  } finally {
    closeSync(fd);
  }
}

function openLog(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function stillRuns(engine: Engine, id: string): boolean {
  const record = getContainer(engine.store, id);
  return record !== undefined && isRunning(observe(engine, record));
}

async function growth(path: string, signal: AbortSignal | undefined): Promise<void> {
  const grown = Promise.withResolvers<void>();
  const watcher = watch(path, () => grown.resolve());
  const timer = setTimeout(grown.resolve, RECHECK_MS);
  signal?.addEventListener("abort", () => grown.resolve(), { once: true });
  await grown.promise;
  clearTimeout(timer);
  watcher.close();
}

// `2026-01-02T03:04:05.000000000+00:00 stdout F text`: Kubernetes' log format, as conmon writes it.
function parseEntries(bytes: Uint8Array): { entries: LogEntry[]; rest: Uint8Array } {
  const entries: LogEntry[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    const entry = parseEntry(bytes.subarray(start, end));
    if (entry !== undefined) entries.push(entry);
    start = end + 1;
  }
  return { entries, rest: bytes.slice(start) };
}

function parseEntry(line: Uint8Array): LogEntry | undefined {
  const afterTime = line.indexOf(SPACE);
  const afterStream = line.indexOf(SPACE, afterTime + 1);
  const afterTag = line.indexOf(SPACE, afterStream + 1);
  if (afterTime < 0 || afterStream < 0 || afterTag < 0) return undefined;
  const head = Buffer.from(line.subarray(0, afterTag)).toString("latin1").split(" ");
  return {
    time: head[0] ?? "",
    stream: head[1] === "stderr" ? "stderr" : "stdout",
    partial: head[2] === "P",
    text: line.subarray(afterTag + 1),
  };
}
