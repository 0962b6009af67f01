import { expect, test } from "bun:test";
import { runningNames, useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { eventually, IMAGE } from "../fixtures/engine.ts";

const machines = useTwoMachines();

test("what tasks use on any node counts: memory by its size, processors by their time", async () => {
  const { manager, worker } = machines;
  const elsewhere = ["--constraint", "node.role==worker", "--stop-grace-period", "0s", "--autoscale-window", "1s"];
  const create = async (name: string, ...words: string[]): Promise<void> => {
    await manager.ok(["service", "create", "-d", "--name", name, ...elsewhere, ...words]);
  };
  // A shell has more than that.
  await create("big", "--autoscale-max", "3", "--autoscale-memory", "16k", IMAGE, "sleep", "1000");
  // It uses next to nothing.
  await create("idle", "--replicas", "3", "--autoscale-max", "3", "--autoscale-cpu", "0.5", IMAGE, "sleep", "1000");
  const busy = ["--limit-cpu", "0.2", "--autoscale-max", "2", "--autoscale-cpu", "25%"];
  await create("busy", ...busy, IMAGE, "sh", "-c", "while :; do :; done");
  const names = async (): Promise<string[]> =>
    (await runningNames(worker)).map((name) => name.split(".")[0] ?? "").toSorted();
  const right = ["big", "big", "big", "busy", "busy", "idle"];
  const found = await eventually(names, (all) => all.join() === right.join(), 40_000);
  expect(found).toEqual(right);
  const explained = async (name: string, text: string): Promise<string> =>
    await eventually(
      async () => await manager.ok(["service", "ps", "--explain", name]),
      (all) => all.includes(text),
      20_000,
    );
  expect(await explained("idle", "1 task (steady): cpu is 0.0")).toContain("idle: autoscale: 1 task (steady)");
  // They ask for more than there may be: it stays at that, and says so.
  expect(await explained("big", "3 tasks (limited): memory is ")).toContain("big: autoscale: 3 tasks (limited)");
  expect(await explained("busy", "2 tasks (")).toMatch(
    /busy: autoscale: 2 tasks \((?:limited|steady)\): cpu is 0\.[1-4]/,
  );
  const format = "{{.AutoscaleStatus.Replicas}} {{.Spec.Mode.Replicated.Replicas}}";
  for (const [name, text] of [
    ["big", "3 1"],
    ["busy", "2 1"],
    ["idle", "1 3"],
  ] as const)
    expect([name, await manager.ok(["service", "inspect", "--format", format, name])]).toEqual([name, text]);
  expect(await names()).toEqual(right);
}, 120_000);
