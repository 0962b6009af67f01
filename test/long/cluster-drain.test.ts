import { expect, test } from "bun:test";
import { runningNames, useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { eventually } from "../fixtures/engine.ts";

const machines = useTwoMachines();

/** How many tasks run, on both machines. */
async function running(): Promise<number> {
  const both = await Promise.all([machines.manager, machines.worker].map(async (engine) => await runningNames(engine)));
  return both.flat().length;
}

async function settles(count: number): Promise<void> {
  await eventually(running, (now) => now === count, 20_000);
}

async function makeAvailable(availability: string, ...nodes: string[]): Promise<void> {
  const verb = availability === "active" ? "activate" : availability;
  await machines.manager.ok(["node", verb, ...nodes]);
}

test("a drained node's tasks are followed by others before they end, where updates go start-first: never fewer run than are wanted", async () => {
  await machines.create(4);
  await machines.manager.ok(["service", "update", "-q", "--update-order", "start-first", "web"]);
  await makeAvailable("drain", machines.id);
  const seen: number[] = [];
  await eventually(
    async () => {
      seen.push(await running());
      return (await runningNames(machines.worker)).length;
    },
    (left) => left === 0,
    20_000,
  );
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(4);
  await settles(4);
});

test("a node that is drained amid an update: both come to their end, with as many tasks as are wanted, all of the new kind", async () => {
  await machines.create(4);
  await machines.manager.ok(["service", "update", "-d", "--args", "sleep 2000", "web"]);
  await makeAvailable("drain", machines.id);
  await eventually(
    async () => await machines.manager.ok(["service", "inspect", "--format", "{{.UpdateStatus.State}}", "web"]),
    (state) => state === "completed",
    20_000,
  );
  await settles(4);
  expect(await runningNames(machines.worker)).toEqual([]);
  const commands = await machines.manager.ok(["ps", "--format", "{{.Command}}"]);
  expect(new Set(commands.split("\n"))).toEqual(new Set(["sleep 2000"]));
});

test("when the last node is drained tasks wait and say why; they run again as soon as one may have them", async () => {
  await machines.create(3);
  await makeAvailable("drain", machines.id, "self");
  await settles(0);
  const format = "{{.CurrentState}} {{.Error}}";
  const words = ["service", "ps", "--no-trunc", "--filter", "desired-state=running", "--format", format, "web"];
  const waiting = await eventually(
    async () => (await machines.manager.ok(words)).split("\n"),
    (rows) => rows.length === 3 && rows.every((row) => row.startsWith("Pending")),
  );
  for (const row of waiting) expect(row).toContain("no suitable node (2 nodes not available for new tasks)");
  await makeAvailable("active", machines.id);
  await settles(3);
  expect((await runningNames(machines.worker)).length).toBe(3);
});
