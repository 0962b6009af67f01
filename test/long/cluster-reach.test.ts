import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { useCluster } from "../fixtures/cluster/test-cluster.ts";
import { eventually } from "../fixtures/engine.ts";

const cluster = useCluster({ managers: 1, workers: 1, etcd: 0 });

/** The name of the task on the worker, and its machine and engine. */
async function farTask() {
  await cluster().create(2);
  const [worker] = cluster().workers;
  if (worker === undefined) throw new Error("there is a worker");
  const container = await worker.engine.ok(["ps", "--format", "{{.Names}}"]);
  return { ...worker, container, name: container.split(".").slice(0, 2).join(".") };
}

test("a command in a task whose machine is cut off ends with an error, and the task's container runs on", async () => {
  const { name, engine, machine, container } = await farTask();
  const client = Bun.spawn(cluster().first.argv(["exec", name, "sleep", "1000"]), { stdout: "ignore", stderr: "pipe" });
  await eventually(
    async () => (await engine.run(["top", container, "args"])).stdout,
    (out) => out.split("sleep 1000").length === 3,
    10_000,
  );
  const before = await engine.ok(["inspect", "--format", "{{.State.Pid}}", container]);
  cluster().lan.cut(machine);
  expect(await client.exited).toBe(125);
  const said = await new Response(client.stderr).text();
  expect(said).toContain("the connection to the task's node broke off");
  // By then it is known to be down.
  await eventually(
    async () => (await cluster().first.run(["exec", container, "true"])).stderr,
    (text) => text.includes("node worker1 is not in touch with this manager"),
    20_000,
  );
  expect(await engine.ok(["inspect", "--format", "{{.State.Pid}}", container])).toBe(before);
  cluster().lan.mend(machine);
}, 60_000);

test("a client that reads nothing makes a task elsewhere wait, and no process between them grows", async () => {
  const { name, engine, container } = await farTask();
  await cluster().first.ok(["exec", name, "true"]);
  const pids = [cluster().first, engine].map(
    ({ runRoot }) => (JSON.parse(readFileSync(join(runRoot, "cluster/pid"), "utf8")) as { pid: number }).pid,
  );
  const sizes = (all: readonly number[]): number[] =>
    all.map((pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
  const before = sizes(pids);
  // A pipe that nobody reads: once it is full, the client waits in write(2).
  const client = Bun.spawn(
    ["sh", "-c", '"$@" | { sleep 1000; }', "sh", ...cluster().first.argv(["exec", name, "yes"])],
    {
      stdout: "ignore",
      stderr: "ignore",
    },
  );
  const written = async (): Promise<string> => {
    const shown = await engine.run(["top", container, "hpid", "args"]);
    const pid = /(\d+) +yes/.exec(shown.stdout)?.[1];
    return pid === undefined ? "" : (/wchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1] ?? "");
  };
  try {
    const seen = { last: "" };
    // It has come to a rest.
    await eventually(
      async () => {
        const now = await written();
        const rests = now !== "" && now === seen.last;
        seen.last = now;
        await Bun.sleep(500);
        return rests;
      },
      Boolean,
      30_000,
    );
    expect(Number(seen.last)).toBeLessThan(64 << 20);
    for (const [index, size] of sizes(pids).entries()) expect(size - (before[index] ?? 0)).toBeLessThan(64);
  } finally {
    Bun.spawnSync(["pkill", "-9", "-P", String(client.pid)]);
    await client.exited;
  }
}, 60_000);
