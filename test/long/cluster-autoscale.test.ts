import { test } from "bun:test";
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
  await eventually(
    async () => (await runningNames(worker)).map((name) => name.split(".")[0] ?? "").toSorted(),
    (names) => names.join() === "big,big,big,busy,busy,idle",
    40_000,
  );
  await eventually(
    async () => await manager.ok(["service", "ps", "--explain", "idle"]),
    (text) => text.includes("1 task (steady): cpu is 0.0"),
    20_000,
  );
}, 120_000);
