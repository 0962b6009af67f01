import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCareless, buildLater } from "../fixtures/cluster/novelty.ts";
import { type Host, type TestCluster, useCluster } from "../fixtures/cluster/test-cluster.ts";
import { killNode, runningNames, startNode, TwoMachines, upgradeNode } from "../fixtures/cluster/two-machines.ts";
import { BINARY, eventually, IMAGE, TestEngine, useEngine } from "../fixtures/engine.ts";
import { ETCD } from "../fixtures/etcd.ts";

const QUICK = ["-q", "--update-monitor", "300ms", "--stop-grace-period", "0s", "--restart-delay", "100ms"];

const built = { folder: "", later: "", careless: "" };

beforeAll(async () => {
  built.folder = mkdtempSync(join(tmpdir(), "estiba-versions-"));
  built.later = await buildLater(join(built.folder, "later"));
  built.careless = await buildCareless(join(built.folder, "careless"));
}, 300_000);
afterAll(() => rmSync(built.folder, { recursive: true, force: true }));

/** Names and pids of all containers that run on any host. */
async function allRunning({ hosts }: TestCluster): Promise<string[]> {
  return (await Promise.all(hosts.map(async ({ engine }) => await runningNames(engine)))).flat().toSorted();
}

async function versions(cluster: TestCluster): Promise<string[]> {
  const shown = await cluster.first.ok(["node", "ls", "--format", "{{.Hostname}} {{.Status}} {{.EngineVersion}}"]);
  return shown.split("\n").toSorted();
}

/** Has a host be of the later version; what runs on all of them stays. */
async function upgrade(cluster: TestCluster, { machine, engine }: Host, before: readonly string[]): Promise<void> {
  await upgradeNode(engine, built.later);
  await eventually(
    async () => await versions(cluster),
    (rows) => rows.includes(`${machine.name} Ready 9.9.9`),
    30_000,
  );
  expect(await allRunning(cluster)).toEqual(expect.arrayContaining([...before]));
}

/** The reasons of the tasks of a service, as `service ps` has them. */
async function reasons(manager: TestEngine, service: string): Promise<string> {
  return await manager.ok(["service", "ps", "--no-trunc", "--format", "{{.CurrentState}} {{.Error}}", service]);
}

describe.skipIf(ETCD === null)("nodes of different versions", () => {
  const cluster = useCluster({ managers: 3, workers: 2, etcd: 3 });
  afterEach(() => {
    for (const { engine } of cluster().hosts) engine.binary = BINARY;
  });

  const novel = (name: string): string[] => {
    const words = ["--name", name, "--constraint", "node.role==worker", IMAGE, "sleep", "1000"];
    return ["service", "create", "-d", ...QUICK, ...words];
  };

  test("managers are upgraded one after the other, then workers, and no container is replaced; what is new waits for who knows it", async () => {
    await cluster().create(5);
    const before = await allRunning(cluster());
    const [worker1, worker2] = cluster().workers;
    if (worker1 === undefined || worker2 === undefined) throw new Error("two workers are made");
    for (const [index, manager] of cluster().managers.entries()) {
      await upgrade(cluster(), manager, before);
      // Changes go on, whoever leads.
      await manager.engine.ok(["service", "update", "-q", "--label-add", `round=${index}`, "web"]);
      if (index === 2) continue;
      const { code, stderr } = await manager.engine.run(novel("novel"));
      expect([code, stderr]).toEqual([125, expect.stringContaining("container.novelty")]);
      expect(stderr).toMatch(/manager\d is of version \S+, which does not know|the manager that leads does not know/);
    }
    await cluster().first.ok(novel("novel"));
    const why = "container.novelty not known to the earlier version on 2 nodes";
    await eventually(
      async () => await reasons(cluster().first, "novel"),
      (said) => said.startsWith("Pending") && said.includes(why),
      20_000,
    );
    expect(await cluster().first.ok(["service", "ps", "--explain", "novel"])).toContain(
      "worker1: container.novelty not known to version",
    );
    const { code, stderr } = await cluster().first.run(["node", "promote", "worker1"]);
    expect([code, stderr]).toEqual([
      125,
      expect.stringMatching(/worker1 is of version \S+, which does not know container.novelty/),
    ]);
    await upgrade(cluster(), worker1, before);
    const [task = ""] = await eventually(
      async () => (await runningNames(worker1.engine)).filter((name) => name.startsWith("novel.1.")),
      (names) => names.length === 1,
      20_000,
    );
    expect(await worker1.engine.ok(["exec", task.split(" ")[0] ?? "", "env"])).toContain("NOVELTY=shine");
    await upgrade(cluster(), worker2, await allRunning(cluster()));
    expect((await allRunning(cluster())).filter((name) => name.startsWith("web."))).toEqual(before);
    expect((await versions(cluster())).every((row) => row.endsWith(" Ready 9.9.9"))).toBe(true);
  }, 300_000);

  test("workers that are later than their managers run what they are told, and nothing that a later one has written is lost by an earlier one", async () => {
    const before = await allRunning(cluster());
    for (const worker of cluster().workers) await upgrade(cluster(), worker, before);
    await cluster().create(5);
    await cluster().first.ok(["service", "scale", "-d", "web=8"]);
    await eventually(
      async () => (await allRunning(cluster())).length,
      (count) => count === 8,
      30_000,
    );
    const onWorkers = await Promise.all(cluster().workers.map(async ({ engine }) => await runningNames(engine)));
    // The command is of the later version, its manager and the one that leads are not.
    const [, second] = cluster().managers;
    if (second === undefined) throw new Error("three managers are made");
    second.engine.binary = built.later;
    const refused = await second.engine.run(novel("novel"));
    expect([refused.code, refused.stderr]).toEqual([
      125,
      expect.stringContaining("the manager that leads does not know container.novelty of the service's spec"),
    ]);
    // A later manager that leads makes a service; an earlier one, which leads next, changes it.
    await leadBy(cluster(), second);
    await second.engine.ok(["service", "create", ...QUICK, "--name", "other", IMAGE, "sleep", "1000"]);
    expect(await inStore(cluster())).toContain('"note":"of a later version"');
    const all = await allRunning(cluster());
    await upgradeNode(second.engine, BINARY);
    await eventually(
      async () => (await cluster().leader(cluster().managers[2]?.engine)).machine.name,
      () => true,
    );
    await cluster().first.ok(["service", "update", "-q", "--label-add", "changed=yes", "other"]);
    const kept = await inStore(cluster());
    expect([kept.includes('"note":"of a later version"'), kept.includes('"changed":"yes"')]).toEqual([true, true]);
    expect(await allRunning(cluster())).toEqual(all);
    expect(all).toEqual(expect.arrayContaining(onWorkers.flat()));
  }, 300_000);
});

/** Has a manager be of the later version, and lead: there is no other one for a moment. */
async function leadBy(cluster: TestCluster, host: Host): Promise<void> {
  await upgradeNode(host.engine, built.later);
  const others = cluster.managers.filter((one) => one !== host);
  for (const { engine } of others) await killNode(engine);
  await eventually(
    async () => await cluster.leader(host.engine),
    (leader) => leader === host,
    20_000,
  );
  for (const { engine } of others) startNode(engine);
  await cluster.until((rows) => rows.every((row) => row.includes(" Ready")), host.engine);
}

/** What the store has of services. */
async function inStore(cluster: TestCluster): Promise<string> {
  const [member] = cluster.etcd;
  const [host] = cluster.managers;
  if (member === undefined || host === undefined) throw new Error("the cluster has an etcd");
  const range = { key: btoa("/estiba/"), range_end: btoa("/estiba0") };
  const curl = ["curl", "-s", `${member.endpoint}/v3/kv/range`, "-d", JSON.stringify(range)];
  const { kvs } = JSON.parse(host.machine.run(...curl)) as { kvs: { key: string; value: string }[] };
  const services = kvs.filter(({ key }) => atob(key).includes("/services/"));
  return services.map(({ value }) => atob(value)).join("\n");
}

describe("a manager and a worker of different versions", () => {
  const machines = new TwoMachines(useEngine());
  beforeAll(async () => await machines.worker.load(), 60_000);
  afterAll(async () => {
    for (const engine of [machines.worker, machines.manager]) await engine.run(["swarm", "leave", "--force"]);
    await machines.worker.clear();
    await machines.worker.dispose();
  }, 60_000);

  test("a worker refuses what it does not know by its name, and a manager that has become an earlier one says why it does not lead; tasks run on", async () => {
    const { manager, worker } = machines;
    manager.binary = built.careless;
    await machines.join();
    await machines.create(2);
    const there = ["--restart-condition", "none", "--constraint", `node.id==${machines.id}`];
    await manager.ok(["service", "create", "-d", ...QUICK, ...there, "--name", "novel", IMAGE, "sleep", "1000"]);
    await eventually(
      async () => await reasons(manager, "novel"),
      (said) => said.startsWith("Rejected") && said.includes("which does not know container.novelty"),
      20_000,
    );
    const before = [...(await runningNames(manager)), ...(await runningNames(worker))];
    await upgradeNode(manager, BINARY);
    const why = "this manager does not lead: service novel has container.novelty, which only a later version knows";
    const { code, stderr } = await manager.run(["service", "scale", "-d", "web=3"]);
    expect([code, stderr]).toEqual([125, expect.stringContaining(why)]);
    expect(await manager.ok(["service", "ls", "--format", "{{.Name}}"])).toBe("novel\nweb");
    expect([...(await runningNames(manager)), ...(await runningNames(worker))]).toEqual(before);
    await upgradeNode(manager, built.careless);
    await manager.ok(["service", "scale", "-d", "web=3"]);
    await eventually(
      async () => [...(await runningNames(manager)), ...(await runningNames(worker))],
      (now) => now.length === 3 && before.every((name) => now.includes(name)),
      30_000,
    );
  }, 120_000);
});
