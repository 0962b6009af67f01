import { expect, test } from "bun:test";
import { runningNames, useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { eventually } from "../fixtures/engine.ts";

const machines = useTwoMachines();

test("tasks of a service that asks for it move to a node that comes, and never fewer run than are wanted", async () => {
  const { manager, worker, id } = machines;
  await manager.ok(["node", "update", "--availability", "pause", id]);
  await machines.create(4, "--rebalance");
  expect(await runningNames(worker)).toEqual([]);
  const before = await runningNames(manager);
  await manager.ok(["node", "update", "--availability", "active", id]);
  const seen: number[] = [];
  await eventually(
    async () => {
      const [running = "0"] = (await manager.ok(["service", "ls", "--format", "{{.Replicas}}"])).split("/");
      seen.push(Number(running));
      return [(await runningNames(manager)).length, (await runningNames(worker)).length].join();
    },
    (counts) => counts === "2,2",
    40_000,
  );
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(4);
  // The others are as they were.
  expect((await runningNames(manager)).every((name) => before.includes(name))).toBe(true);
}, 120_000);
