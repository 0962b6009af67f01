import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

const stateOf = async (name: string) =>
  await engine.ok(["inspect", "--format", "{{.State.Status}} {{.State.Running}} {{.State.Pid}}", name]);

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const create = async (name: string, ...command: string[]) =>
      await engine.ok(["--runtime", runtime, "create", "--name", name, IMAGE, ...command]);
    const init = async (...args: string[]) => await engine.ok(["--runtime", runtime, "init", ...args]);

    test("init makes all that the container needs, and its command waits for start", async () => {
      await create("ready", "sh", "-c", "echo begun; exit 4");
      expect(await init("ready")).toBe("ready");
      const [status, running, pid] = (await stateOf("ready")).split(" ");
      expect([status, running]).toEqual(["initialized", "false"]);
      expect(existsSync(`/proc/${pid}/ns/net`)).toBe(true);
      expect(await engine.ok(["ps", "-a", "--format", "{{.Status}}|{{.State}}"])).toBe("Initialized|initialized");
      expect(await engine.ok(["ps", "-q"])).toBe("");
      expect(await engine.ok(["ps", "-a", "--format", "{{.Names}}", "--filter", "status=initialized"])).toBe("ready");
      expect(await engine.ok(["logs", "ready"])).toBe("");
      const { code, stdout } = await engine.run(["start", "--attach", "ready"]);
      expect({ code, stdout }).toEqual({ code: 4, stdout: "begun\n" });
      expect((await stateOf("ready")).split(" ")[0]).toBe("exited");
    });

    test("an initialized container has its address before it begins, and keeps it", async () => {
      await create("addressed", "sleep", "1000");
      await init("addressed");
      const address = ["inspect", "--format", "{{.NetworkSettings.IPAddress}}", "addressed"];
      const before = await engine.ok(address);
      expect(before).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      await engine.ok(["start", "addressed"]);
      expect(await engine.ok(address)).toBe(before);
    });

    test("stop ends it at once, as killed; rm needs no force", async () => {
      await create("stopped", "sleep", "1000");
      await create("removed", "sleep", "1000");
      await init("stopped", "removed");
      const { code, stdout, stderr } = await engine.run(["stop", "--time", "30", "stopped"]);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "stopped\n", stderr: "" });
      expect(await engine.ok(["inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", "stopped"])).toBe(
        "exited 137",
      );
      expect(await engine.ok(["rm", "removed"])).toBe("removed");
      expect(await init("stopped")).toBe("stopped");
    });
  });
}

test("init of what is initialized or runs is refused", async () => {
  await engine.ok(["create", "--name", "box", IMAGE, "sleep", "1000"]);
  await engine.ok(["init", "--latest"]);
  const again = await engine.run(["init", "box"]);
  expect(again.code).toBe(125);
  expect(again.stderr).toContain("has already been created in runtime");
  expect(again.stderr).toContain("estiba start box");
  await engine.ok(["start", "box"]);
  expect((await engine.run(["init", "box"])).code).toBe(125);
  expect(await engine.ok(["container", "init", "--all"])).toBe("");
});

test("what wants a running container refuses an initialized one", async () => {
  await engine.ok(["create", "--name", "box", IMAGE, "sleep", "1000"]);
  await engine.ok(["init", "box"]);
  for (const args of [
    ["exec", "box", "true"],
    ["kill", "box"],
  ]) {
    const { code, stderr } = await engine.run(args);
    expect({ args, code }).toEqual({ args, code: args[0] === "exec" ? code : 125 });
    expect(code).not.toBe(0);
    expect(stderr).toContain("initialized");
  }
});

test("an initialized container whose process is killed counts as ended, and is cleaned up", async () => {
  await engine.ok(["create", "--name", "box", IMAGE, "sleep", "1000"]);
  await engine.ok(["init", "box"]);
  process.kill(Number((await stateOf("box")).split(" ")[2]), "SIGKILL");
  await eventually(
    () => engine.ok(["inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", "box"]),
    (text) => text === "exited 137",
  );
  await eventually(
    () => engine.run(["system", "check"]),
    ({ code }) => code === 0,
  );
  await engine.ok(["start", "box"]);
});

test("an init that cannot succeed leaves the container created", async () => {
  await engine.ok(["create", "--name", "box", IMAGE, "nonesuch"]);
  // crun looks for the command when it creates the container, runc when it starts it.
  const results = [await engine.run(["init", "box"]), await engine.run(["start", "box"])];
  expect(results.some(({ code }) => code === 127)).toBe(true);
  expect((await stateOf("box")).split(" ")[0]).toBe("created");
});
