import { expect, test } from "bun:test";
import { isAlive, isEnding, sendSignal, startTicksOf } from "./process.ts";

test("a process counts only with its own start time", async () => {
  const child = Bun.spawn(["sleep", "60"]);
  const startTicks = startTicksOf(child.pid) ?? 0;
  expect(startTicks).toBeGreaterThan(0);
  expect(isAlive({ pid: child.pid, startTicks })).toBe(true);
  expect(isAlive({ pid: child.pid, startTicks: startTicks + 1 })).toBe(false);
  expect(sendSignal(child.pid, 9)).toBe(true);
  await child.exited;
  expect(isAlive({ pid: child.pid, startTicks })).toBe(false);
  expect(isAlive(undefined)).toBe(false);
});

test("a process is ending once it has ended, and not while it runs", async () => {
  const child = Bun.spawn(["sleep", "1000"]);
  expect(isEnding(child.pid)).toBe(false);
  expect(isEnding(process.pid)).toBe(false);
  child.kill("SIGKILL");
  await child.exited;
  expect(isEnding(child.pid)).toBe(true);
});
