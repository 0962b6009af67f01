import { describe, expect, test } from "bun:test";
import { eventually, IMAGE, runCommand, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { untilReady } from "../fixtures/supervision.ts";
import { runsInside } from "../fixtures/terminal.ts";

const engine = useEngine();

/** A command on a terminal of its own, as a person has it. */
function onTerminal(args: readonly string[], size = { cols: 80, rows: 24 }) {
  const seen: string[] = [];
  const child = Bun.spawn(engine.argv(args), {
    terminal: { ...size, data: (_terminal, bytes) => void seen.push(Buffer.from(bytes).toString()) },
  });
  const text = (): string => seen.join("").replaceAll("\r\n", "\n");
  return {
    child,
    text,
    type: (keys: string) => child.terminal?.write(keys),
    resize: (cols: number, rows: number) => child.terminal?.resize(cols, rows),
    shows: async (wanted: string) => await eventually(text, (all) => all.includes(wanted)),
  };
}

const DETACH = "\u0010\u0011";

const attached = async (name: string, wanted: number): Promise<void> => {
  const events = [
    "events",
    "--stream=false",
    "--filter",
    "event=attach",
    "--filter",
    `container=${name}`,
    "--format",
    "x",
  ];
  await eventually(
    () => engine.ok(events),
    (text) => text.split("\n").filter((line) => line !== "").length >= wanted,
  );
};

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const detached = async (name: string, options: string[], ...command: string[]) =>
      await engine.ok(["--runtime", runtime, "run", "-d", "--name", name, ...options, IMAGE, ...command]);

    test("a terminal that was left is there again, with the keys, the size and the exit code", async () => {
      const first = onTerminal(["--runtime", runtime, "run", "-it", "--name", "shell", IMAGE, "sh"]);
      await first.shows("#");
      first.type("kept=yes\n");
      await first.shows("kept=yes");
      first.type(DETACH);
      expect(await first.child.exited).toBe(0);
      const second = onTerminal(["attach", "shell"], { cols: 101, rows: 31 });
      await eventually(
        () => {
          second.type("stty size; echo it is $kept\n");
          return second.text();
        },
        (text) => text.includes("31 101") && text.includes("it is yes"),
      );
      second.resize(64, 20);
      await eventually(
        () => {
          second.type("stty size\n");
          return second.text();
        },
        (text) => text.includes("20 64"),
      );
      second.type("sleep 1000\n");
      await runsInside(engine, "shell", "sleep 1000");
      second.type("\u0003");
      second.type("exit 7\n");
      expect(await second.child.exited).toBe(7);
    });

    test("a program that draws is told to draw anew, also for a terminal of the same size", async () => {
      const script = "trap 'echo drawn $(stty size)' WINCH; echo ready; while :; do sleep 0.05; done";
      const first = onTerminal(["--runtime", runtime, "run", "-it", "--name", "editor", IMAGE, "sh", "-c", script]);
      await first.shows("ready");
      first.type(DETACH);
      expect(await first.child.exited).toBe(0);
      const second = onTerminal(["attach", "editor"]);
      await second.shows("drawn 24 80");
      second.type(DETACH);
      expect(await second.child.exited).toBe(0);
      expect(await engine.ok(["ps", "--format", "{{.State}}"])).toBe("running");
    });

    test("without a terminal, output comes apart, input reaches the command and its end does, too", async () => {
      const script = 'while read line; do echo "out $line"; echo "err $line" >&2; done; exit 5';
      await detached("pipe", ["-i"], "sh", "-c", script);
      const { code, stdout, stderr } = await engine.run(["attach", "pipe"], { stdin: "one\ntwo\n" });
      expect({ code, stdout, stderr }).toEqual({
        code: 5,
        stdout: "out one\nout two\n",
        stderr: "err one\nerr two\n",
      });
    });

    test("several are attached at once, and all see the same end", async () => {
      await detached("shared", [], "sh", "-c", "trap 'echo bye; exit 6' USR1; while :; do echo tick; sleep 0.05; done");
      const lookers = ["a", "b", "c"].map(() => {
        const child = Bun.spawn(engine.argv(["attach", "--no-stdin", "shared"]), {
          stdio: ["ignore", "pipe", "inherit"],
        });
        const seen: string[] = [];
        const reading = (async () => {
          for await (const bytes of child.stdout) seen.push(Buffer.from(bytes).toString());
        })();
        const text = (): string => seen.join("");
        return {
          text,
          ended: async () => ({ code: await child.exited, last: await reading.then(() => text().slice(-4)) }),
        };
      });
      // Who sees output is connected for good.
      await eventually(
        () => lookers.every(({ text }) => text().includes("tick")),
        (all) => all,
      );
      await engine.ok(["kill", "-s", "USR1", "shared"]);
      for (const { ended } of lookers) expect(await ended()).toEqual({ code: 6, last: "bye\n" });
    });
  });
}

test("signals go to the container, or end the looking alone with --sig-proxy=false", async () => {
  const script = "trap 'exit 8' INT; while :; do echo tick; sleep 0.05; done";
  await engine.detached(["--name", "box"], "sh", "-c", script);
  // Whoever shows output listens for signals already.
  const look = async (...options: string[]) => {
    const child = Bun.spawn(engine.argv(["attach", ...options, "box"]), { stdio: ["ignore", "pipe", "ignore"] });
    const reader = child.stdout.getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toContain("tick");
    child.kill("SIGINT");
    await reader.cancel();
    return await child.exited;
  };
  expect(await look("--sig-proxy=false")).toBe(130);
  expect(await engine.ok(["ps", "--format", "{{.State}}"])).toBe("running");
  expect(await look()).toBe(8);
});

test("other keys detach when they are asked for, and the default ones then do not", async () => {
  const first = onTerminal(["run", "-it", "--detach-keys", "ctrl-x,d", "--name", "box", IMAGE, "cat"]);
  await eventually(
    () => engine.ok(["ps", "-q"]),
    (text) => text !== "",
  );
  first.type(`${DETACH}still\n`);
  await first.shows("still");
  first.type("\u0018d");
  expect(await first.child.exited).toBe(0);
  const second = onTerminal(["attach", "--latest", "--detach-keys", "q"]);
  await attached("box", 2);
  second.type("q");
  expect(await second.child.exited).toBe(0);
  for (const args of [
    ["attach", "--detach-keys", "ctrl-", "box"],
    ["run", "--detach-keys", "toolong", IMAGE, "true"],
  ])
    expect((await engine.run(args)).stderr).toContain("--detach-keys");
});

test("two terminals show the same, both can type, and both see the end", async () => {
  const first = onTerminal(["run", "-it", "--name", "shared", IMAGE, "sh"]);
  await first.shows("#");
  const second = onTerminal(["attach", "shared"]);
  await attached("shared", 2);
  await eventually(
    () => {
      first.type("echo from-$((1+1))\n");
      return second.text();
    },
    (text) => text.includes("from-2"),
  );
  second.type("echo from-$((3+4))\n");
  await first.shows("from-7");
  second.type("exit 4\n");
  expect([await first.child.exited, await second.child.exited]).toEqual([4, 4]);
});

test("the terminal is as it was after detaching", async () => {
  const script = `stty -a >"$1"; "$2" --root "$3" --runroot "$4" attach --detach-keys q box; stty -a >"$5"`;
  await engine.detached(["-it", "--name", "box"], "cat");
  const words = engine.argv([]).filter((word) => !word.startsWith("--"));
  const shell = Bun.spawn(["sh", "-c", script, "sh", engine.path("tty1"), ...words, engine.path("tty2")], {
    terminal: { cols: 80, rows: 24 },
  });
  await attached("box", 1);
  await eventually(
    () => {
      shell.terminal?.write("q");
      return shell.exitCode;
    },
    (code) => code === 0,
  );
  const [before, after] = await Promise.all(["tty1", "tty2"].map((name) => Bun.file(engine.path(name)).text()));
  expect(before).toContain("icanon");
  expect(after).toBe(before ?? "");
});

test("attach wants a container that runs", async () => {
  await engine.ok(["create", "--name", "box", IMAGE, "sleep", "1000"]);
  const created = await engine.run(["attach", "box"]);
  expect(created.code).toBe(125);
  expect(created.stderr).toContain("you can only attach to running containers");
  await engine.ok(["start", "box"]);
  await engine.ok(["pause", "box"]);
  expect((await engine.run(["container", "attach", "box"])).stderr).toContain("estiba unpause box");
  expect((await engine.run(["attach", "nonesuch"])).stderr).toContain("no such container");
});

test("start --attach joins one that runs already", async () => {
  const script = "trap 'echo bye; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
  await engine.detached(["--name", "box"], "sh", "-c", script);
  await untilReady(engine, "box");
  const joined = engine.run(["start", "--attach", "box"]);
  await attached("box", 1);
  await engine.ok(["stop", "box"]);
  expect(await joined).toMatchObject({ code: 9, stdout: "bye\n" });
});

test("start --attach has its own detach keys, and can keep signals to itself", async () => {
  await engine.ok(["create", "-it", "--name", "typed", IMAGE, "cat"]);
  const typing = onTerminal(["start", "-ai", "--detach-keys", "ctrl-x", "typed"]);
  await eventually(
    () => {
      typing.type("line\n");
      return typing.text();
    },
    (text) => text.includes("line\nline"),
  );
  typing.type("\u0018");
  expect(await typing.child.exited).toBe(0);
  const script = "trap 'exit 8' INT; while :; do echo tick; sleep 0.05; done";
  await engine.ok(["create", "--name", "ticking", IMAGE, "sh", "-c", script]);
  const words = engine.argv(["start", "--attach", "--sig-proxy=false", "ticking"]);
  const child = Bun.spawn(words, { stdio: ["ignore", "pipe", "ignore"] });
  const reader = child.stdout.getReader();
  await reader.read();
  child.kill("SIGINT");
  await reader.cancel();
  expect(await child.exited).toBe(130);
  expect((await engine.ok(["ps", "--format", "{{.Names}}"])).split("\n")).toEqual(["typed", "ticking"]);
});

test("start chooses by --all, --filter and --latest, and tells what it started", async () => {
  const one = await engine.ok(["create", "--label", "a", "--name", "one", IMAGE, "sleep", "1000"]);
  const two = await engine.ok(["create", "--name", "two", IMAGE, "sleep", "1000"]);
  expect(await engine.ok(["start", "--filter", "label=a"])).toBe(one);
  expect(await engine.ok(["start", "one"])).toBe("");
  expect(await engine.ok(["start", "--all"])).toBe(two);
  expect(await engine.ok(["start", "--latest"])).toBe("");
  await engine.ok(["pause", "two"]);
  expect((await engine.run(["start", "two"])).stderr).toContain("estiba unpause two");
  expect((await engine.run(["start", "--all", "--attach"])).stderr).toContain("cannot start and attach all");
  expect((await engine.run(["start", "--checkpoint", "x", "one"])).stderr).toContain("not supported");
});

test("attach is over when the reader of what it shows has gone, and the container goes on", async () => {
  const script = "while :; do echo line; sleep 0.1; done";
  await engine.ok(["run", "-d", "--name", "talks", "--stop-signal", "KILL", IMAGE, "sh", "-c", script]);
  const piped = engine.argv(["attach", "--no-stdin", "talks"]).join(" ");
  expect(await runCommand(["sh", "-c", `${piped} | head -n 1`])).toMatchObject({ code: 0, stdout: "line\n" });
  expect(await engine.ok(["ps", "--format", "{{.Names}}"])).toContain("talks");
  await engine.ok(["rm", "-f", "talks"]);
});
