import { describe, expect, test } from "bun:test";
import { closePort, deafen } from "../fixtures/cluster/lan.ts";
import { allRunning, settles } from "../fixtures/cluster/settled.ts";
import { type Host, type TestCluster, useCluster } from "../fixtures/cluster/test-cluster.ts";
import { killNode, runningNames, startNode } from "../fixtures/cluster/two-machines.ts";
import { eventually } from "../fixtures/engine.ts";
import { ETCD } from "../fixtures/etcd.ts";

const ETCD_PORT = 2379;

describe.skipIf(ETCD === null)("three managers with their state in etcd, and a net that is torn", () => {
  const cluster = useCluster({ managers: 3, workers: 2, etcd: 3 });

  test("the leader hears nobody, and is heard: it refuses changes, another one leads; when all hear each other again they agree on one", async () => {
    await cluster().create(5);
    const { host: leader, others } = await leaderAndOthers(cluster());
    const [other] = others;
    deafen(
      leader.machine,
      cluster()
        .hosts.filter((host) => host !== leader)
        .map(({ machine }) => machine),
    );
    await eventuallyDone(other, ["service", "scale", "-d", "web=7"]);
    const refused = await eventually(
      async () => await leader.engine.run(["service", "scale", "-d", "web=9"]),
      ({ stderr }) => stderr.includes("nothing can be changed"),
      20_000,
    );
    expect(refused.code).toBe(125);
    const shown = await leader.engine.run(["service", "ls", "--format", "{{.Name}}"]);
    expect([shown.stdout, shown.stderr]).toEqual(["web\n", expect.stringContaining("has not answered for")]);
    expect(await cluster().leader(other?.engine)).not.toBe(leader);
    deafen(leader.machine, []);
    await eventuallyDone(leader, ["service", "update", "-q", "--label-add", "after=heal", "web"]);
    await cluster().until((rows) => rows.every((row) => row.includes(" Ready")), leader.engine);
    const leaders = await Promise.all(cluster().managers.map(async ({ engine }) => await cluster().leader(engine)));
    expect(new Set(leaders).size).toBe(1);
    await settles(cluster(), 7);
  });

  test("two managers do not hear each other, the third hears both: changes go on by it, whoever cannot says so, and nothing is lost", async () => {
    await cluster().create(5);
    const [first, second, third] = cluster().managers as [Host, Host, Host];
    const before = (await Promise.all(cluster().workers.map(async ({ engine }) => await runningNames(engine)))).flat();
    deafen(first.machine, [third.machine]);
    deafen(third.machine, [first.machine]);
    const accepted: string[] = [];
    for (let round = 0; round < 5; round++) {
      for (const host of [first, second, third]) {
        const label = `l${round}-${host.machine.name}`;
        const { code, stderr } = await host.engine.run(["service", "update", "-d", "--label-add", `${label}=1`, "web"]);
        expect([code === 0 ? "" : stderr, code]).toEqual([
          code === 0
            ? ""
            : expect.stringMatching(/nothing can be changed|no manager leads|does not answer|changed the service/),
          code === 0 ? 0 : 125,
        ]);
        if (code === 0) accepted.push(label);
      }
    }
    await eventuallyDone(second, ["service", "update", "-d", "--label-add", "through=second", "web"]);
    deafen(first.machine, []);
    deafen(third.machine, []);
    for (const host of [first, third])
      await eventuallyDone(host, ["service", "update", "-d", "--label-add", `by=${host.machine.name}`, "web"]);
    const labels = await second.engine.ok(["service", "inspect", "--format", "{{json .Spec.Labels}}", "web"]);
    for (const label of [...accepted, "through"]) expect(Object.keys(JSON.parse(labels) as object)).toContain(label);
    await settles(cluster(), 5);
    const after = (await Promise.all(cluster().workers.map(async ({ engine }) => await runningNames(engine)))).flat();
    for (const row of before) expect(after).toContain(row);
  });

  test("the leader alone is cut off from etcd: another one leads, all nodes but the first one's find it, and no container stops", async () => {
    await cluster().create(5);
    const { host: leader, others } = await leaderAndOthers(cluster());
    const [other] = others;
    const before = await allRunning(cluster());
    const [own, elsewhere] = [leader.engine, cluster().hosts.filter((host) => host !== leader)] as const;
    const ofOwn = await runningNames(own);
    closePort(leader.machine, ETCD_PORT);
    try {
      await eventuallyDone(other, ["service", "update", "-q", "--label-add", "a=b", "web"]);
      await eventually(
        async () => (await leader.engine.run(["service", "scale", "-d", "web=9"])).stderr,
        (text) => text.includes("nothing can be changed"),
        20_000,
      );
      expect(await cluster().leader(other?.engine)).not.toBe(leader);
      // Longer than any node may be silent. What ran on its machine runs elsewhere, too: it gets no orders there.
      const rows = await eventually(
        async () => await cluster().nodes(other?.engine),
        (all) => all.some((row) => row.startsWith(`${leader.machine.name} Down`)),
        20_000,
      );
      expect(rows.filter((row) => row.includes(" Ready"))).toHaveLength(4);
      await Bun.sleep(2_000);
      expect((await cluster().nodes(other?.engine)).filter((row) => row.includes(" Ready"))).toHaveLength(4);
      expect(await runningNames(own)).toEqual(ofOwn);
      const there = (await Promise.all(elsewhere.map(async ({ engine }) => await runningNames(engine)))).flat();
      expect(there).toHaveLength(5);
      for (const row of before) if (!ofOwn.includes(row)) expect(there).toContain(row);
    } finally {
      closePort(leader.machine, undefined);
    }
    await eventuallyDone(leader, ["service", "scale", "-d", "web=6"]);
    await settles(cluster(), 6);
  });
});

describe.skipIf(ETCD === null)("an update that meets a fault", () => {
  const cluster = useCluster({ managers: 3, workers: 2, etcd: 3 });

  test("its leader is killed amid it, and amid scaling: another one goes on where it was, and no task is replaced twice", async () => {
    await cluster().create(6);
    const update = ["service", "update", "-d", "--args", "sleep 2000", "--update-delay", "1s", "web"];
    await cluster().first.ok(update);
    const early = await eventually(
      async () => await newTasks(cluster()),
      (tasks) => tasks.length >= 2,
      20_000,
    );
    const { host: leader, others } = await leaderAndOthers(cluster());
    await killNode(leader.engine);
    startNode(leader.engine);
    await eventuallyDone(others[0], ["service", "scale", "-d", "web=8"]);
    await eventually(
      async () =>
        (await others[0]?.engine.run(["service", "inspect", "--format", "{{.UpdateStatus.State}}", "web"]))?.stdout,
      (state) => state === "completed\n",
      40_000,
    );
    const after = await eventually(
      async () => await newTasks(cluster()),
      (tasks) => tasks.length === 8,
      20_000,
    );
    expect(after).toEqual(expect.arrayContaining(early));
    await settles(cluster(), 8);
  });

  test("a worker is lost amid it: the update completes without that, and all tasks that are left are of the new kind", async () => {
    await cluster().create(6);
    await cluster().first.ok(["service", "update", "-d", "--args", "sleep 2000", "--update-delay", "500ms", "web"]);
    await eventually(
      async () => (await newTasks(cluster())).length,
      (count) => count >= 1,
      20_000,
    );
    const { machine, engine } = cluster().host("worker1");
    cluster().lan.cut(machine);
    await eventually(
      async () => await cluster().first.ok(["service", "inspect", "--format", "{{.UpdateStatus.State}}", "web"]),
      (state) => state === "completed",
      60_000,
    );
    const rest = cluster().hosts.filter((host) => host.engine !== engine);
    const commands = async (hosts: readonly Host[]): Promise<string[]> =>
      (await Promise.all(hosts.map(async (host) => await host.engine.ok(["ps", "--format", "{{.Command}}"]))))
        .flatMap((text) => text.split("\n"))
        .filter((text) => text !== "");
    expect(
      await eventually(
        async () => await commands(rest),
        (all) => all.length === 6 && all.every((command) => command === "sleep 2000"),
        20_000,
      ),
    ).toHaveLength(6);
    cluster().lan.mend(machine);
    expect(
      await eventually(
        async () => await commands(cluster().hosts),
        (all) => all.length === 6,
        20_000,
      ),
    ).toEqual(Array.from({ length: 6 }, () => "sleep 2000"));
  });
});

async function leaderAndOthers(cluster: TestCluster): Promise<{ host: Host; others: Host[] }> {
  const host = await cluster.leader();
  return { host, others: cluster.managers.filter((one) => one !== host) };
}

/** Until a command is done: etcd, or the managers, may have to elect another leader first. */
async function eventuallyDone(host: Host | undefined, words: readonly string[]): Promise<void> {
  const done = await eventually(
    async () => await host?.engine.run(words),
    (result) => result?.code === 0,
    30_000,
  );
  expect(done?.code).toBe(0);
}

/** Names and pids of the tasks of the new kind that run. */
async function newTasks(cluster: TestCluster): Promise<string[]> {
  const format = "{{.Names}} {{.Pid}} {{.Command}}";
  const rows = await Promise.all(cluster.hosts.map(async ({ engine }) => await engine.ok(["ps", "--format", format])));
  return rows.flatMap((text) => text.split("\n")).filter((row) => row.endsWith(" sleep 2000"));
}
