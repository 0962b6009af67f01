import { describe, expect, test } from "bun:test";
import { startTicksOf } from "../../src/host/process.ts";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { killInTheMiddle, SCENARIOS, seeded } from "../fixtures/kill-at-random.ts";

const engine = useEngine();
const SEED = 20_261_123;
const ROUNDS = 3;

for (const [index, scenario] of SCENARIOS.entries()) {
  test(`${scenario.name}, killed at ${ROUNDS} moments, leaves nothing that cannot be mended`, async () => {
    const random = seeded(SEED + index);
    for (let round = 0; round < ROUNDS; round++) await killInTheMiddle(engine, scenario, random);
  });
}

const pidsOf = async (name: string): Promise<{ init: number; monitor: number }> => {
  const [init = "", monitor = ""] = (
    await engine.ok(["inspect", "--format", "{{.State.Pid}} {{.State.ConmonPid}}", name])
  ).split(" ");
  return { init: Number(init), monitor: Number(monitor) };
};

// One that only nobody has collected yet is gone, too.
const isGone = (pid: number): boolean => startTicksOf(pid) === undefined;

const shown = async () => await engine.ok(["ps", "-a", "--format", "{{.Names}} {{.State}}"]);

describe.each([
  ["the first process", ["init"]],
  ["the monitor and the first process", ["monitor", "init"]],
  ["the first process and the monitor", ["init", "monitor"]],
] as const)("kill -9 of %s", (_title, victims) => {
  test("is seen by ps, wait and rm, and the container can start again", async () => {
    await engine.detached(["--name", "box", "-p", "127.0.0.1::80"], "sleep", "1000");
    const waiting = engine.ok(["wait", "box"]);
    const pids = await pidsOf("box");
    for (const victim of victims) process.kill(pids[victim], "SIGKILL");
    expect(await waiting).toBe("137");
    expect(await shown()).toBe("box exited");
    expect(await engine.ok(["inspect", "--format", "{{.State.ExitCode}} {{.State.Pid}}", "box"])).toBe("137 0");
    await engine.expectClean();
    await engine.ok(["start", "box"]);
    expect(await shown()).toBe("box running");
    expect(await engine.ok(["rm", "-f", "box"])).toBe("box");
  });

  test("is seen by rm alone", async () => {
    await engine.detached(["--name", "box"], "sleep", "1000");
    const pids = await pidsOf("box");
    for (const victim of victims) process.kill(pids[victim], "SIGKILL");
    await eventually(
      () => victims.every((victim) => isGone(pids[victim])),
      (gone) => gone,
    );
    expect(await engine.ok(["rm", "box"])).toBe("box");
    expect(await shown()).toBe("");
  });

  test.each(["start", "init", "restart"])("is seen by %s of one with --rm, which is gone with that", async (verb) => {
    await engine.detached(["--rm", "--name", "box"], "sleep", "1000");
    const pids = await pidsOf("box");
    for (const victim of victims) process.kill(pids[victim], "SIGKILL");
    const { code, stderr } = await engine.run([verb, "box"]);
    expect([code, stderr]).toEqual([125, expect.stringContaining("no such container")]);
    expect(await shown()).toBe("");
    await engine.expectClean();
  });

  test("is seen by an attached run --rm, which ends with 137 and leaves nothing", async () => {
    const running = engine.run(["run", "--rm", "--name", "front", IMAGE, "sleep", "1000"]);
    await eventually(shown, (text) => text === "front running");
    const pids = await pidsOf("front");
    for (const victim of victims) process.kill(pids[victim], "SIGKILL");
    expect((await running).code).toBe(137);
    expect(await shown()).toBe("");
  });
});

describe("kill -9 of the monitor alone", () => {
  test("leaves the container running, and stop ends it", async () => {
    await engine.detached(["--name", "box"], "sleep", "1000");
    const { monitor, init } = await pidsOf("box");
    process.kill(monitor, "SIGKILL");
    await eventually(
      () => isGone(monitor),
      (gone) => gone,
    );
    expect(await shown()).toBe("box running");
    expect(await engine.ok(["exec", "box", "echo", "still here"])).toBe("still here");
    await engine.ok(["stop", "-t", "0", "box"]);
    expect(isGone(init)).toBe(true);
    expect(await shown()).toBe("box exited");
  });

  test("and the end of the container afterwards is found by check --repair, ps and rm", async () => {
    await engine.detached(["--name", "box"], "sh", "-c", "sleep 0.4");
    const { monitor, init } = await pidsOf("box");
    process.kill(monitor, "SIGKILL");
    await eventually(
      () => isGone(init),
      (gone) => gone,
    );
    expect(await shown()).toBe("box exited");
    const found = await engine.run(["system", "check"]);
    expect(found.code).toBe(1);
    expect(found.stdout).toContain("box");
    expect((await engine.run(["system", "check", "--repair"])).code).toBe(0);
    await engine.expectClean();
    expect(await engine.ok(["rm", "box"])).toBe("box");
  });
});

test("an attached run that is killed leaves its container running, and logs and wait go on", async () => {
  const words = engine.argv(["run", "--name", "box", IMAGE, "sh", "-c", "echo before; sleep 0.5; echo after; exit 4"]);
  const child = Bun.spawn(words, { stdio: ["ignore", "pipe", "ignore"] });
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGKILL");
  await child.exited;
  await reader.cancel();
  expect(await engine.ok(["wait", "box"])).toBe("4");
  expect(await engine.ok(["logs", "box"])).toBe("before\nafter");
});
