import { describe, expect, test } from "bun:test";
import { closePort } from "../fixtures/cluster/lan.ts";
import { allRunning, settles } from "../fixtures/cluster/settled.ts";
import { type TestCluster, useCluster } from "../fixtures/cluster/test-cluster.ts";
import { eventually } from "../fixtures/engine.ts";
import { ETCD } from "../fixtures/etcd.ts";

describe.skipIf(ETCD === null)("the members of etcd below three managers", () => {
  const cluster = useCluster({ managers: 3, workers: 1, etcd: 3 });

  test("each is killed and begins again, one after the other, then all at once: no acknowledged change is lost, no task is replaced", async () => {
    await cluster().create(5);
    const before = await allRunning(cluster());
    for (const [index, member] of cluster().etcd.entries()) {
      await member.kill();
      await change(cluster(), `one${index}`);
      member.restart();
      await member.isReady();
      await change(cluster(), `two${index}`);
    }
    for (const member of cluster().etcd) await member.kill();
    const refused = await eventually(
      async () => await cluster().first.run(["service", "scale", "-d", "web=9"]),
      ({ stderr }) => stderr.includes("nothing can be changed"),
      20_000,
    );
    expect(refused.code).toBe(125);
    for (const member of cluster().etcd) member.restart();
    await change(cluster(), "three");
    const wanted = ["one0", "one1", "one2", "three", "two0", "two1", "two2"];
    for (const { engine } of cluster().managers) expect(await labels(cluster(), engine)).toEqual(wanted);
    expect(await allRunning(cluster())).toEqual(before);
  });

  test("one that has lost its data stays away, the others go on; replaced as etcd wants it, it is there again with all of the state", async () => {
    await cluster().create(3);
    const [first, second, third] = cluster().etcd;
    if (first === undefined || second === undefined || third === undefined) throw new Error("there are three members");
    await third.kill();
    third.wipe();
    await change(cluster(), "without");
    await first.replace(third);
    await third.isReady();
    // With another one away, it counts.
    await second.kill();
    await change(cluster(), "with");
    second.restart();
    await second.isReady();
    expect(await labels(cluster())).toEqual(["with", "without"]);
    expect(await third.keys("/estiba/")).toBeGreaterThan(5);
    await settles(cluster(), 3);
  });

  test("members that stand still for moments, as with a slow disk: changes take longer, and each is there once; no task is replaced", async () => {
    await cluster().create(5);
    const before = await allRunning(cluster());
    const wanted: string[] = [];
    for (let round = 0; round < 9; round++) {
      const member = cluster().etcd[round % 3];
      await member?.hold();
      const changing = change(cluster(), `held${round}`);
      await Bun.sleep(700);
      await member?.free();
      await changing;
      wanted.push(`held${round}`);
    }
    expect(await labels(cluster())).toEqual(wanted);
    await cluster().until((rows) => rows.every((row) => row.includes(" Ready")));
    expect(await allRunning(cluster())).toEqual(before);
  });

  test("a manager that was cut off while etcd forgot its old revisions reads all anew, and knows what has changed", async () => {
    await cluster().create(3);
    const { machine, engine } = cluster().host("manager3");
    closePort(machine, 2379);
    try {
      await eventually(
        async () => (await engine.run(["service", "ls"])).stderr,
        (text) => text.includes("has not answered for"),
        20_000,
      );
      for (const name of ["a", "b", "c"]) await change(cluster(), name);
      await cluster().etcd[0]?.compact();
    } finally {
      closePort(machine, undefined);
    }
    const known = await eventually(
      async () => await labels(cluster(), engine),
      (all) => all.join() === "a,b,c",
      20_000,
    );
    expect(known).toEqual(["a", "b", "c"]);
    await eventually(
      async () => (await engine.run(["service", "scale", "-d", "web=4"])).code,
      (code) => code === 0,
      20_000,
    );
    await settles(cluster(), 4);
  });
});

/** Gives the service a label, as soon as that is accepted. */
async function change({ first }: TestCluster, label: string): Promise<void> {
  const done = await eventually(
    async () => await first.run(["service", "update", "-q", "--label-add", `${label}=1`, "web"]),
    ({ code }) => code === 0,
    40_000,
  );
  expect(done.code).toBe(0);
}

async function labels(cluster: TestCluster, engine = cluster.first): Promise<string[]> {
  const text = await engine.ok(["service", "inspect", "--format", "{{json .Spec.Labels}}", "web"]);
  return Object.keys(JSON.parse(text) as object).toSorted();
}
