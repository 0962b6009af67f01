import { afterEach, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killNode, runningNames } from "../fixtures/cluster/two-machines.ts";
import { eventually, IMAGE, type TestEngine, useEngine } from "../fixtures/engine.ts";
import { ETCD, TestEtcd } from "../fixtures/etcd.ts";

const engine: TestEngine = useEngine();
const QUICK = ["--update-monitor", "300ms", "--stop-grace-period", "0s", "--restart-delay", "100ms"];

afterEach(async () => void (await engine.run(["swarm", "leave", "--force"])), 60_000);

/** With a store that has no room: changes are refused with that reason, what is there is shown, and runs on; even when its process is killed. */
async function runsOnFull(reason: string): Promise<void> {
  const before = await runningNames(engine);
  const refused = await engine.run(["service", "scale", "-d", "web=4"]);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining(reason)]);
  expect(await engine.ok(["service", "ls", "--format", "{{.Name}} {{.Replicas}}"])).toBe("web 2/2");
  // What ends now cannot be written down: that is made up for later.
  const [lost = ""] = before[0]?.split(" ") ?? [];
  await engine.ok(["kill", lost]);
  await killNode(engine);
  const shown = await engine.run(["service", "ls", "--format", "{{.Name}}"]);
  expect([shown.stdout, shown.stderr]).toEqual(["web\n", ""]);
  expect(await runningNames(engine)).toEqual(before.filter((row) => !row.startsWith(lost)));
}

async function goesOn(): Promise<void> {
  await eventually(
    async () => (await runningNames(engine)).length,
    (count) => count === 2,
    20_000,
  );
  await engine.ok(["service", "scale", "web=3"]);
  await engine.ok(["service", "rm", "web"]);
}

test("a manager whose disk is full refuses changes with that reason, and runs on; with room it goes on", async () => {
  const folder = join(engine.root, "cluster");
  mkdirSync(folder, { recursive: true });
  expect(Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]).exitCode).toBe(0);
  try {
    await engine.ok(["swarm", "init"]);
    await engine.ok(["service", "create", "-q", "--name", "web", "--replicas", "2", ...QUICK, IMAGE, "sleep", "1000"]);
    for (const size of [1 << 16, 1 << 10, 1]) fill(join(folder, `filler${size}`), size);
    await eventually(
      async () => (await engine.run(["service", "update", "-d", "--label-add", `a=${"b".repeat(5_000)}`, "web"])).code,
      (code) => code !== 0,
      20_000,
    );
    await runsOnFull("there is no room for the database");
    for (const size of [1 << 16, 1 << 10, 1]) rmSync(join(folder, `filler${size}`));
    await goesOn();
  } finally {
    await engine.run(["swarm", "leave", "--force"]);
    expect(Bun.spawnSync(["umount", "-l", folder]).exitCode).toBe(0);
  }
}, 120_000);

/** Writes until nothing more goes in. */
function fill(path: string, size: number): void {
  const piece = Buffer.alloc(size);
  for (let count = 0; count < 200_000; count++) {
    try {
      writeFileSync(path, piece, { flag: "a" });
    } catch (error) {
      if ((error as { code?: string }).code === "ENOSPC") return;
      throw error;
    }
  }
}

describe.skipIf(ETCD === null)("etcd", () => {
  test("with its quota used up refuses changes with that reason, and all runs on; with room it goes on", async () => {
    await using etcd = await TestEtcd.start(undefined, ["--quota-backend-bytes", String(16 << 20)]);
    await engine.ok(["swarm", "init", "--etcd", etcd.endpoint]);
    await engine.ok(["service", "create", "-q", "--name", "web", "--replicas", "2", ...QUICK, IMAGE, "sleep", "1000"]);
    await etcd.fill("/filler/");
    await runsOnFull("the cluster's store is full");
    await etcd.makeRoom("/filler/");
    await goesOn();
    await engine.ok(["swarm", "leave", "--force"]);
  }, 120_000);
});
