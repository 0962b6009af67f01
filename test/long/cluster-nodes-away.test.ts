import { expect, test } from "bun:test";
import { type TestCluster, useCluster } from "../fixtures/cluster/test-cluster.ts";
import { runningNames } from "../fixtures/cluster/two-machines.ts";
import { eventually } from "../fixtures/engine.ts";
import { cutPower } from "../fixtures/power-cut.ts";

const cluster = useCluster({ managers: 1, workers: 4, etcd: 0 });

async function allRunning(of: TestCluster): Promise<string[]> {
  return (await Promise.all(of.hosts.map(async ({ engine }) => await runningNames(engine)))).flat().toSorted();
}

test("a node that comes and goes every three seconds: only its own tasks may be replaced, and in the end as many run as are wanted", async () => {
  await cluster().create(8);
  const { machine, engine } = cluster().host("worker1");
  const elsewhere = new Set(await allRunning(cluster())).difference(new Set(await runningNames(engine)));
  for (let round = 0; round < 4; round++) {
    cluster().lan.cut(machine);
    await Bun.sleep(3_000);
    cluster().lan.mend(machine);
    await Bun.sleep(3_000);
  }
  const after = await eventually(
    async () => await allRunning(cluster()),
    (rows) => rows.length === 8,
    20_000,
  );
  for (const row of elsewhere) expect(after).toContain(row);
});

test("half of the workers are lost at once: their tasks run on the others; back again, they stop what is too many", async () => {
  await cluster().create(10);
  const lost = ["worker1", "worker2"].map((name) => cluster().host(name));
  const rest = cluster().hosts.filter((host) => !lost.includes(host));
  for (const { machine } of lost) cluster().lan.cut(machine);
  const count = async (): Promise<number> =>
    (await Promise.all(rest.map(async ({ engine }) => await runningNames(engine)))).flat().length;
  await eventually(count, (running) => running === 10, 20_000);
  for (const { machine } of lost) cluster().lan.mend(machine);
  await eventually(
    async () => (await allRunning(cluster())).length,
    (running) => running === 10,
    20_000,
  );
  expect(await count()).toBe(10);
});

test("of a node's packets one in ten is lost, both ways: it stays, its tasks too, and it takes more", async () => {
  await cluster().create(8);
  const before = await allRunning(cluster());
  const { machine, engine } = cluster().host("worker1");
  const drop = "meta l4proto tcp numgen random mod 10 < 1 drop";
  const rules = `table inet loss { chain in { type filter hook input priority -300; ${drop}; }; chain out { type filter hook output priority -300; ${drop}; }; }`;
  machine.run("nft", rules);
  try {
    await Bun.sleep(8_000);
    expect(await allRunning(cluster())).toEqual(before);
    await cluster().first.ok(["service", "scale", "-d", "web=15"]);
    await eventually(
      async () => (await runningNames(engine)).length,
      (running) => running === 3,
      20_000,
    );
  } finally {
    machine.run("nft", "delete table inet loss");
  }
});

test("all nodes lose their power at once: after the boot as many tasks run as are wanted, where they may, and none is begun again and again", async () => {
  const placed = ["--replicas-max-per-node", "3", "--constraint", "node.role==worker"];
  await cluster().create(8, ...placed);
  const before = (await allRunning(cluster())).map(nameOf);
  // What mends what a power cut leaves starts the node's process, as its unit would.
  await Promise.all(cluster().hosts.map(async ({ engine }) => await cutPower(engine)));
  const after = await eventually(
    async () => await allRunning(cluster()),
    (rows) => rows.length === 8 && rows.every((row) => !before.includes(nameOf(row))),
    40_000,
  );
  expect(after).toHaveLength(8);
  expect(await runningNames(cluster().first)).toEqual([]);
  for (const { engine } of cluster().workers) expect((await runningNames(engine)).length).toBeLessThanOrEqual(3);
  // What ran has ended, and one task, or two where its node was not there yet, has followed it.
  const tasks = (await cluster().first.ok(["service", "ps", "-q", "web"])).split("\n");
  expect(tasks.length).toBeLessThanOrEqual(8 * 3);
  await cluster().until((rows) => rows.every((row) => row.includes(" Ready")));
});

test("a worker loses its power: its tasks run elsewhere; with power again it takes tasks as any", async () => {
  await cluster().create(8);
  const { machine, engine } = cluster().host("worker1");
  cluster().lan.cut(machine);
  await cutPower(engine);
  const rest = cluster().hosts.filter((host) => host.engine !== engine);
  const elsewhere = async (): Promise<number> =>
    (await Promise.all(rest.map(async (host) => await runningNames(host.engine)))).flat().length;
  expect(await eventually(elsewhere, (count) => count === 8, 20_000)).toBe(8);
  cluster().lan.mend(machine);
  await cluster().until((rows) => rows.includes("worker1 Ready"));
  await cluster().first.ok(["service", "scale", "-d", "web=14"]);
  const there = await eventually(
    async () => await runningNames(engine),
    (rows) => rows.length > 0,
    20_000,
  );
  expect(there).not.toEqual([]);
  expect(
    await eventually(
      async () => (await allRunning(cluster())).length,
      (count) => count === 14,
      20_000,
    ),
  ).toBe(14);
});

/** Of a row with a pid: no container of a task is started twice. */
function nameOf(row: string): string {
  return row.split(" ")[0] ?? "";
}
