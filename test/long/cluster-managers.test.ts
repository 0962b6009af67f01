import { describe, expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { deafen } from "../fixtures/cluster/lan.ts";
import { type TestCluster, useCluster } from "../fixtures/cluster/test-cluster.ts";
import { holdNode, killNode, letGo, runningNames, startNode } from "../fixtures/cluster/two-machines.ts";
import { eventually, TestEngine } from "../fixtures/engine.ts";
import { ETCD } from "../fixtures/etcd.ts";

describe.skipIf(ETCD === null)("three managers with their state in etcd", () => {
  const cluster = useCluster({ managers: 3, workers: 2, etcd: 3 });

  test("the leader is killed ten times: each time another one takes changes, and no container is replaced", async () => {
    await cluster().create(5);
    const before = await allRunning(cluster());
    for (let round = 0; round < 10; round++) {
      const leader = await cluster().leader(cluster().managers[round % 3]?.engine);
      await killNode(leader.engine);
      const other = cluster().managers.find((one) => one !== leader);
      await other?.engine.ok(["service", "update", "-q", "--label-add", `round=${round}`, "web"]);
      await leader.engine.ok(["node", "ls"]);
    }
    expect(await allRunning(cluster())).toEqual(before);
  });

  test("the leader is held for longer than its lease: another one leads; when it goes on it has nothing more to say", async () => {
    await cluster().create(4);
    const [first, second] = cluster().managers;
    if (first === undefined || second === undefined) throw new Error("three managers are made");
    await holdNode(first.engine);
    await second.engine.ok(["service", "scale", "-d", "web=7"]);
    letGo(first.engine);
    const rows = await cluster().until((all) => all.every((row) => row.includes(" Ready")));
    expect(rows.filter((row) => row.endsWith("Leader")).map((row) => row === "manager1 Ready Leader")).toEqual([false]);
    await first.engine.ok(["service", "scale", "-d", "web=3"]);
    await eventually(
      async () => (await allRunning(cluster())).length,
      (count) => count === 3,
      20_000,
    );
  });

  test("the leader's machine is gone, its etcd with it: a change is accepted by another one, its tasks run elsewhere", async () => {
    await cluster().create(10);
    const [first, second] = cluster().managers;
    if (first === undefined || second === undefined) throw new Error("three managers are made");
    cluster().lan.cut(first.machine);
    await second.engine.ok(["service", "scale", "-d", "web=8"]);
    await eventually(
      async () => await elsewhere(cluster(), first.engine),
      (count) => count === 8,
      20_000,
    );
    // It is there again, and has become superfluous.
    cluster().lan.mend(first.machine);
    await eventually(
      async () => (await allRunning(cluster())).length,
      (count) => count === 8,
      20_000,
    );
    await cluster().until((rows) => rows.every((row) => row.includes(" Ready")), second.engine);
  });

  test("a manager alone on its side refuses changes, says that what it shows is old, and keeps its tasks", async () => {
    await cluster().create(5);
    const third = cluster().host("manager3");
    const others = [...cluster().managers, ...cluster().workers].filter((host) => host !== third);
    const before = await runningNames(third.engine);
    deafen(
      third.machine,
      others.map(({ machine }) => machine),
    );
    await eventually(
      async () => (await third.engine.run(["service", "ls"])).stderr,
      (text) => text.includes("has not answered for"),
      20_000,
    );
    const refused = await third.engine.run(["service", "scale", "-d", "web=9"]);
    expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("nothing can be changed")]);
    expect(await third.engine.ok(["service", "ls", "--format", "{{.Name}} {{.Mode}}"])).toBe("web replicated");
    expect(await runningNames(third.engine)).toEqual(before);
    // etcd may have to elect another leader first.
    await eventually(
      async () => (await cluster().first.run(["service", "scale", "-d", "web=6"])).code,
      (code) => code === 0,
      20_000,
    );
    deafen(third.machine, []);
    await eventually(
      async () => (await third.engine.run(["service", "scale", "-d", "web=4"])).code,
      (code) => code === 0,
      20_000,
    );
    await eventually(
      async () => (await allRunning(cluster())).length,
      (count) => count === 4,
      20_000,
    );
  });

  test("etcd without a majority: changes are refused, all runs on; with it back everything goes on", async () => {
    await cluster().create(5);
    const before = await allRunning(cluster());
    const [, second, third] = cluster().etcd;
    await second?.kill();
    await third?.kill();
    await eventually(
      async () => (await cluster().first.run(["service", "scale", "-d", "web=6"])).stderr,
      (text) => text.includes("nothing can be changed"),
      20_000,
    );
    // Longer than any node may be silent.
    await Bun.sleep(6_000);
    expect(await allRunning(cluster())).toEqual(before);
    const shown = await cluster().first.run(["node", "ls", "--format", "{{.Hostname}} {{.Status}}"]);
    expect([shown.code, shown.stderr]).toEqual([0, expect.stringContaining("has not answered for")]);
    second?.restart();
    third?.restart();
    await eventually(
      async () => (await cluster().first.run(["service", "scale", "-d", "web=7"])).code,
      (code) => code === 0,
      30_000,
    );
    const after = await eventually(
      async () => await allRunning(cluster()),
      (rows) => rows.length === 7,
      20_000,
    );
    for (const row of before) expect(after).toContain(row);
  });

  test("a worker is made a manager and a worker again, and keeps its tasks; the last manager stays one; one that leaves is removed", async () => {
    await cluster().create(5);
    const worker = cluster().host("worker1");
    const before = await runningNames(worker.engine);
    const [first] = cluster().managers;
    expect(await cluster().first.ok(["node", "promote", "worker1"])).toBe(
      "Node worker1 promoted to a manager in the swarm.",
    );
    expect(await cluster().first.ok(["node", "promote", "worker1"])).toBe("Node worker1 is already a manager.");
    await cluster().until((rows) => rows.includes("worker1 Ready Reachable"));
    await eventually(
      async () => (await worker.engine.run(["service", "update", "-q", "--label-add", "by=worker1", "web"])).code,
      (code) => code === 0,
    );
    await eventually(
      async () => await worker.engine.ok(["node", "inspect", "--format", "{{.ManagerStatus.Addr}}", "worker1"]),
      (at) => at === `${worker.machine.address}:2377`,
    );
    expect(await worker.engine.ok(["node", "demote", "manager1", "manager2", "manager3"])).toContain(
      "Manager manager1 demoted in the swarm.",
    );
    await cluster().until((rows) => rows.includes("worker1 Ready Leader"), worker.engine);
    const refused = await worker.engine.run(["node", "demote", "worker1"]);
    expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("the last manager")]);
    const asked = await first?.engine.run(["service", "ls"]);
    expect(asked?.stderr).toContain("this node is not a swarm manager");
    expect(await runningNames(worker.engine)).toEqual(before);
    await worker.engine.ok(["node", "promote", "manager1"]);
    await cluster().until((rows) => rows.includes("manager1 Ready Reachable"), worker.engine);
    const early = await worker.engine.run(["swarm", "leave"]);
    expect([early.code, early.stderr]).toEqual([125, expect.stringContaining("use --force")]);
    await worker.engine.ok(["swarm", "leave", "--force"]);
    await cluster().until((rows) => rows.includes("worker1 Down"));
    await cluster().first.ok(["node", "rm", "worker1"]);
    await eventually(
      async () => (await allRunning(cluster())).length,
      (count) => count === 5,
      20_000,
    );
  });

  test("a copy of a manager's data is refused while the manager is there, which goes on undisturbed", async () => {
    await cluster().create(3);
    const before = await allRunning(cluster());
    const copy = new TestEngine("", cluster().host("worker2").machine.enter);
    try {
      cpSync(join(cluster().first.root, "cluster"), join(copy.root, "cluster"), { recursive: true });
      startNode(copy);
      await eventually(
        async () => (await copy.run(["node", "ls"])).stderr,
        (text) => text.includes("its data was copied here"),
        40_000,
      );
      expect(await allRunning(cluster())).toEqual(before);
      expect(await cluster().nodes()).toContain("manager1 Ready Leader");
      await copy.run(["swarm", "leave", "--force"]);
      expect(await cluster().nodes()).toContain("manager1 Ready Leader");
    } finally {
      await copy.dispose();
    }
  });
});

async function allRunning(cluster: TestCluster): Promise<string[]> {
  const rows = await Promise.all(cluster.hosts.map(async ({ engine }) => await runningNames(engine)));
  return rows.flat().toSorted();
}

async function elsewhere(cluster: TestCluster, gone: TestEngine): Promise<number> {
  const rest = cluster.hosts.filter(({ engine }) => engine !== gone);
  return (await Promise.all(rest.map(async ({ engine }) => await runningNames(engine)))).flat().length;
}
