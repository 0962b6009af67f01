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
