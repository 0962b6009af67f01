import type { LogEntry } from "./entry.ts";

/** Entries of one of several logs, by its place among them. */
export type SourcedEntries = { readonly source: number; readonly entries: readonly LogEntry[] };

type Log = AsyncGenerator<LogEntry[], void, undefined>;

/** Several logs as one, by time: for logs that are there already. One by itself goes through as it is. */
export async function* mergeByTime(logs: readonly Log[]): AsyncGenerator<SourcedEntries> {
  if (logs.length === 1) return yield* interleave(logs);
  const heads = await Promise.all(
    logs.map(async (log, source) => await settle({ source, log, entries: [], at: 0, time: 0 })),
  );
  for (;;) {
    const [first, second] = heads
      .filter(({ time }) => time !== Number.POSITIVE_INFINITY)
      .toSorted((a, b) => a.time - b.time);
    if (first === undefined) return;
    const from = first.at;
    const entries = first.entries;
    do first.time = timeOf(entries[++first.at], first.time);
    while (first.at < entries.length && first.time <= (second?.time ?? Number.POSITIVE_INFINITY));
    yield { source: first.source, entries: entries.slice(from, first.at) };
    await settle(first);
  }
}

type Head = { readonly source: number; readonly log: Log; entries: readonly LogEntry[]; at: number; time: number };

/** Fetches entries when there are none left; a log that has ended stands at the end of time. */
async function settle(head: Head): Promise<Head> {
  while (head.at >= head.entries.length) {
    const next = await head.log.next();
    if (next.done === true) {
      head.time = Number.POSITIVE_INFINITY;
      return head;
    }
    [head.entries, head.at] = [next.value, 0];
    head.time = timeOf(head.entries[0], head.time);
  }
  return head;
}

// A time that cannot be read counts as the one before.
function timeOf(entry: LogEntry | undefined, before: number): number {
  const time = Date.parse(entry?.time ?? "");
  return Number.isNaN(time) ? before : time;
}

/** Several logs as one, as their entries come. */
export async function* interleave(logs: readonly Log[]): AsyncGenerator<SourcedEntries> {
  const next = async (source: number) => ({ source, result: await logs[source]?.next() });
  const waiting = new Map(logs.map((_, source) => [source, next(source)]));
  try {
    while (waiting.size > 0) {
      const { source, result } = await Promise.race(waiting.values());
      if (result === undefined || result.done === true) {
        waiting.delete(source);
        continue;
      }
      yield { source, entries: result.value };
      waiting.set(source, next(source));
    }
  } finally {
    // Whoever stops early must not wait for what a log may bring some day.
    for (const log of logs) void log.return();
  }
}
