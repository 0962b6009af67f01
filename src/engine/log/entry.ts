/** One piece of output as it was logged; a line without its end (`partial`) goes on in the next piece of its stream. */
export type LogEntry = {
  /** RFC 3339 with nine digits. */
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  readonly partial: boolean;
  readonly text: Uint8Array;
};

const NEWLINE = 10;
const SPACE = 32;

/** The entries of a piece of a log file in Kubernetes' format, and what of it is only begun. Lines that are none are passed over. */
export function parseEntries(bytes: Uint8Array): { entries: LogEntry[]; rest: Uint8Array } {
  const entries: LogEntry[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    const entry = parseEntry(bytes.subarray(start, end));
    if (entry !== undefined) entries.push(entry);
    start = end + 1;
  }
  return { entries, rest: bytes.subarray(start) };
}

/** `2026-01-02T03:04:05.000000000+00:00 stdout F text`, as conmon writes it; the text may hold any bytes but a line feed. */
export function parseEntry(line: Uint8Array): LogEntry | undefined {
  const afterTime = line.indexOf(SPACE);
  const afterStream = line.indexOf(SPACE, afterTime + 1);
  const afterTag = line.indexOf(SPACE, afterStream + 1);
  if (afterTime < 0 || afterStream < 0 || afterTag < 0) return undefined;
  const [time = "", stream, tag] = Buffer.from(line.subarray(0, afterTag)).toString("latin1").split(" ");
  const text = line.subarray(afterTag + 1);
  return { time, stream: stream === "stderr" ? "stderr" : "stdout", partial: tag === "P", text };
}
