import { expect, test } from "bun:test";
import { Socket } from "node:net";
import { IdleSockets } from "./idle-sockets.ts";

const PATIENCE_MS = 20;

async function isEnded(socket: Socket): Promise<void> {
  for (const deadline = performance.now() + 10_000; !socket.destroyed; await Bun.sleep(5))
    if (performance.now() > deadline) throw new Error("the socket is still open");
}

test("a connection ends when nothing is asked after its answer, and not while one is on its way", async () => {
  const idle = new IdleSockets(PATIENCE_MS);
  const [quiet, busy, again] = [new Socket(), new Socket(), new Socket()];
  for (const socket of [quiet, busy, again]) idle.asked(socket);
  // Two requests on one connection, of which one is still being answered.
  idle.asked(busy);
  idle.answered(again);
  idle.asked(again);
  idle.answered(busy);
  idle.answered(quiet);
  await isEnded(quiet);
  expect([busy.destroyed, again.destroyed]).toEqual([false, false]);
  idle.answered(busy);
  idle.answered(again);
  await isEnded(busy);
  await isEnded(again);
});

test("a connection that its client has closed is not kept by the wait for its next request", async () => {
  const idle = new IdleSockets(600_000);
  const refs = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const socket = new Socket();
      idle.asked(socket);
      idle.answered(socket);
      socket.destroy();
      await new Promise((resolve) => socket.once("close", resolve));
      return new WeakRef(socket);
    }),
  );
  await Bun.sleep(10);
  Bun.gc(true);
  // A few may still be on the stack.
  expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(10);
});
