import { expect, test } from "bun:test";
import { acceptKey, decodeFrame, encodeFrame } from "./websocket.ts";

test("the answer to a client's key is that of RFC 6455", () => {
  expect(acceptKey("dGhlIHNhbXBsZSBub25jZQ==")).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

test("frames of any length are read back as they were written", () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
    const bytes = Buffer.alloc(length, 7);
    const frame = Buffer.from(encodeFrame(2, bytes));
    expect(decodeFrame(frame)).toEqual({ opcode: 2, payload: bytes, length: frame.length });
    expect(decodeFrame(frame.subarray(0, -1))).toBeUndefined();
  }
});

test("a client's mask is taken off (RFC 6455, 5.7)", () => {
  const hello = Buffer.from("818537fa213d7f9f4d5158", "hex");
  expect(decodeFrame(hello)?.payload.toString()).toBe("Hello");
});
