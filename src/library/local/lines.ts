import type { LogEntry } from "../../engine/log/entry.ts";
import type { LogLine } from "../contract.ts";

type Begun = { at: string; pieces: Uint8Array[] };

/** Joins the pieces of a log to lines, each stream's by itself; what is only begun at the end is a line too. */
export async function* linesOf(log: AsyncIterable<readonly LogEntry[]>): AsyncGenerator<LogLine, void, undefined> {
  const begun = new Map<LogLine["stream"], Begun>();
  for await (const entries of log) {
    for (const { stream, time, text, partial } of entries) {
      const line = begun.get(stream) ?? { at: time, pieces: [] };
      line.pieces.push(text);
      if (partial) begun.set(stream, line);
      else {
        begun.delete(stream);
        yield lineOf(stream, line);
      }
    }
  }
  for (const [stream, line] of begun) yield lineOf(stream, line);
}

function lineOf(stream: LogLine["stream"], { at, pieces }: Begun): LogLine {
  return { stream, at: new Date(at), text: Buffer.concat(pieces).toString("utf8") };
}
