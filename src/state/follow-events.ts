import { closeSync, fstatSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type FolderWatch, watchFolder } from "../host/watch-folder.ts";
import { hasCode } from "../lib/has-code.ts";
import { type EventRecord, rotatedPath } from "./events.ts";

type FollowOptions = {
  /** Leave out what is there already. */
  readonly onlyNew: boolean;
  /** Go on with what comes, until the signal. */
  readonly follow: boolean;
  readonly signal?: AbortSignal;
};

type OpenFile = { readonly fd: number; readonly inode: number; position: number; rest: Uint8Array };

const CHUNK_BYTES = 65_536;
const NEWLINE = 10;
/** The watch tells at once; this is for a file system that does not. */
const RECHECK_MS = 500;
/** A writer that opened a file just before it was moved aside still writes to it: so long it is read. */
const KEPT_FILES = 3;

/**
 * The events of the log in the order written: those that are there, then, with `follow`, those that come. Replay and following are one
 * reading, through rotations: nothing is lost or told twice in between. Ends silently when the signal is aborted. Lines that are no
 * events (a write cut off by a full disk) are passed over.
 */
export async function* followEvents(path: string, options: FollowOptions): AsyncGenerator<EventRecord> {
  const { signal } = options;
  const files: OpenFile[] = [];
  // Armed before the first reading: what is written while that goes on wakes the first wait.
  using wakes = options.follow ? watchLog(path) : undefined;
  try {
    openNewFiles(path, files);
    if (options.onlyNew) for (const file of files) file.position = fstatSync(file.fd).size;
    for (;;) {
      // Asked first: what was written before the end is still read.
      const last = wakes === undefined || signal?.aborted === true;
      yield* readAll(path, files);
      if (last) return;
      await wakes.next(RECHECK_MS, signal);
    }
  } finally {
    for (const { fd } of files) closeSync(fd);
  }
}

// A new file is opened only after the old ones were read to their ends, so the order holds.
function* readAll(path: string, files: OpenFile[]): Generator<EventRecord> {
  do {
    for (const file of files) yield* readOn(file);
  } while (openNewFiles(path, files));
  for (const old of files.splice(0, Math.max(0, files.length - KEPT_FILES))) {
    yield* readOn(old);
    closeSync(old.fd);
  }
}

/** Opens what of the two names is not open yet; says whether there was any. */
function openNewFiles(path: string, files: OpenFile[]): boolean {
  if (files.at(-1)?.inode === inodeOf(path) && files.length > 0) return false;
  // The current one first: when it is moved aside in between, it is met again under the other name.
  const opened = [openFile(path), openFile(rotatedPath(path))].filter((file) => file !== undefined).toReversed();
  let found = false;
  for (const file of opened) {
    if (files.some(({ inode }) => inode === file.inode)) closeSync(file.fd);
    else {
      files.push(file);
      found = true;
    }
  }
  return found;
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function openFile(path: string): OpenFile | undefined {
  try {
    const fd = openSync(path, "r");
    return { fd, inode: fstatSync(fd).ino, position: 0, rest: new Uint8Array(0) };
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function* readOn(file: OpenFile): Generator<EventRecord> {
  for (;;) {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    const count = readSync(file.fd, buffer, 0, CHUNK_BYTES, file.position);
    if (count === 0) return;
    file.position += count;
    const bytes = Buffer.concat([file.rest, buffer.subarray(0, count)]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    file.rest = bytes.subarray(end);
    for (const line of bytes.subarray(0, end).toString().split("\n")) {
      const event = line === "" ? undefined : parseEvent(line);
      if (event !== undefined) yield event;
    }
  }
}

function parseEvent(line: string): EventRecord | undefined {
  try {
    return JSON.parse(line) as EventRecord;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function watchLog(path: string): FolderWatch {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return watchFolder(folder);
}
