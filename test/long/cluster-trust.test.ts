import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestCluster, useCluster } from "../fixtures/cluster/test-cluster.ts";
import { killNode, runningNames } from "../fixtures/cluster/two-machines.ts";
import { eventually, type TestEngine } from "../fixtures/engine.ts";
import { ETCD } from "../fixtures/etcd.ts";

const LOCKED = "Swarm is encrypted and needs to be unlocked before it can be used";

describe.skipIf(ETCD === null)("three managers with their state in etcd", () => {
  const cluster = useCluster({ managers: 3, workers: 1, etcd: 3 });

  test("the leader is killed ten times while the root is replaced: in the end all trust the last one only, and nothing has stopped", async () => {
    await cluster().create(4);
    const before = await allRunning(cluster());
    const other = cluster().host("manager2").engine;
    for (let round = 0; round < 10; round++) {
      await other.ok(["swarm", "ca", "--rotate", "--detach"]);
      const leader = await cluster().leader(other);
      if (leader.engine !== other) await killNode(leader.engine);
      await leader.engine.ok(["node", "ls"]);
    }
    await other.ok(["swarm", "ca", "--rotate", "--quiet"]);
    const roots = await Promise.all(cluster().managers.map(async ({ engine }) => await engine.ok(["swarm", "ca"])));
    expect(new Set(roots).size).toBe(1);
    const credentials = join(cluster().host("worker1").engine.root, "cluster/credentials.json");
    expect((JSON.parse(readFileSync(credentials, "utf8")) as { ca: string }).ca.trim()).toBe(roots[0] ?? "");
    await cluster().until((rows) => rows.every((row) => row.includes(" Ready")));
    await cluster().first.ok(["service", "scale", "-d", "web=5"]);
    const after = await eventually(
      async () => await allRunning(cluster()),
      (names) => names.length === 5,
      20_000,
    );
    for (const row of before) expect(after).toContain(row);
  });

  test("with --autolock all managers lock, those that come later too; one that is killed waits for its key, the others go on", async () => {
    const [first, second, third] = cluster().managers.map(({ engine }) => engine);
    const worker = cluster().host("worker1").engine;
    if (first === undefined || second === undefined || third === undefined) throw new Error("three managers are made");
    await first.ok(["swarm", "update", "--autolock"]);
    const key = await second.ok(["swarm", "unlock-key", "-q"]);
    for (const engine of [first, second, third])
      await eventually(
        () => keyFile(engine),
        (text) => text.includes("sealed"),
      );
    await first.ok(["node", "promote", "worker1"]);
    await cluster().until((rows) => rows.includes("worker1 Ready Reachable"));
    expect(await worker.ok(["swarm", "unlock-key", "-q"])).toBe(key);
    expect(keyFile(worker)).toContain("sealed");
    await third.ok(["swarm", "leave", "--force"]);
    await cluster().until((rows) => rows.includes("manager3 Down"));
    await first.ok(["node", "rm", "manager3"]);
    const token = await first.ok(["swarm", "join-token", "-q", "manager"]);
    await third.ok(["swarm", "join", "--token", token, "10.99.0.1"]);
    expect(await third.ok(["swarm", "unlock-key", "-q"])).toBe(key);
    expect(keyFile(third)).toContain("sealed");

    await killNode(second);
    const refused = await second.run(["node", "ls"]);
    expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining(LOCKED)]);
    await cluster().until((rows) => rows.includes("manager2 Down Unreachable"));
    const rotated = await third.ok(["swarm", "unlock-key", "-q", "--rotate"]);
    // It was away, and does not know of the new one.
    expect((await second.run(["swarm", "unlock"], { stdin: rotated })).stderr).toContain("invalid key provided");
    await second.ok(["swarm", "unlock"], { stdin: key });
    await cluster().until(
      (rows) => rows.includes("manager2 Ready Reachable") || rows.includes("manager2 Ready Leader"),
    );
    expect(await second.ok(["swarm", "unlock-key", "-q"])).toBe(rotated);
    await killNode(second);
    await second.ok(["swarm", "unlock"], { stdin: rotated });
    await first.ok(["swarm", "update", "--autolock=false"]);
    await killNode(second);
    await second.ok(["node", "ls"]);
  });
});

function keyFile(engine: TestEngine): string {
  return readFileSync(join(engine.root, "cluster/store.key"), "utf8");
}

async function allRunning(cluster: TestCluster): Promise<string[]> {
  const rows = await Promise.all(cluster.hosts.map(async ({ engine }) => await runningNames(engine)));
  return rows.flat().toSorted();
}
