import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readMonitorPids } from "../../src/runtime/monitor.ts";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { openTerminal } from "../fixtures/terminal.ts";

setDefaultTimeout(60_000);

const engine = useEngine();

const sessions = async (name = "box"): Promise<string> =>
  await engine.ok(["inspect", "--format", "{{range .ExecIDs}}{{.}} {{end}}", name]);
const noSessions = async (): Promise<unknown> => await eventually(sessions, (text) => text === "");
const runs = async (command: string): Promise<boolean> =>
  (await engine.ok(["exec", "box", "ps", "-o", "args"])).split("\n").some((line) => line.trim() === command);

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const sleeper = async () =>
      await engine.ok(["--runtime", runtime, "run", "-d", "--name", "box", IMAGE, "sleep", "1000"]);

    test("a detached command is known to inspect, events and check, until it has ended", async () => {
      await sleeper();
      const id = await engine.ok(["exec", "-d", "box", "sh", "-c", "until [ -e /go ]; do sleep 0.05; done; exit 7"]);
      expect(id).toMatch(/^[0-9a-f]{64}$/);
      expect(await sessions()).toBe(id);
      await engine.expectClean();
      await engine.ok(["exec", "box", "touch", "/go"]);
      await noSessions();
      const events = await eventually(
        () => engine.ok(["events", "--stream=false", "--filter", "event=exec_died", "--format", "{{json .}}"]),
        (text) => text.includes(id),
      );
      expect(events.split("\n").find((line) => line.includes(id))).toMatch(/"?7"?/);
    });

    test("a detached command may end before its client has written it down", async () => {
      await sleeper();
      for (let round = 0; round < 4; round++) {
        const begun = Array.from({ length: 10 }, () => engine.run(["exec", "-d", "box", "true"]));
        expect((await Promise.all(begun)).filter(({ code }) => code !== 0)).toEqual([]);
      }
      await noSessions();
      await engine.expectClean();
    });

    test("detached commands end with their container, and nothing of them is left", async () => {
      await sleeper();
      await engine.ok(["exec", "-d", "box", "sleep", "777"]);
      await engine.ok(["exec", "-d", "-t", "box", "sh", "-c", "trap '' HUP TERM; sleep 777"]);
      await engine.ok(["stop", "-t", "0", "box"]);
      expect(await sessions()).toBe("");
      await engine.ok(["start", "box"]);
      expect(await sessions()).toBe("");
      expect(await runs("sleep 777")).toBe(false);
    });

    test("a command on a terminal has its exit code, and its size from the beginning", async () => {
      await sleeper();
      const session = openTerminal(engine, [
        "exec",
        "-it",
        "box",
        "sh",
        "-c",
        "while :; do stty size </dev/tty 2>&-; sleep 0.1; done & read x; exit 42",
      ]);
      await session.shows("17 91");
      session.resize(77, 33);
      session.type("\n");
      expect(await session.child.exited).toBe(42);
      const killed = openTerminal(engine, ["exec", "-it", "box", "sh", "-c", "kill -KILL $$"]);
      expect(await killed.child.exited).toBe(137);
      const missing = openTerminal(engine, ["exec", "-it", "box", "nonesuch"]);
      expect(await missing.child.exited).toBe(127);
    });

    test("a command on a terminal follows its size, and Ctrl-C reaches it alone", async () => {
      await sleeper();
      const session = openTerminal(engine, ["exec", "-it", "box", "sh"]);
      await session.shows("#");
      session.resize(120, 40);
      await eventually(
        () => (session.type("stty size\n"), Bun.sleep(50).then(session.text)),
        (text) => text.includes("40 120"),
      );
      session.type("sleep 555\n");
      await eventually(
        () => runs("sleep 555"),
        (found) => found,
      );
      session.type("\u0003");
      session.type("echo $((7*7))\n");
      await session.shows("\n49");
      session.type("exit 3\n");
      expect(await session.child.exited).toBe(3);
    });

    test("the detach keys set a command on a terminal free, the default ones and others", async () => {
      await sleeper();
      for (const [options, keys] of [
        [[], "\u0010\u0011"],
        [["--detach-keys", "ctrl-a,x"], "\u0001x"],
      ] as const) {
        const session = openTerminal(engine, ["exec", "-it", ...options, "box", "sh", "-c", "echo up; sleep 777"]);
        await session.shows("up");
        session.type(keys);
        expect(await session.child.exited).toBe(0);
        expect(await sessions()).toMatch(/^[0-9a-f]{64}$/);
        expect(await runs("sleep 777")).toBe(true);
        await engine.ok(["exec", "box", "killall", "sleep"]);
        await noSessions();
      }
    }, 60_000);

    test.each(["SIGKILL", "SIGHUP", "SIGTERM"] as const)(
      "a command on a terminal ends with its client: %s",
      async (signal) => {
        await sleeper();
        const session = openTerminal(engine, ["exec", "-it", "box", "sh", "-c", "echo up; exec sleep 777"]);
        await session.shows("up");
        session.child.kill(signal);
        await session.child.exited;
        await eventually(
          () => runs("sleep 777"),
          (found) => !found,
        );
        await noSessions();
      },
    );

    test("of a session whose monitor was killed, check says so, once its command has ended", async () => {
      await sleeper();
      const id = await engine.ok(["exec", "-d", "box", "sleep", "777"]);
      const container = await engine.ok(["inspect", "--format", "{{.Id}}", "box"]);
      const { monitor } = readMonitorPids(join(engine.runRoot, "containers", container, "exec", id));
      process.kill(monitor ?? 0, "SIGKILL");
      await engine.expectClean();
      // The first process has no handler, and stays.
      await engine.ok(["exec", "box", "killall", "sleep"]);
      await noSessions();
      const found = await engine.run(["system", "check"]);
      expect(found.stdout + found.stderr).toContain(id.slice(0, 12));
      expect(found.code).toBe(1);
      await engine.ok(["system", "check", "--repair"]);
      await engine.expectClean();
    });
  });
}

test("further descriptors of the caller reach the command, and no others", async () => {
  await engine.detached(["--name", "box"], "sleep", "1000");
  const file = engine.path("text");
  writeFileSync(file, "passed on\n");
  const shell = async (words: string): Promise<string> => {
    const child = Bun.spawn(["sh", "-c", `exec "$@" ${words}`, "sh", ...engine.argv(["exec"])], {
      stdout: "pipe",
      stderr: "pipe",
    });
    return await new Response(child.stdout).text();
  };
  expect(await shell(`--preserve-fds 1 box cat /proc/self/fd/3 3<${file}`)).toBe("passed on\n");
  expect(await shell(`--preserve-fd 5 box sh -c 'cat <&5; ls -l /proc/self/fd' 5<${file} 6<${file}`)).not.toContain(
    "json.log",
  );
  expect(await shell(`--preserve-fd 5 box cat /proc/self/fd/5 5<${file}`)).toBe("passed on\n");
  const { code, stderr } = await engine.run(["exec", "--preserve-fds", "200", "box", "true"]);
  expect({ code, open: stderr.includes("not open") }).toEqual({ code: 125, open: true });
});

test("the container is named by a file, or is the last one", async () => {
  await engine.detached(["--cidfile", engine.path("cid")], "sleep", "1000");
  expect(await engine.ok(["exec", "--cidfile", engine.path("cid"), "echo", "there"])).toBe("there");
  expect(await engine.ok(["exec", "-l", "echo", "there"])).toBe("there");
  expect((await engine.run(["exec", "-l", "--no-session", "-d", "true"])).code).toBe(125);
});
