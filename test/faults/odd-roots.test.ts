import { describe, expect, test } from "bun:test";
import { existsSync, rmSync, statSync } from "node:fs";
import { BINARY, eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";

const NAMES: readonly (readonly [string, string])[] = [
  ["with spaces and quotes", `a b/'c' "d"`],
  ["with what overlay gives a meaning", "comma,back\\slash"],
  ["with other scripts", "Größe/世界/🚢"],
  ["deeper than a socket's path may be", "deep/".repeat(40)],
  ["that looks like options and templates", "-v --rm/{{.Names}}/$HOME/%s"],
];

describe.each(NAMES)("roots %s", (_title, inside) => {
  const engine = useEngine({ inside });

  test("hold a whole life of a container", async () => {
    expect(await engine.ok(["run", "--rm", IMAGE, "echo", "fine"])).toBe("fine");
    const id = await engine.detached(
      ["--name", "box", "-v", "vol:/data", "-p", "127.0.0.1::80"],
      "sh",
      "-c",
      "echo up; sleep 1000",
    );
    expect(await engine.ok(["exec", "box", "sh", "-c", "echo x >/data/x; cat /data/x"])).toBe("x");
    await eventually(
      () => engine.ok(["logs", "box"]),
      (text) => text === "up",
    );
    expect(await engine.ok(["ps", "-q", "--no-trunc"])).toBe(id);
    await engine.expectClean();
    expect(await engine.ok(["stop", "-t", "0", "box"])).toBe("box");
    expect(await engine.ok(["start", "box"])).toBe("box");
    expect(await engine.ok(["rm", "-f", "box"])).toBe("box");
    expect(await engine.ok(["run", "--rm", "-i", "-v", "vol:/data", IMAGE, "cat", "/data/x"], { stdin: "" })).toBe("x");
  });
});

describe("a caller's umask", () => {
  const engine = useEngine();

  test.each(["077", "000"])(
    "of %s keeps nobody in a container from its files, and opens nothing to others",
    async (mask) => {
      const words = ["run", "--rm", "--userns", "auto", "-u", "1000", "-v", `vol${mask}:/v`, IMAGE, "sh", "-c"];
      const script = "id -u; umask; cat /etc/hosts >/dev/null && ls /v /sys/fs/cgroup >/dev/null && echo reads";
      const argv = ["sh", "-c", `umask ${mask}; exec "$@"`, "sh", ...engine.argv([...words, script])];
      expect(await runCommand(argv)).toMatchObject({ code: 0, stdout: "1000\n0022\nreads\n", stderr: "" });
      for (const path of [engine.root, engine.runRoot]) expect(statSync(path).mode & 0o77).toBe(0);
      await engine.ok(["volume", "rm", `vol${mask}`]);
    },
  );
});

test("a root with a colon, which conmon cannot log to, is refused before anything is made", async () => {
  const { code, stderr } = await runCommand([BINARY, "--root", "/tmp/a:b/root", "--runroot", "/tmp/a:b/run", "ps"]);
  expect(code).toBe(125);
  expect(stderr).toContain('"/tmp/a:b/root"');
  expect(existsSync("/tmp/a:b")).toBe(false);
});

describe("after a reboot", () => {
  const engine = useEngine();

  // What a reboot does: every process, mount and interface of the run root is gone, and so is the run root itself.
  async function reboot(): Promise<void> {
    for (const id of (await engine.ok(["ps", "-q", "--no-trunc"])).split("\n").filter((line) => line !== "")) {
      const [init = "", monitor = ""] = (
        await engine.ok(["inspect", "--format", "{{.State.Pid}} {{.State.ConmonPid}}", id])
      ).split(" ");
      for (const pid of [monitor, init]) process.kill(Number(pid), "SIGKILL");
      const merged = await engine.ok(["inspect", "--format", "{{.GraphDriver.Data.MergedDir}}", id]);
      expect(await runCommand(["umount", "-l", merged])).toMatchObject({ code: 0 });
    }
    rmSync(engine.runRoot, { recursive: true });
  }

  test("definitions, data and exit codes are there, and nothing pretends to run", async () => {
    await engine.run(["run", "--name", "failed", IMAGE, "sh", "-c", "exit 3"]);
    await engine.detached(
      ["--name", "served", "-v", "vol:/data"],
      "sh",
      "-c",
      "echo kept >/data/kept; echo run; sleep 1000",
    );
    await engine.ok(["create", "--name", "new", IMAGE, "true"]);
    await reboot();
    const listed = await engine.ok(["ps", "-a", "--format", "{{.Names}} {{.Status}}"]);
    expect(listed).toMatch(/^failed Exited \(3\)/m);
    expect(listed).toMatch(/^new Created/m);
    expect(await engine.ok(["ps", "-q"])).toBe("");
    expect((await engine.run(["system", "check", "--repair"])).code).toBe(0);
    await engine.expectClean();
    expect(await engine.ok(["start", "served"])).toBe("served");
    expect(await engine.ok(["exec", "served", "cat", "/data/kept"])).toBe("kept");
    expect(await engine.ok(["wait", "failed"])).toBe("3");
  });
});
