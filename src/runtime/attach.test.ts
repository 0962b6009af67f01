import { expect, test } from "bun:test";
import { closeSync, writeSync } from "node:fs";
import { must } from "../host/errno.ts";
import { readOutput } from "./attach.ts";

const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;

test("what conmon wrote before it went is read, though it has not read all of the input", async () => {
  const pair = new Int32Array(2);
  must("making a pair of sockets", "socketpair", AF_UNIX, SOCK_SEQPACKET, 0, pair);
  const [ours = -1, its = -1] = pair;
  for (const text of ["\u0002out", "\u0003err"]) writeSync(its, text);
  writeSync(ours, "input");
  closeSync(its);
  const read: string[] = [];
  for await (const { stream, bytes } of readOutput(ours)) read.push(`${stream}: ${Buffer.from(bytes).toString()}`);
  closeSync(ours);
  expect(read).toEqual(["stdout: out", "stderr: err"]);
});
