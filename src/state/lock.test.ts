import { afterAll, expect, test } from "bun:test";
import { closeSync, existsSync, fstatSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isEstibaError } from "../lib/error.ts";
import { acquireLock, isLocked, takeLock, tryLock } from "./lock.ts";

const folder = mkdtempSync(join(tmpdir(), "estiba-lock-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("tasks of one process exclude each other", async () => {
  const path = join(folder, "tasks");
  const order: string[] = [];
  const task = async (name: string): Promise<void> => {
    using _lock = await acquireLock(path);
    order.push(`${name} in`);
    await Bun.sleep(5);
    order.push(`${name} out`);
  };
  await Promise.all([task("a"), task("b"), task("c")]);
  expect(order.filter((_, index) => index % 2 === 0).map((entry) => entry[0])).toEqual(
    order.filter((_, index) => index % 2 === 1).map((entry) => entry[0]),
  );
});

test("a lock that another holds for too long is a timeout that may be retried", async () => {
  const path = join(folder, "held");
  using _held = await acquireLock(path);
  expect(tryLock(path)).toBeUndefined();
  const error: unknown = await acquireLock(path, { timeoutMs: 30 }).catch((reason: unknown) => reason);
  expect(isEstibaError(error, "timeout") && error.retryable).toBe(true);
});

test("who waits for a lock that is discarded gets a lock that guards", async () => {
  const path = join(folder, "discarded");
  const first = await acquireLock(path);
  const waiting = acquireLock(path);
  first.discard();
  first[Symbol.dispose]();
  using _second = await waiting;
  expect(existsSync(path)).toBe(true);
  expect(tryLock(path)).toBeUndefined();
});

test("those who look whether a lock is held neither see each other nor keep anybody from taking it", async () => {
  const path = join(folder, "looked-at");
  const source = `import { isLocked } from ${JSON.stringify(join(import.meta.dir, "lock.ts"))};
    console.log("looks"); while (!isLocked(${JSON.stringify(path)}));`;
  const lookers = ["a", "b"].map(() => Bun.spawn([process.execPath, "-e", source], { stdout: "pipe" }));
  for (const { stdout } of lookers) await stdout.getReader().read();
  // As long as nobody has it, both go on looking: neither has taken the other for a holder.
  const lock = await takeLock(path);
  expect(lock).toBeDefined();
  expect(isLocked(path)).toBe(true);
  expect(await takeLock(path)).toBeUndefined();
  expect(await Promise.all(lookers.map(({ exited }) => exited))).toEqual([0, 0]);
  lock?.[Symbol.dispose]();
  expect(isLocked(path)).toBe(false);
});

test("letting go twice closes nothing of anybody else's", () => {
  const lock = tryLock(join(folder, "twice"));
  lock?.[Symbol.dispose]();
  // Gets the number that the lock's file had.
  const other = openSync(join(folder, "other"), "w");
  lock?.[Symbol.dispose]();
  expect(fstatSync(other).isFile()).toBe(true);
  closeSync(other);
});

test("a lock ends with its process", async () => {
  const path = join(folder, "killed");
  const source = `import { acquireLock } from ${JSON.stringify(join(import.meta.dir, "lock.ts"))};
    await acquireLock(${JSON.stringify(path)}); console.log("held"); await Bun.sleep(60_000);`;
  const child = Bun.spawn([process.execPath, "-e", source], { stdout: "pipe" });
  const reader = child.stdout.getReader();
  await reader.read();
  expect(tryLock(path)).toBeUndefined();
  child.kill("SIGKILL");
  await child.exited;
  using lock = await acquireLock(path, { timeoutMs: 2_000 });
  expect(lock).toBeDefined();
});
