import { expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { isEstibaError } from "../../lib/error.ts";
import { framed } from "./frames.ts";

/** Both ends of a connection, framed, and the sockets below. */
async function pair(): Promise<{ near: Duplex; far: Duplex; sockets: readonly [Socket, Socket] } & Disposable> {
  const came = Promise.withResolvers<Socket>();
  const server = createServer(came.resolve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const socket = connect(typeof address === "object" && address !== null ? address.port : 0, "127.0.0.1");
  const other = await came.promise;
  return {
    near: framed(socket),
    far: framed(other),
    sockets: [socket, other],
    [Symbol.dispose]: () => {
      socket.destroy();
      other.destroy();
      server.close();
    },
  };
}

// By events: the end of an iteration would be that of both directions.
async function allOf(stream: Duplex): Promise<Buffer> {
  const pieces: Buffer[] = [];
  return await new Promise<Buffer>((resolve, reject) => {
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("end", () => resolve(Buffer.concat(pieces)));
    stream.on("error", reject);
  });
}

test("each direction has an end of its own, and nothing is lost", async () => {
  using ends = await pair();
  const sent = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)));
  const whole = Buffer.concat(Array.from({ length: 50 }, () => sent));
  ends.near.end(whole);
  expect((await allOf(ends.far)).equals(whole)).toBe(true);
  // The other direction goes on.
  ends.far.end("answer");
  expect((await allOf(ends.near)).toString()).toBe("answer");
});

test("a connection that is gone before its end is a failure, with a reason", async () => {
  using ends = await pair();
  const read = allOf(ends.near);
  ends.far.write("half");
  ends.sockets[1].destroySoon();
  const error: unknown = await read.catch((failure: unknown) => failure);
  expect(isEstibaError(error, "unavailable")).toBe(true);
});

test("who reads slowly makes the writer wait", async () => {
  using ends = await pair();
  const piece = Buffer.alloc(1 << 20);
  let taken = 0;
  const write = (): void => {
    while (taken < 200 && ends.near.write(piece)) taken += 1;
  };
  ends.near.on("drain", write);
  write();
  const seen = { before: -1 };
  // It comes to a rest: what lies on the way is all that is in memory.
  while (seen.before !== taken) {
    seen.before = taken;
    await Bun.sleep(100);
  }
  expect(taken).toBeLessThan(50);
  ends.near.off("drain", write);
});
