import { describe, expect, test } from "bun:test";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { openTerminal, runsInside } from "../fixtures/terminal.ts";

const engine = useEngine();

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const run = ["--runtime", runtime, "run"];

    test("a command on a terminal sees one, of the caller's size", async () => {
      const session = openTerminal(engine, [
        ...run,
        "--rm",
        "-it",
        IMAGE,
        "sh",
        "-c",
        "tty; echo $TERM; stty size; exit 5",
      ]);
      expect(await session.child.exited).toBe(5);
      expect(session.text()).toBe("/dev/pts/0\nxterm\n17 91\n");
    });

    test("typing, echo, resizing and Ctrl-C work", async () => {
      const session = openTerminal(engine, [...run, "--rm", "-it", "--name", "typed", IMAGE, "sh"]);
      await session.shows("#");
      session.type("echo $((6*7))\n");
      await session.shows("\n42");
      session.resize(120, 40);
      await eventually(
        () => {
          session.type("stty size\n");
          return session.text();
        },
        (text) => text.includes("40 120"),
      );
      session.type("sleep 1000\n");
      await runsInside(engine, "typed", "sleep 1000");
      session.type("\u0003");
      session.type("echo $((7*7))\n");
      await session.shows("\n49");
      session.type("exit 3\n");
      expect(await session.child.exited).toBe(3);
    });

    test("the detach keys leave the container running", async () => {
      const session = openTerminal(engine, [...run, "-it", "--name", "kept", IMAGE, "sh"]);
      await session.shows("#");
      session.type("\u0010\u0011");
      expect(await session.child.exited).toBe(0);
      expect(await engine.ok(["ps", "--format", "{{.Names}} {{.State}}"])).toBe("kept running");
    });

    test("exec has a terminal of its own", async () => {
      await engine.ok([...run, "-d", "--name", "box", IMAGE, "sleep", "1000"]);
      const session = openTerminal(engine, [
        "exec",
        "-it",
        "box",
        "sh",
        "-c",
        "tty; until stty size 2>&-; do sleep 0.01; done; read line; echo got $line; exit 6",
      ]);
      await session.shows("17 91");
      session.type("this\n");
      expect(await session.child.exited).toBe(6);
      expect(session.text()).toContain("/dev/pts/");
      expect(session.text()).toContain("got this");
    });

    test("a terminal without input shows both streams as one", async () => {
      const { code, stdout, stderr } = await engine.run([
        ...run,
        "--rm",
        "-t",
        IMAGE,
        "sh",
        "-c",
        "echo out; echo err >&2",
      ]);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "out\r\nerr\r\n", stderr: "" });
    });
  });
}

test("the caller's terminal is as it was afterwards", async () => {
  const before = openTerminal(engine, ["--version"]);
  await before.child.exited;
  const shell = Bun.spawn(
    [
      "sh",
      "-c",
      `stty -a >"$1"; "$2" --root "$3" --runroot "$4" run --rm -it ${IMAGE} true; stty -a >"$5"`,
      "sh",
      engine.path("stty1"),
      ...engine.argv([]).filter((word) => !word.startsWith("--")),
      engine.path("stty2"),
    ],
    {
      terminal: { cols: 80, rows: 24 },
    },
  );
  expect(await shell.exited).toBe(0);
  const [first, second] = await Promise.all(["stty1", "stty2"].map((name) => Bun.file(engine.path(name)).text()));
  expect(first).toContain("icanon");
  expect(second).toBe(first ?? "");
});

test("exec -t has a terminal without -i, whatever its stdin and stdout are", async () => {
  await engine.detached(["--name", "box"], "sleep", "1000");
  for (const options of [["-t"], ["-t", "--no-session"], ["-it", "--no-session"], ["-t", "--detach-keys", ""]]) {
    const { code, stdout } = await engine.run(["exec", ...options, "box", "sh", "-c", "tty; exit 3"], { stdin: "" });
    expect({ options, code, stdout }).toEqual({ options, code: 3, stdout: "/dev/pts/0\r\n" });
  }
});

test("-it without a terminal runs on one that nobody sees, as in Podman; run says so", async () => {
  await engine.detached(["--name", "box"], "sleep", "1000");
  for (const [args, warned] of [
    [["run", "--rm", "-it", IMAGE], true],
    [["exec", "-it", "box"], false],
  ] as const) {
    const ended = await engine.run([...args, "sh", "-c", "tty; exit 3"], { stdin: "" });
    expect({ args, code: ended.code }).toEqual({ args, code: 3 });
    expect(ended.stdout).toContain("/dev/pts/");
    expect(ended.stderr.includes("not a TTY")).toBe(warned);
    const told = await engine.run([...args, "sh"], { stdin: "echo $((40+2)); exit 4\n" });
    expect({ args, code: told.code }).toEqual({ args, code: 4 });
    expect(told.stdout).toContain("42");
  }
});
