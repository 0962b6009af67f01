import { expect, test } from "bun:test";
import { type TestCluster, useCluster } from "../fixtures/cluster/test-cluster.ts";
import { runningNames } from "../fixtures/cluster/two-machines.ts";
import { eventually } from "../fixtures/engine.ts";

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
