import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killNode, nodePid, runningNames, startNode } from "../fixtures/cluster/two-machines.ts";
import { useWebService } from "../fixtures/cluster/web-service.ts";
import { eventually, IMAGE, runCommand } from "../fixtures/engine.ts";
import { processesWith } from "../fixtures/supervision.ts";

const web = useWebService();
const QUICK = ["--restart-delay", "100ms", "--update-monitor", "100ms", "--stop-grace-period", "0s"];
/** Where cgroups with memory are made: v2 or v1; undefined where this test may make none. */
const MEMORY = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup"].find((folder) =>
  ["memory.limit_in_bytes", "cgroup.controllers"].some(
    (file) =>
      existsSync(join(folder, file)) &&
      (file.startsWith("memory") || readFileSync(join(folder, file), "utf8").includes("memory")),
  ),
);

async function serviceNames(): Promise<string[]> {
  return (await web.engine.ok(["service", "ls", "--format", "{{.Name}}"])).split("\n").toSorted();
}

async function allThere(): Promise<void> {
  const rows = await eventually(
    async () => (await web.engine.ok(["service", "ls", "--format", "{{.Replicas}}"])).split("\n"),
    (all) => all.every((row) => /^(\d+)\/\1$/.test(row)),
    40_000,
  );
  expect(rows).not.toEqual([]);
}

test("a manager that may open hardly any file more does what it can and refuses the rest; what it took on is there, whole, and nothing else", async () => {
  await web.create(["--replicas", "2"], "sleep", "1000");
  const before = await runningNames(web.engine);
  const pid = nodePid(web.engine);
  const limit = readdirSync(`/proc/${pid}/fd`).length + 4;
  expect((await runCommand(["prlimit", "--pid", String(pid), `--nofile=${limit}:${limit}`])).code).toBe(0);
  const names = Array.from({ length: 8 }, (_, index) => `few${index}`);
  const results = await Promise.all(
    names.map(async (name) => {
      const words = ["service", "create", "-d", "--name", name, ...QUICK, IMAGE, "sleep", "1000"];
      return [name, await web.engine.run(words)] as const;
    }),
  );
  for (const [, { code, stderr }] of results)
    expect([code, stderr]).toEqual([code === 0 ? 0 : 125, code === 0 ? "" : expect.stringContaining("Error: ")]);
  expect(await runningNames(web.engine)).toEqual(expect.arrayContaining(before));
  await killNode(web.engine);
  startNode(web.engine);
  const accepted = results.filter(([, { code }]) => code === 0).map(([name]) => name);
  const found = await serviceNames();
  // One whose answer got lost may be there; that too is whole then.
  expect(found).toEqual(expect.arrayContaining(["web", ...accepted]));
  await allThere();
  expect(await runningNames(web.engine)).toEqual(expect.arrayContaining(before));
  await web.engine.ok(["service", "rm", ...found]);
});

test.skipIf(MEMORY === undefined)(
  "a manager whose memory is used up is killed by the kernel: containers run on, and the next command finds all that was acknowledged",
  async () => {
    await web.create(["--replicas", "2"], "sleep", "1000");
    const before = await runningNames(web.engine);
    const pid = nodePid(web.engine);
    const group = join(MEMORY ?? "", `estiba-starved-${process.pid}`);
    mkdirSync(group);
    try {
      const isOld = MEMORY?.endsWith("/memory") === true;
      writeFileSync(join(group, "cgroup.procs"), String(pid));
      const set = (file: string, value: string): void => writeFileSync(join(group, file), value);
      if (!isOld) set("memory.swap.max", "0");
      // What it has already is not counted in v1: what it takes from now on is.
      set(isOld ? "memory.limit_in_bytes" : "memory.max", String(2 << 20));
      const acknowledged: string[] = [];
      for (let round = 0; round < 200 && processesWith(web.engine.runRoot, "system", "node").includes(pid); round++) {
        const label = `l${round}`;
        const { code } = await web.engine.run([
          "service",
          "update",
          "-d",
          "--label-add",
          `${label}=${"x".repeat(20_000)}`,
          "web",
        ]);
        if (code === 0) acknowledged.push(label);
      }
      expect(processesWith(web.engine.runRoot, "system", "node")).not.toContain(pid);
      expect(await runningNames(web.engine)).toEqual(before);
      const labels = JSON.parse(await web.inspect("{{json .Spec.Labels}}")) as object;
      expect(Object.keys(labels)).toEqual(expect.arrayContaining(acknowledged));
      await web.engine.ok(["service", "scale", "web=3"]);
      expect(await runningNames(web.engine)).toEqual(expect.arrayContaining(before));
    } finally {
      await eventually(
        () => readFileSync(join(group, "cgroup.procs"), "utf8"),
        (text) => text === "",
      );
      rmdirSync(group);
    }
  },
);
