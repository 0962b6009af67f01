import { expect, test } from "bun:test";
import { killNode, runningNames, useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { eventually, type TestEngine } from "../fixtures/engine.ts";
import { clockOff, movingClock, WHY_NOT } from "../fixtures/fake-clock.ts";

const machines = useTwoMachines();

/** Starts the process of a node whose clock is another one; what it says when it cannot go on. */
function startAt(engine: TestEngine, env: Record<string, string>): Bun.Subprocess<"ignore", "ignore", "pipe"> {
  return Bun.spawn(engine.argv(["system", "node"]), {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
}

async function settles(engine: TestEngine, count: number): Promise<void> {
  await eventually(
    async () => (await runningNames(engine)).length,
    (now) => now === count,
    20_000,
  );
}

test.skipIf(WHY_NOT !== undefined)(
  "a worker whose clock is an hour off, either way, works as any; no container of it is replaced",
  async () => {
    await machines.create(2);
    const before = await runningNames(machines.worker);
    for (const [by, replicas] of [
      ["+1h", 4],
      ["-1h", 6],
    ] as const) {
      await killNode(machines.worker);
      startAt(machines.worker, clockOff(by)).unref();
      await machines.manager.ok(["service", "scale", `web=${replicas}`]);
      await settles(machines.worker, replicas / 2);
      await machines.workerIs("Ready");
    }
    expect(await runningNames(machines.worker)).toEqual(expect.arrayContaining(before));
  },
);

test.skipIf(WHY_NOT !== undefined)(
  "a worker whose clock is years off says so; its containers run on, and with the right time it is there again",
  async () => {
    await machines.create(4);
    for (const [by, replicas] of [
      ["+30y", 8],
      ["-400d", 16],
    ] as const) {
      const before = await runningNames(machines.worker);
      expect(before).not.toEqual([]);
      await killNode(machines.worker);
      const off = startAt(machines.worker, clockOff(by));
      await machines.workerIs("Down");
      expect(await runningNames(machines.worker)).toEqual(before);
      off.kill("SIGKILL");
      const said = await new Response(off.stderr).text();
      expect(said).toMatch(/the certificate of the manager at \S+ is not valid at \d+-.*: a clock is off/);
      await off.exited;
      const right = startAt(machines.worker, {});
      right.unref();
      await machines.workerIs("Ready");
      // What it had runs elsewhere by now, and ends here; then it gets others.
      await settles(machines.worker, 0);
      await machines.manager.ok(["service", "scale", `web=${replicas}`]);
      await settles(machines.worker, replicas / 2);
    }
  },
);

test.skipIf(WHY_NOT !== undefined)(
  "the manager's clock is set forth and back while it leads: nobody is given up, nothing is replaced, changes go on",
  async () => {
    await machines.create(4);
    const before = [await runningNames(machines.manager), await runningNames(machines.worker)];
    const clock = movingClock(machines.manager.path("clock"));
    await killNode(machines.manager);
    startAt(machines.manager, clock.env).unref();
    await machines.workerIs("Ready");
    for (const [index, by] of ["+1h", "-1h", "+2d", "+0"].entries()) {
      clock.set(by);
      await machines.manager.ok(["service", "update", "-q", "--label-add", `round=${index}`, "web"]);
      // Longer than any lease, and than a node may be silent.
      await Bun.sleep(4_500);
      expect((await machines.nodes()).every((row) => row.includes(" Ready"))).toBe(true);
    }
    expect([await runningNames(machines.manager), await runningNames(machines.worker)]).toEqual(before);
  },
);
