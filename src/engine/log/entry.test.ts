import { expect, test } from "bun:test";
import { parseEntries, parseEntry } from "./entry.ts";
import { parseJournalEntry } from "./journal.ts";

const TIME = "2026-01-02T03:04:05.000000000+00:00";

test("a line of a log file has a time, a stream, a mark for pieces, and any bytes", () => {
  const line = Buffer.concat([Buffer.from(`${TIME} stderr P `), Uint8Array.of(0xff, 32, 0)]);
  expect(parseEntry(line)).toMatchObject({ time: TIME, stream: "stderr", partial: true });
  expect([...(parseEntry(line)?.text ?? [])]).toEqual([0xff, 32, 0]);
  expect(parseEntry(Buffer.from(`${TIME} stdout F `))).toMatchObject({ stream: "stdout", partial: false });
  expect(parseEntry(Buffer.from("no entry"))).toBeUndefined();
});

test("what is only begun is left over", () => {
  const { entries, rest } = parseEntries(Buffer.from(`${TIME} stdout F a\nnonsense\n${TIME} stdout F b\n${TIME} std`));
  expect(entries.map(({ text }) => Buffer.from(text).toString())).toEqual(["a", "b"]);
  expect(Buffer.from(rest).toString()).toBe(`${TIME} std`);
});

test("an entry of the journal: text or bytes, without its line feed, to the microsecond", () => {
  const fields = { __REALTIME_TIMESTAMP: "1767323045000123", PRIORITY: "6" };
  expect(parseJournalEntry(JSON.stringify({ ...fields, MESSAGE: "one\n" }))).toEqual({
    time: "2026-01-02T03:04:05.000123000Z",
    stream: "stdout",
    partial: false,
    text: Buffer.from("one"),
  });
  const bytes = { ...fields, PRIORITY: "3", MESSAGE: [255, 10], CONTAINER_PARTIAL_MESSAGE: "true" };
  expect(parseJournalEntry(JSON.stringify(bytes))).toMatchObject({ stream: "stderr", partial: true });
  expect([...parseJournalEntry(JSON.stringify(bytes)).text]).toEqual([255]);
  expect(parseJournalEntry(JSON.stringify({ ...fields, MESSAGE: null })).text).toHaveLength(0);
});
