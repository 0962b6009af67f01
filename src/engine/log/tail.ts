import { fstatSync } from "node:fs";
import { type LogEntry, parseEntry } from "./entry.ts";
import { type LogFile, readAt } from "./files.ts";

/** Where the last lines of a log begin, and what lies between them that belongs to earlier ones. */
export type TailStart = {
  /** Place of the file among those given. */
  readonly file: number;
  readonly position: number;
  readonly skip: ReadonlySet<string>;
};

const BLOCK_BYTES = 65_536;
const NEWLINE = 10;
/** So far behind the last line wanted the beginnings of lines in pieces are looked for; one in pieces further apart is shown without. */
const PIECES_BYTES = 4 * 1024 * 1024;

type Place = { readonly file: number; readonly position: number; readonly end: number };

/** The key of an entry in {@link TailStart.skip}. */
export function placeKey(file: number, position: number): string {
  return `${file}:${position}`;
}

/**
 * Finds the last lines of a log by reading backwards from its end: what lies before them is not read. A line counts once, however many
 * pieces it has; so does one at the end that is only begun. Both streams count together.
 */
export function findTail(files: readonly LogFile[], lines: number): TailStart {
  const taken = { count: 0, place: endOf(files), skipped: [] as Place[], behind: 0 };
  // By stream: whether the piece before belongs to a line that was taken. Undefined before the first is seen.
  const open: { stdout?: boolean; stderr?: boolean } = {};
  for (const { entry, place } of entriesBackward(files)) {
    const startsLine = !entry.partial || open[entry.stream] === undefined;
    if (startsLine) {
      const wanted = taken.count < lines;
      open[entry.stream] = wanted;
      if (wanted) taken.count++;
    }
    if (open[entry.stream] === true) taken.place = place;
    else taken.skipped.push(place);
    if (taken.count < lines) continue;
    taken.behind += place.end - place.position;
    if ((open.stdout !== true && open.stderr !== true) || taken.behind > PIECES_BYTES) break;
  }
  const { file, position } = taken.place;
  return { file, position, skip: new Set(taken.skipped.map((place) => placeKey(place.file, place.position))) };
}

function endOf(files: readonly LogFile[]): Place {
  const last = files.at(-1);
  const size = last === undefined ? 0 : fstatSync(last.fd).size;
  return { file: Math.max(0, files.length - 1), position: size, end: size };
}

function* entriesBackward(files: readonly LogFile[]): Generator<{ entry: LogEntry; place: Place }> {
  for (const [file, { fd }] of [...files.entries()].toReversed()) {
    for (const { bytes, position } of linesBackward(fd)) {
      const entry = parseEntry(bytes);
      if (entry !== undefined) yield { entry, place: { file, position, end: position + bytes.length + 1 } };
    }
  }
}

// Whole lines only: what stands behind the last line feed is still being written.
function* linesBackward(fd: number): Generator<{ bytes: Uint8Array; position: number }> {
  let start = fstatSync(fd).size;
  let tail: Uint8Array = new Uint8Array(0);
  let complete = false;
  while (start > 0) {
    const length = Math.min(BLOCK_BYTES, start);
    start -= length;
    const block = Buffer.concat([readAt(fd, start, length), tail]);
    let end = block.lastIndexOf(NEWLINE);
    if (!complete && end >= 0) complete = true;
    else if (complete) end = block.length;
    if (end < 0) {
      tail = block;
      continue;
    }
    for (let feed = previousFeed(block, end); feed >= 0; feed = previousFeed(block, end)) {
      yield { bytes: block.subarray(feed + 1, end), position: start + feed + 1 };
      end = feed;
    }
    tail = block.subarray(0, end);
  }
  if (complete) yield { bytes: tail, position: 0 };
}

function previousFeed(block: Uint8Array, end: number): number {
  return end === 0 ? -1 : block.lastIndexOf(NEWLINE, end - 1);
}
