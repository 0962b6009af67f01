import type { OutputPiece } from "../../client/frames.ts";
import type { LogEntry } from "../../engine/log/entry.ts";

const NEWLINE = 10;
const SPACE = 32;

type Stream = LogEntry["stream"];

/** The line of a stream that is under way: its time, and what came of that before it was whole. */
type Under = { time: string | undefined; begun: Buffer };

/** The entries of a log that an engine sends with times in front of its lines, as they come. */
export async function* logEntries(pieces: AsyncIterable<OutputPiece>): AsyncGenerator<LogEntry[], void, undefined> {
  const lines: Record<Stream, Under> = {
    stdout: { time: undefined, begun: Buffer.alloc(0) },
    stderr: { time: undefined, begun: Buffer.alloc(0) },
  };
  for await (const { stream, bytes } of pieces) {
    const entries = take(lines[stream], stream, bytes);
    if (entries.length > 0) yield entries;
  }
}

function take(line: Under, stream: Stream, bytes: Buffer): LogEntry[] {
  const entries: LogEntry[] = [];
  let left = line.begun.length === 0 ? bytes : Buffer.concat([line.begun, bytes]);
  line.begun = Buffer.alloc(0);
  while (left.length > 0) {
    if (line.time === undefined) {
      const space = left.indexOf(SPACE);
      if (space < 0) {
        line.begun = left;
        return entries;
      }
      line.time = left.subarray(0, space).toString("latin1");
      left = left.subarray(space + 1);
    }
    const end = left.indexOf(NEWLINE);
    const partial = end < 0;
    const text = partial ? left : left.subarray(0, end);
    if (!partial || text.length > 0) entries.push({ time: line.time, stream, partial, text });
    left = partial ? Buffer.alloc(0) : left.subarray(end + 1);
    if (!partial) line.time = undefined;
  }
  return entries;
}
