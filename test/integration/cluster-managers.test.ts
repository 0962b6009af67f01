import { describe, expect, test } from "bun:test";
import { useCluster } from "../fixtures/cluster/test-cluster.ts";
import { killNode, runningNames } from "../fixtures/cluster/two-machines.ts";
import { eventually, IMAGE } from "../fixtures/engine.ts";
import { ETCD } from "../fixtures/etcd.ts";

const QUICK = ["-q", "--update-monitor", "300ms", "--stop-grace-period", "0s", "--restart-delay", "100ms"];

describe.skipIf(ETCD === null)("three managers with their state in etcd", () => {
  const cluster = useCluster({ managers: 3, workers: 1, etcd: 3 });

  test("any of them takes changes and shows the same; when the leader is killed another one leads, and nothing has stopped", async () => {
    const [first, second, third] = cluster().managers;
    if (first === undefined || second === undefined || third === undefined) throw new Error("three managers are made");
    expect(await cluster().nodes(third.engine)).toEqual([
      "manager1 Ready Leader",
      "manager2 Ready Reachable",
      "manager3 Ready Reachable",
      "worker1 Ready",
    ]);
    const command = ["sh", "-c", "echo begun; exec sleep 1000"];
    await second.engine.ok(["service", "create", ...QUICK, "--name", "web", "--replicas", "4", IMAGE, ...command]);
    expect(await third.engine.ok(["service", "ls", "--format", "{{.Name}} {{.Replicas}}"])).toBe("web 4/4");
    for (const { engine } of [second, first]) {
      // A task of the leader, of another manager, of a worker: reached from any manager, and by none but the node that has it.
      for (const slot of [1, 2, 3, 4]) expect(await engine.ok(["exec", `web.${slot}`, "echo", "here"])).toBe("here");
      const logs = await engine.run(["service", "logs", "--raw", "web"]);
      expect([logs.stdout.match(/begun/g)?.length, logs.stderr]).toEqual([4, ""]);
    }
    const running = async (): Promise<string[]> =>
      (await Promise.all(cluster().hosts.map(async ({ engine }) => await runningNames(engine)))).flat();
    const own = await runningNames(first.engine);
    const before = (await running()).filter((row) => !own.includes(row));
    await killNode(first.engine);
    await third.engine.ok(["service", "scale", "-d", "web=6"]);
    const rows = await cluster().nodes(second.engine);
    expect(rows.filter((row) => row.endsWith("Leader")).length).toBe(1);
    expect(rows).not.toContain("manager1 Ready Leader");
    // Its process comes again with the next command there. On a slow machine it was given up by then: its own tasks may be others now.
    await first.engine.ok(["node", "ls"]);
    const after = await eventually(running, (names) => names.length === 6, 30_000);
    for (const row of before) expect(after).toContain(row);
  });
});
