import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { sendSignal } from "../../src/host/process.ts";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { seeded } from "../fixtures/kill-at-random.ts";
import { killHard, look, processesWith, until, untilReady, watcherOf } from "../fixtures/supervision.ts";

const engine = useEngine();
setDefaultTimeout(60_000);

const failing = async (name: string, policy: string, ...options: string[]) =>
  await engine.detached(["--name", name, "--restart", policy, ...options], "sh", "-c", "echo again; exit 3");

/** Until its back-off is long enough to look at it in peace. */
const inBackoff = async (name: string) =>
  await eventually(
    () => look(engine, name, "RestartCount", "State.Status"),
    (text) => /^([4-9]|\d\d) restarting$/.test(text),
  );

/** The exit hook of a container: conmon, which names it in its arguments, does not count. */
const hookOf = async (id: string) =>
  await eventually(
    () =>
      processesWith(engine.runRoot, "container", "cleanup", id).filter((pid) =>
        processesWith("-c", id).every((conmon) => conmon !== pid),
      ),
    (pids) => pids.length === 1,
  );

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    test("on-failure:N starts a container again N times, then leaves it", async () => {
      await failing("flaky", "on-failure:2", "--runtime", runtime);
      await until(engine, "flaky", ["RestartCount", "State.Status", "State.ExitCode"], "2 exited 3");
      expect(await engine.ok(["logs", "flaky"])).toBe("again\nagain\nagain");
      expect(
        await look(engine, "flaky", "HostConfig.RestartPolicy.Name", "HostConfig.RestartPolicy.MaximumRetryCount"),
      ).toBe("on-failure 2");
    });
  });
}

test("a container without a policy stays ended, and so does one that succeeds with on-failure", async () => {
  await engine.detached(["--name", "plain"], "false");
  await engine.detached(["--name", "never", "--restart", "never"], "false");
  await engine.detached(["--name", "fine", "--restart", "on-failure"], "true");
  for (const name of ["plain", "never", "fine"]) await until(engine, name, ["State.Status"], "exited");
  await engine.expectClean();
  for (const name of ["plain", "never", "fine"])
    expect(await look(engine, name, "RestartCount", "State.Status")).toBe("0 exited");
});

test.each(["always", "unless-stopped"])(
  "%s starts a container again whatever its exit code, with its files",
  async (policy) => {
    await engine.detached(
      ["--name", "box", "--restart", policy],
      "sh",
      "-c",
      "echo x >> /count; [ $(wc -l < /count) = 3 ] && sleep 1000",
    );
    await until(engine, "box", ["RestartCount", "State.Status"], "2 running");
    await eventually(
      () => engine.ok(["exec", "box", "cat", "/count"]),
      (text) => text === "x\nx\nx",
    );
    expect(
      await engine.ok(["ps", "-q", "--no-trunc", "-f", `restart-policy=${policy}`, "--format", "{{.Names}}"]),
    ).toBe("box");
  },
);

test("the back-off doubles, and is shown as restarting by ps, inspect and filter", async () => {
  await failing("loop", "always");
  await inBackoff("loop");
  await until(engine, "loop", ["State.Restarting", "State.Running"], "true false");
  await eventually(
    () => engine.ok(["ps", "-a", "--filter", "status=restarting", "--format", "{{.Names}} {{.State}} {{.Status}}"]),
    (text) => /^loop restarting Restarting( \(3\) .* ago)?$/.test(text),
  );
});

test("stop ends the back-off, and the container stays ended", async () => {
  const id = await failing("loop", "always");
  await inBackoff("loop");
  expect(await engine.ok(["stop", "loop"])).toBe("loop");
  const count = await look(engine, "loop", "RestartCount", "State.Status");
  expect(count).toMatch(/ exited$/);
  await eventually(
    () => processesWith("container", "cleanup", id),
    (pids) => pids.length === 0,
  );
  expect(await look(engine, "loop", "RestartCount", "State.Status")).toBe(count);
});

test("start during the back-off starts it now, and counts from the beginning", async () => {
  await engine.detached(["--name", "loop", "--restart", "always"], "sh", "-c", "[ -e /go ] && sleep 1000; exit 1");
  await inBackoff("loop");
  // On a slow host it may be running just then, which start leaves alone.
  await eventually(
    async () => {
      await engine.ok(["start", "loop"]);
      return await look(engine, "loop", "RestartCount");
    },
    (text) => Number(text) < 3,
  );
});

test("rm during the back-off wants --force, which leaves nothing", async () => {
  const id = await failing("loop", "always");
  await inBackoff("loop");
  const refused = await engine.run(["rm", "loop"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/as it is (restarting|running)/);
  await engine.ok(["rm", "--force", "loop"]);
  expect(await engine.ok(["ps", "-aq"])).toBe("");
  await eventually(
    () => processesWith("container", "cleanup", id),
    (pids) => pids.length === 0,
  );
});

test.each(["stop --time 0", "kill", "kill --signal TERM"])(
  "what a user ends by %s is not started again",
  async (verb) => {
    const script = "trap 'exit 1' TERM; echo ready; while :; do sleep 0.05; done";
    await engine.detached(["--name", "box", "--restart", "always"], "sh", "-c", script);
    await untilReady(engine, "box");
    await engine.ok([...verb.split(" "), "box"]);
    await until(engine, "box", ["State.Status"], "exited");
    await engine.expectClean();
    expect(await look(engine, "box", "RestartCount", "State.Status")).toBe("0 exited");
  },
);

test("a signal that asks for something else does not take the policy away", async () => {
  await engine.detached(
    ["--name", "box", "--restart", "always"],
    "sh",
    "-c",
    "trap 'exit 1' HUP; echo ready; while :; do sleep 0.05; done",
  );
  await untilReady(engine, "box");
  await engine.ok(["kill", "--signal", "HUP", "box"]);
  await until(engine, "box", ["RestartCount", "State.Status"], "1 running");
});

test("an attached run ends with the first run's code, and the container goes on", async () => {
  const { code, stdout } = await engine.run([
    "run",
    "--name",
    "front",
    "--restart",
    "on-failure:1",
    IMAGE,
    "sh",
    "-c",
    "echo out; exit 4",
  ]);
  expect({ code, stdout }).toEqual({ code: 4, stdout: "out\n" });
  await until(engine, "front", ["RestartCount", "State.Status"], "1 exited");
});

test("a restart that cannot be made is tried again, and says why", async () => {
  const folder = engine.path("gone");
  await Bun.write(`${folder}/file`, "");
  await engine.detached(
    ["--name", "box", "--restart", "always", "-v", `${folder}:/data`],
    "sh",
    "-c",
    "rm -r /data/*; sleep 0.2; exit 1",
  );
  await Bun.$`mv ${folder} ${folder}.away`.quiet();
  await eventually(
    () => look(engine, "box", "State.Error"),
    (text) => text.includes("gone"),
  );
  await Bun.$`mv ${folder}.away ${folder}`.quiet();
  await eventually(
    () => engine.ok(["inspect", "--format", "{{.State.Error}}", "box"]),
    (text) => text === "",
  );
});

test("--rm and a policy exclude each other, and so does a wrong policy", async () => {
  for (const words of [
    ["--rm", "--restart", "always"],
    ["--restart", "sometimes"],
    ["--restart", "always:3"],
    ["--restart", "on-failure:x"],
  ]) {
    const { code, stderr } = await engine.run(["run", ...words, IMAGE, "true"]);
    expect(code).toBe(125);
    expect(stderr).toContain("--restart");
  }
});

describe("kill -9 of the exit hook that waits", () => {
  test("is named by system check, and mended by --repair", async () => {
    const id = await failing("loop", "always");
    await inBackoff("loop");
    const count = Number(await look(engine, "loop", "RestartCount"));
    // One that ends just then makes room for the next.
    await eventually(
      async () => {
        const [hook = 0] = await hookOf(id);
        return await killHard(hook).then(
          () => true,
          () => false,
        );
      },
      (killed) => killed,
    );
    const found = await engine.run(["system", "check", "--quick"]);
    // By its name; or by its id, when the hook had not yet taken the bundle away.
    if (found.code === 1) expect(found.stdout).toMatch(new RegExp(`loop|${id.slice(0, 12)}`));
    await engine.ok(["system", "check", "--repair"]);
    await eventually(
      () => look(engine, "loop", "RestartCount"),
      (text) => Number(text) > count,
    );
  });

  test("is made good by the next command that changes something", async () => {
    const id = await failing("loop", "always");
    await engine.detached(["--name", "other"], "sleep", "1000");
    await inBackoff("loop");
    const count = Number(await look(engine, "loop", "RestartCount"));
    const [hook = 0] = await hookOf(id);
    await killHard(hook);
    await engine.ok(["stop", "-t", "0", "other"]);
    await eventually(
      () => look(engine, "loop", "RestartCount"),
      (text) => Number(text) > count,
    );
  });
});

test("between its runs a container is never shown as anything but restarting", async () => {
  await engine.detached(["--name", "loop", "--restart", "always"], "sh", "-c", "sleep 0.1; exit 1");
  const seen = new Set<string>();
  const glance = async (): Promise<number> =>
    seen.add(await engine.ok(["ps", "--format", "{{.Names}} {{.State}}"])).size;
  for (let round = 0; round < 60; round++) await glance();
  await eventually(glance, (states) => states >= 2);
  expect([...seen].toSorted()).toEqual(["loop restarting", "loop running"]);
});

test("when no restart is to come, no watcher is left", async () => {
  await failing("loop", "always");
  await inBackoff("loop");
  await engine.ok(["stop", "loop"]);
  await eventually(
    () => watcherOf(engine),
    (pid) => pid === undefined,
  );
  await engine.expectClean();
});

test("killed at any moment, the exit hook leaves a restart that is still made, and nothing else", async () => {
  const random = seeded(20_261_125);
  const id = await engine.detached(["--name", "loop", "--restart", "always"], "sh", "-c", "sleep 0.05; exit 1");
  for (let round = 0; round < 8; round++) {
    // From the first system calls of the hook to the middle of the start that it makes.
    const [hook = 0] = await eventually(
      () => processesWith("container", "cleanup", id).filter((pid) => !processesWith("-c", id).includes(pid)),
      (pids) => pids.length > 0,
    );
    await Bun.sleep(random() * 300);
    sendSignal(hook, 9);
    await engine.run(["system", "check", "--quick", "--repair"]);
    const count = Number(await look(engine, "loop", "RestartCount"));
    // A short back-off again: what is looked at is the hook, not the waiting.
    if (round % 3 === 2) await engine.ok(["start", "loop"]);
    else
      await eventually(
        () => look(engine, "loop", "RestartCount"),
        (text) => Number(text) > count,
      );
  }
  await engine.ok(["stop", "-t", "0", "loop"]);
});
