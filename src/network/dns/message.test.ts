import { expect, test } from "bun:test";
import { formatAnswer, isTruncated, keepSeconds, parseQuery, RCODE, TYPE } from "./message.ts";

/** A query as dig sends it: header, question, and with `edns` the record that tells the largest answer. */
const query = (name: string, type: number, edns?: number): Uint8Array => {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]);
  const opt = edns === undefined ? [] : [0, 0, 41, edns >> 8, edns & 255, 0, 0, 0, 0, 0, 0];
  return Uint8Array.of(
    0x12,
    0x34,
    1,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    opt.length > 0 ? 1 : 0,
    ...labels,
    0,
    0,
    type,
    0,
    1,
    ...opt,
  );
};
const parsed = (bytes: Uint8Array) => {
  const value = parseQuery(bytes);
  if (value === undefined) throw new Error("not read");
  return value;
};

test("a query is read, its name in lower case, with the size its asker takes", () => {
  expect(parsed(query("Web.Example", 28))).toMatchObject({
    id: 0x1234,
    name: "web.example",
    type: TYPE.AAAA,
    limit: 512,
  });
  expect(parsed(query("web", 1, 4096))).toMatchObject({ edns: true, limit: 1232 });
  expect(parsed(query("web", 1, 100)).limit).toBe(512);
});

test("what is no query is not read: too short, an answer, two questions, a name that points", () => {
  const good = query("web", 1);
  const changed = (at: number, value: number) => good.map((byte, index) => (index === at ? value : byte));
  expect(parseQuery(good.subarray(0, 11))).toBeUndefined();
  expect(parseQuery(good.subarray(0, good.length - 1))).toBeUndefined();
  expect(parseQuery(changed(2, 0x81))).toBeUndefined();
  expect(parseQuery(changed(5, 2))).toBeUndefined();
  expect(parseQuery(changed(12, 0xc0))).toBeUndefined();
});

test("an answer repeats id and question, has its records, and lives for seconds only", () => {
  const bytes = formatAnswer(parsed(query("web", 1)), RCODE.NOERROR, [
    { type: TYPE.A, data: Uint8Array.of(10, 0, 0, 2) },
  ]);
  expect(Buffer.from(bytes).toString("hex")).toBe(
    `123485800001000100000000037765620000010001c00c000100010000000100040a000002`,
  );
  expect(keepSeconds(bytes)).toBe(1);
});

test("an answer beyond the limit has what fits and is marked, by TCP it is whole", () => {
  const answers = Array.from({ length: 60 }, (_, index) => ({ type: TYPE.A, data: Uint8Array.of(10, 0, 0, index) }));
  const { length } = query("web", 1);
  for (const [edns, opt] of [
    [undefined, 0],
    [600, 11],
  ] as const) {
    const asked = parsed(query("web", 1, edns));
    const cut = formatAnswer(asked, RCODE.NOERROR, answers, asked.limit);
    const count = new DataView(cut.buffer, cut.byteOffset).getUint16(6);
    expect([isTruncated(cut), count, cut.length]).toEqual([
      true,
      edns === undefined ? 30 : 35,
      length + count * 16 + opt,
    ]);
  }
  const whole = formatAnswer(parsed(query("web", 1)), RCODE.NOERROR, answers);
  expect([isTruncated(whole), whole.length]).toEqual([false, length + 60 * 16]);
});

test("a failed or damaged answer is not kept", () => {
  expect(keepSeconds(formatAnswer(parsed(query("web", 1)), RCODE.NXDOMAIN, []))).toBe(0);
  const answer = formatAnswer(parsed(query("web", 1)), RCODE.NOERROR, [
    { type: TYPE.A, data: Uint8Array.of(1, 2, 3, 4) },
  ]);
  expect(keepSeconds(answer.subarray(0, answer.length - 12))).toBe(0);
});
