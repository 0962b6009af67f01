import { expect, test } from "bun:test";
import { startTicksOf } from "./process.ts";
import { killTree } from "./process-tree.ts";

test("a tree is killed with its grandchildren, and with those whose parent has gone but who are in its session", async () => {
  const script = "(sleep 71 & echo $!; sleep 72 & echo $!; wait) & sh -c 'sleep 73 & echo $!'; wait";
  const child = Bun.spawn(["setsid", "sh", "-c", script], { stdout: "pipe" });
  const reader = child.stdout.getReader();
  let text = "";
  while (text.split("\n").length < 4) text += Buffer.from((await reader.read()).value ?? []).toString();
  const pids = text.trim().split("\n").map(Number);
  killTree(child.pid, () => true);
  await child.exited;
  const deadline = performance.now() + 5_000;
  while (pids.some((pid) => startTicksOf(pid) !== undefined) && performance.now() < deadline) await Bun.sleep(5);
  expect(pids.map(startTicksOf)).toEqual([undefined, undefined, undefined]);
  await reader.cancel();
});

test("what is not ours is left alone", async () => {
  const child = Bun.spawn(["sleep", "74"]);
  killTree(child.pid, () => false);
  expect(startTicksOf(child.pid)).toBeDefined();
  child.kill("SIGKILL");
  await child.exited;
});
