import { describe, expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestCluster, useCluster } from "../fixtures/cluster/test-cluster.ts";
import { killNode, runningNames } from "../fixtures/cluster/two-machines.ts";
import { eventually, IMAGE } from "../fixtures/engine.ts";
import { ETCD } from "../fixtures/etcd.ts";

const QUICK = ["-q", "--update-monitor", "300ms", "--stop-grace-period", "0s", "--restart-delay", "100ms"];

describe.skipIf(ETCD === null)("the state of one manager, in a file at first", () => {
  const cluster = useCluster({ managers: 1, workers: 1, etcd: 1, inFile: true });

  test("it moves to etcd and back: tasks run on, nothing is lost, and in between another manager can join", async () => {
    await cluster().create(4);
    const before = await running(cluster());
    const { first } = cluster();
    const early = await first.run(["swarm", "join-token", "manager"]);
    expect([early.code, early.stderr]).toEqual([125, expect.stringContaining("swarm store migrate --etcd")]);
    await first.ok(["swarm", "store", "migrate", ...cluster().etcdWords]);
    await first.ok(["service", "scale", "-d", "web=6"]);
    await eventually(
      async () => (await running(cluster())).length,
      (count) => count === 6,
    );
    expect((await cluster().etcd[0]?.keys("/estiba/")) ?? 0).toBeGreaterThan(6);
    await cluster().first.ok(["node", "promote", "worker1"]);
    await cluster().until((rows) => rows.includes("worker1 Ready Reachable"));
    const refused = await first.run(["swarm", "store", "migrate", "--sqlite"]);
    expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("a state in a file has one manager")]);
    await first.ok(["node", "demote", "worker1"]);
    await cluster().until((rows) => rows.includes("worker1 Ready"));
    await first.ok(["swarm", "store", "migrate", "--sqlite"]);
    await eventually(
      async () => await cluster().etcd[0]?.keys("/estiba/"),
      (count) => count === 0,
    );
    await killNode(first);
    await cluster().until((rows) => rows.every((row) => row.includes(" Ready")));
    await eventually(
      async () => await first.ok(["service", "ls", "--format", "{{.Name}} {{.Replicas}}"]),
      (row) => row === "web 6/6",
      20_000,
    );
    for (const row of before) expect(await running(cluster())).toContain(row);
  });

  test("a backup is restored after the manager has lost all: services are there again, and the worker comes back with its tasks", async () => {
    await cluster().create(4);
    const { first } = cluster();
    const [, worker] = cluster().hosts;
    const before = await runningNames(worker?.engine ?? first);
    await first.ok(["secret", "create", "password", "-"], { stdin: "hunter2" });
    const file = first.path("backup");
    expect(await first.ok(["swarm", "store", "backup", file])).toBe(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await first.ok(["swarm", "leave", "--force"]);
    const bad = first.path("bad");
    for (const [text, said] of [
      [readFileSync(file, "utf8").slice(0, -40), "is not whole"],
      ["no backup\n", "is no backup of a cluster"],
    ] as const) {
      writeFileSync(bad, text);
      const refused = await first.run(["swarm", "store", "restore", bad]);
      expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining(said)]);
    }
    await first.ok(["swarm", "store", "restore", "--listen-addr", "0.0.0.0", file]);
    await cluster().until((rows) => rows.includes("worker1 Ready") && rows.includes("manager1 Ready Leader"));
    await eventually(
      async () => (await running(cluster())).length,
      (count) => count === 4,
      20_000,
    );
    for (const row of before) expect(await runningNames(worker?.engine ?? first)).toContain(row);
    const secret = ["--secret", "password", "--constraint", "node.role==manager"];
    await first.ok(["service", "create", ...QUICK, "--name", "another", ...secret, IMAGE, "sleep", "1000"]);
    const task = (await first.ok(["ps", "-q", "--filter", "name=another"])).split("\n")[0] ?? "";
    expect(await first.ok(["exec", task, "cat", "/run/secrets/password"])).toBe("hunter2");
    const again = await first.run(["swarm", "store", "restore", file]);
    expect([again.code, again.stderr]).toEqual([125, expect.stringContaining("already part of a swarm")]);
  });
});

describe.skipIf(ETCD === null)("a worker all of whose managers are gone", () => {
  const cluster = useCluster({ managers: 2, workers: 1, etcd: 1 });

  test("it finds one where a manager was before, and takes its orders", async () => {
    const { first } = cluster();
    const [worker, second] = [cluster().host("worker1"), cluster().host("manager2")];
    await first.ok(["node", "demote", "manager1"]);
    await cluster().until((rows) => rows.includes("manager1 Ready"), second.engine);
    await first.ok(["swarm", "leave"]);
    const file = second.engine.path("backup");
    await second.engine.ok(["swarm", "store", "backup", file]);
    const known = (): string => readFileSync(join(worker.engine.root, "cluster/node.json"), "utf8");
    await eventually(known, (text) => text.includes('"managers":["10.99.0.2:2377"]'));
    cluster().lan.cut(second.machine);
    await first.ok(["swarm", "store", "restore", "--listen-addr", "0.0.0.0", file]);
    const there = ["--name", "late", "--constraint", "node.hostname==worker1"];
    await first.ok(["service", "create", ...QUICK, ...there, IMAGE, "sleep", "1000"]);
    expect((await runningNames(worker.engine)).filter((row) => row.startsWith("late.")).length).toBe(1);
    expect(await cluster().nodes(first)).toContain("manager1 Ready Leader");
  });
});

describe.skipIf(ETCD === null)("an etcd that was emptied", () => {
  const cluster = useCluster({ managers: 2, workers: 1, etcd: 1 });

  test("no manager makes another cluster of it, and nothing is stopped", async () => {
    await cluster().create(3);
    const before = await running(cluster());
    await cluster().etcd[0]?.empty("/estiba/");
    // Longer than any lease, and than any node may be silent.
    await Bun.sleep(6_000);
    expect(await running(cluster())).toEqual(before);
    expect(await cluster().etcd[0]?.keys("/estiba/")).toBe(0);
  });
});

describe.skipIf(ETCD === null)("an etcd that has lost its majority for good", () => {
  const cluster = useCluster({ managers: 2, workers: 1, etcd: 3 });

  test("one of the managers begins the cluster anew with what is left of the state; the worker's tasks run on", async () => {
    await cluster().create(3);
    const { first } = cluster();
    const worker = cluster().host("worker1");
    const before = await runningNames(worker.engine);
    const early = await first.run(["swarm", "init", "--force-new-cluster"]);
    expect([early.code, early.stderr]).toEqual([125, expect.stringContaining("its etcd answers")]);
    await cluster().etcd[1]?.kill();
    await cluster().etcd[2]?.kill();
    expect(await first.ok(["swarm", "init", "--force-new-cluster"])).toContain("is now its only manager");
    await first.ok(["service", "scale", "-d", "web=4"]);
    const rows = await cluster().until((all) => all.includes("worker1 Ready") && all.includes("manager1 Ready Leader"));
    expect(rows).toContain("manager2 Down");
    for (const row of before) expect(await runningNames(worker.engine)).toContain(row);
    expect(readFileSync(join(first.root, "cluster/node.json"), "utf8")).toContain('"sqlite"');
  });
});

async function running(cluster: TestCluster): Promise<string[]> {
  const rows = await Promise.all(cluster.hosts.map(async ({ engine }) => await runningNames(engine)));
  return rows.flat();
}
