import { expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { killNode, runningNames, startNode, useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { eventually, IMAGE, TestEngine } from "../fixtures/engine.ts";
import { ETCD, TestEtcd } from "../fixtures/etcd.ts";

const machines = useTwoMachines();

test.skipIf(ETCD === null)(
  "a manager with its state in etcd is killed: the next process leads when the lease has ended, and nothing has stopped",
  async () => {
    await using etcd = await TestEtcd.start();
    const other = new TestEngine();
    try {
      await other.load();
      await other.ok(["swarm", "init", "--etcd", etcd.endpoint]);
      const quick = ["--update-monitor", "300ms", "--stop-grace-period", "0s"];
      await other.ok(["service", "create", "-q", "--name", "web", "--replicas", "2", ...quick, IMAGE, "sleep", "1000"]);
      const before = await runningNames(other);
      for (let round = 0; round < 3; round++) {
        await killNode(other);
        await other.ok(["service", "scale", "-d", `web=${3 + round}`]);
        const now = await eventually(
          async () => await runningNames(other),
          (rows) => rows.length === 3 + round,
        );
        for (const row of before) expect(now).toContain(row);
      }
      await other.ok(["swarm", "leave", "--force"]);
    } finally {
      await other.dispose();
    }
  },
);

test("the worker's process is killed and comes again: its containers run on, and it is told what has changed meanwhile", async () => {
  await machines.create(4);
  const before = await runningNames(machines.worker);
  await killNode(machines.worker);
  await machines.manager.ok(["service", "scale", "-d", "web=2"]);
  startNode(machines.worker);
  await eventually(
    async () => (await runningNames(machines.manager)).length + (await runningNames(machines.worker)).length,
    (count) => count === 2,
  );
  for (const row of await runningNames(machines.worker)) expect(before).toContain(row);
});

test("the manager's process is away for longer than a node may be silent: nothing stops, and nothing is started twice", async () => {
  await machines.create(4);
  const before = [await runningNames(machines.manager), await runningNames(machines.worker)];
  await killNode(machines.manager);
  await Bun.sleep(4_500);
  expect([await runningNames(machines.manager), await runningNames(machines.worker)]).toEqual(before);
  await machines.manager.ok(["service", "ls"]);
  await machines.workerIs("Ready");
  await machines.manager.ok(["service", "update", "-q", "--label-add", "a=b", "web"]);
  expect([await runningNames(machines.manager), await runningNames(machines.worker)]).toEqual(before);
});

test("a worker that is lost has its tasks run elsewhere; when it is back, it stops those that are too many", async () => {
  await machines.create(4);
  const lost = await runningNames(machines.worker);
  await killNode(machines.worker);
  await machines.workerIs("Down");
  await eventually(
    async () => await runningNames(machines.manager),
    (rows) => rows.length === 4,
  );
  // Cut off, not dead: what ran there has run on.
  expect(await runningNames(machines.worker)).toEqual(lost);
  startNode(machines.worker);
  await machines.workerIs("Ready");
  await eventually(
    async () => await runningNames(machines.worker),
    (rows) => rows.length === 0,
  );
  expect((await runningNames(machines.manager)).length).toBe(4);
});

test("a copy of a node's data is refused while the node is there, which goes on undisturbed", async () => {
  const copy = new TestEngine();
  try {
    await machines.create(2);
    const before = await runningNames(machines.worker);
    cpSync(join(machines.worker.root, "cluster"), join(copy.root, "cluster"), { recursive: true });
    startNode(copy);
    await eventually(
      async () => (await copy.run(["node", "ls"])).stderr,
      (text) => text.includes("not a swarm manager"),
    );
    await Bun.sleep(1_500);
    expect(await runningNames(machines.worker)).toEqual(before);
    expect(await copy.ok(["ps", "--all", "-q"])).toBe("");
    await machines.workerIs("Ready");
    await copy.ok(["swarm", "leave"]);
  } finally {
    await copy.dispose();
  }
});

test("a node that was removed while it was away ends its tasks when it is back, which others have; it leaves, and joins anew", async () => {
  await machines.create(4);
  await killNode(machines.worker);
  await machines.workerIs("Down");
  await machines.manager.ok(["node", "rm", machines.id]);
  const settled = await eventually(
    async () => await runningNames(machines.manager),
    (rows) => rows.length === 4,
    20_000,
  );
  expect((await runningNames(machines.worker)).length).toBe(2);
  startNode(machines.worker);
  const left = await eventually(
    async () => await runningNames(machines.worker),
    (rows) => rows.length === 0,
    20_000,
  );
  expect(left).toEqual([]);
  expect(await runningNames(machines.manager)).toEqual(settled);
  expect((await machines.nodes()).length).toBe(1);
  await machines.worker.ok(["swarm", "leave"]);
  await machines.worker.ok(["swarm", "join", "--token", machines.token, machines.at]);
  expect((await machines.nodes()).map((row) => row.split(" ")[1])).toEqual(["Ready", "Ready"]);
});
