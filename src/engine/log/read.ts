import { closeSync, fstatSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isAlive } from "../../host/process.ts";
import { watchFolder } from "../../host/watch-folder.ts";
import { EstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { getContainer } from "../../state/containers.ts";
import { isFileLog } from "../../state/spec/log.ts";
import type { Engine } from "../engine.ts";
import { isRunning, observe } from "../status.ts";
import { keptFiles, logPath } from "./destination.ts";
import { type LogEntry, parseEntries } from "./entry.ts";
import { type LogFile, openLogFiles, readAt } from "./files.ts";
import { findTail, placeKey } from "./tail.ts";

export type LogRequest = {
  /** Go on as long as the container runs. */
  readonly follow: boolean;
  /** Begin with so many lines before the end; undefined for all. */
  readonly tail?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

const CHUNK_BYTES = 262_144;
/** A watch tells of growth; the container's end is looked for besides. */
const RECHECK_MS = 250;

/**
 * A container's log, in the order written, some entries at a time and in bounded memory, from its oldest file on. Takes no lock. Nothing is
 * lost while files are moved aside, unless as many are as are kept before this reads on. Following ends when the run under way has ended and
 * all of its output was read, and when the container is removed. A container that never ran has no entries. Throws `unsupported` for a
 * driver that keeps no log.
 */
export async function* readLog(
  engine: Engine,
  record: ContainerRecord,
  request: LogRequest,
): AsyncGenerator<LogEntry[], void, undefined> {
  const { log } = record.spec;
  if (log.driver === "journald") {
    yield* (await import("./journal.ts")).readJournal(engine, record, request);
    return;
  }
  using cursor = openLog(engine, record, request);
  for (;;) {
    // Asked before reading: what is written after "it has ended" cannot be missed.
    const goesOn = request.follow && stillWrites(engine, record.id);
    yield* cursor.read();
    if (!goesOn || request.signal?.aborted === true) return;
    await cursor.changed(RECHECK_MS, request.signal);
  }
}

/** A place in a log that is kept in files, which moves on as it is read. */
export type LogCursor = Disposable & {
  /** What is there and was not read yet, some entries at a time. */
  readonly read: () => Generator<LogEntry[]>;
  /** Resolves when there may be more, and after `recheckMs` in any case. */
  readonly changed: (recheckMs: number, signal?: AbortSignal) => Promise<void>;
};

/**
 * Opens the log of a container whose driver keeps files, whether it runs or not; what comes when it runs again can be read, too. Throws
 * `unsupported` for another driver.
 */
export function openLog(
  engine: Engine,
  record: ContainerRecord,
  { follow, tail }: Pick<LogRequest, "follow" | "tail">,
): LogCursor {
  if (!isFileLog(record.spec.log)) throw notLogging(record.spec.log.driver);
  const path = logPath(engine, record);
  const kept = keptFiles(record.spec);
  const watch = follow ? watchFolder(dirname(path)) : undefined;
  const files = openLogFiles(path, kept);
  const begun = { done: false };
  return {
    *read() {
      if (!begun.done) {
        begun.done = true;
        yield* readTail(files, tail);
      }
      yield* readOn(files);
      while (openNext(path, kept, files)) {
        // conmon closes a file before the next one is there: the older ones are complete now.
        yield* readOn(files);
        for (const { fd } of files.splice(0, files.length - 1)) closeSync(fd);
      }
    },
    changed: async (recheckMs, signal) => await watch?.next(recheckMs, signal),
    [Symbol.dispose]: () => {
      watch?.[Symbol.dispose]();
      for (const { fd } of files) closeSync(fd);
    },
  };
}

/** The last lines of what is there; afterwards the files stand where that ended. */
function* readTail(files: LogFile[], lines: number | undefined): Generator<LogEntry[]> {
  if (lines === undefined || files.length === 0) return;
  const start = findTail(files, lines);
  for (const file of files.splice(0, start.file)) closeSync(file.fd);
  for (const [index, file] of files.entries()) {
    file.position = index === 0 ? start.position : 0;
    if (start.skip.size > 0) yield* readPicked(file, start.file + index, start.skip);
  }
}

// One by one: rare, and only through the pieces of lines that others stand between.
function* readPicked(file: LogFile, number: number, skip: ReadonlySet<string>): Generator<LogEntry[]> {
  for (const bytes of chunks(file)) {
    const at = file.position - bytes.length;
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      const { entries } = parseEntries(bytes.subarray(start, end + 1));
      if (!skip.has(placeKey(number, at + start))) yield entries;
      start = end + 1;
    }
    file.rest = bytes.subarray(start);
  }
}

function* readOn(files: LogFile[]): Generator<LogEntry[]> {
  for (const file of files) {
    for (const bytes of chunks(file)) {
      const { entries, rest } = parseEntries(bytes);
      file.rest = rest;
      if (entries.length > 0) yield entries;
    }
  }
}

/** The bytes of a file from its position on, each time together with what the reader left over of the last ones. */
function* chunks(file: LogFile): Generator<Uint8Array> {
  // Somebody else's rotation, which copies the file and cuts it.
  if (fstatSync(file.fd).size < file.position) [file.position, file.rest] = [0, new Uint8Array(0)];
  for (;;) {
    const bytes = readAt(file.fd, file.position, CHUNK_BYTES);
    if (bytes.length === 0) return;
    file.position += bytes.length;
    yield file.rest.length === 0 ? bytes : Buffer.concat([file.rest, bytes]);
  }
}

/** Opens what has come since; false when nothing has. */
function openNext(path: string, kept: number, files: LogFile[]): boolean {
  const current = statSync(path, { throwIfNoEntry: false })?.ino;
  const last = files.at(-1)?.inode;
  if (current === undefined || current === last) return false;
  const opened = openLogFiles(path, kept, last);
  files.push(...opened);
  return opened.length > 0;
}

/** Whether a container's log may still grow: its monitor writes what the process has left behind, then the exit file. */
export function stillWrites(engine: Engine, id: string): boolean {
  const record = getContainer(engine.store, id);
  if (record === undefined) return false;
  const observed = observe(engine, record);
  return isRunning(observed) || (observed.exit === undefined && isAlive(observed.state?.monitor));
}

function notLogging(driver: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "container.no_log",
    what: `this container is using the '${driver}' log driver, cannot read logs: this container is not logging output`,
  });
}
