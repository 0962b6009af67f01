import { describe, expect, test } from "bun:test";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine({ images: [{ name: "stopper:1", process: { stopSignal: "SIGUSR1" } }] });

/** A shell that answers a signal, and is ready for it. */
const answering = (signal: string, answer: string): string[] => [
  "sh",
  "-c",
  `trap '${answer}' ${signal}; echo ready; while :; do sleep 0.05; done`,
];

const ready = async (name: string): Promise<void> => {
  await eventually(
    () => engine.ok(["logs", name]),
    (text) => text.includes("ready"),
  );
};

const codeOf = async (name: string) => await engine.ok(["inspect", "--format", "{{.State.ExitCode}}", name]);

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const detached = async (name: string, ...rest: string[]) =>
      await engine.ok(["--runtime", runtime, "run", "-d", "--name", name, ...rest]);

    test("stop sends SIGTERM and waits only as long as the command needs", async () => {
      await detached("polite", IMAGE, ...answering("TERM", "exit 7"));
      await ready("polite");
      const { code, stdout, stderr } = await engine.run(["stop", "-t", "30", "polite"]);
      expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "polite\n", stderr: "" });
      expect(await codeOf("polite")).toBe("7");
    });

    test("a command that ignores the signal is killed after the time given, with a warning", async () => {
      await detached("deaf", IMAGE, "sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done");
      await ready("deaf");
      const started = performance.now();
      const { code, stderr } = await engine.run(["stop", "-t", "1", "deaf"]);
      expect(performance.now() - started).toBeGreaterThan(1000);
      expect(code).toBe(0);
      expect(stderr).toContain("SIGKILL");
      expect(await codeOf("deaf")).toBe("137");
    });

    test("the stop signal is the image's or the option's", async () => {
      await detached("image", "stopper:1", ...answering("USR1", "exit 11"));
      await detached("option", "--stop-signal", "HUP", IMAGE, ...answering("HUP", "exit 12"));
      await Promise.all([ready("image"), ready("option")]);
      expect(await engine.ok(["stop", "image", "option"])).toBe("image\noption");
      expect([await codeOf("image"), await codeOf("option")]).toEqual(["11", "12"]);
    });

    test("kill sends any signal, by name or number, and leaves the rest to the command", async () => {
      await detached("signalled", IMAGE, ...answering("USR2", "echo got"));
      await ready("signalled");
      for (const signal of ["USR2", "SIGUSR2", "usr2", "12"]) await engine.ok(["kill", "-s", signal, "signalled"]);
      await eventually(
        () => engine.ok(["logs", "signalled"]),
        (text) => text.includes("got"),
      );
      expect(await engine.ok(["ps", "-q", "--no-trunc", "-f", "name=signalled"])).not.toBe("");
      expect(await engine.ok(["kill", "signalled"])).toBe("signalled");
      expect(await codeOf("signalled")).toBe("137");
    });

    test("a signal to an attached run reaches the command", async () => {
      const words = engine.argv([
        "--runtime",
        runtime,
        "run",
        "--rm",
        "--name",
        "front",
        IMAGE,
        ...answering("TERM", "exit 9"),
      ]);
      const child = Bun.spawn(words, { stdout: "pipe", stderr: "inherit" });
      const reader = child.stdout.getReader();
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("ready\n");
      child.kill("SIGTERM");
      expect(await child.exited).toBe(9);
      await reader.cancel();
    });
  });
}

test("rm of a running container is refused with the way out, rm -f removes it", async () => {
  const id = await engine.detached(["--name", "busy"], "sleep", "1000");
  const { code, stderr } = await engine.run(["rm", "busy"]);
  expect(code).toBe(2);
  expect(stderr).toContain("estiba rm --force busy");
  expect(await engine.ok(["ps", "-q", "--no-trunc"])).toBe(id);
  expect(await engine.ok(["rm", "-f", "busy"])).toBe("busy");
  expect(await engine.ok(["ps", "-aq"])).toBe("");
});

test("several names are done at once; what fails is told, the rest is done", async () => {
  await engine.detached(["--name", "one"], "sleep", "1000");
  await engine.detached(["--name", "two"], "sleep", "1000");
  const { code, stdout, stderr } = await engine.run(["stop", "-t", "0", "one", "nonesuch", "two"]);
  expect({ code, stdout }).toEqual({ code: 125, stdout: "one\ntwo\n" });
  expect(stderr).toContain('"nonesuch"');
  expect((await engine.run(["rm", "nonesuch", "one"])).stdout).toBe("one\n");
  expect(await engine.ok(["rm", "--ignore", "nonesuch", "two"])).toBe("two");
});

test("stop and kill of what does not run: one is content, the other says so", async () => {
  await engine.ok(["create", "--name", "idle", IMAGE, "true"]);
  expect(await engine.ok(["stop", "idle"])).toBe("idle");
  const { code, stderr } = await engine.run(["kill", "idle"]);
  expect(code).toBe(125);
  expect(stderr).toContain("created");
});

test("wait prints the code, of one that has ended, of one that runs, and of several", async () => {
  await engine.detached(["--name", "quick"], "sh", "-c", "exit 3");
  await engine.detached(["--name", "slow"], "sh", "-c", "sleep 0.7; exit 4");
  expect(await engine.ok(["wait", "quick", "slow"])).toBe("3\n4");
  expect(await engine.ok(["wait", "slow"])).toBe("4");
  expect(await engine.ok(["wait", "--ignore", "nonesuch"])).toBe("-1");
});

test("wait prints the code of a container that removes itself while it is waited for, and for a while after", async () => {
  const id = await engine.detached(["--rm"], "sh", "-c", "sleep 0.7; exit 5");
  expect(await engine.ok(["wait", id])).toBe("5");
  expect(await engine.ok(["ps", "-aq"])).toBe("");
  expect(await engine.ok(["wait", id])).toBe("5");
});

test("many stops, kills and waits of one container at once agree", async () => {
  await engine.detached(["--name", "shared"], "sleep", "1000");
  const results = await Promise.all([
    engine.run(["wait", "shared"]),
    ...Array.from({ length: 6 }, () => engine.run(["stop", "-t", "0", "shared"])),
    engine.run(["wait", "shared"]),
  ]);
  for (const { code, stderr } of results) expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect([results[0]?.stdout, results.at(-1)?.stdout]).toEqual(["137\n", "137\n"]);
});

test("a container that ends just when it is stopped keeps its own exit code", async () => {
  for (let round = 0; round < 8; round++) {
    await engine.detached(["--name", `brief${round}`], "sh", "-c", "sleep 0.1; exit 6");
    await Bun.sleep(95 + round * 3);
    await engine.ok(["stop", "-t", "5", `brief${round}`]);
    // SIGTERM to a shell that is the first process has no effect: it either ends by itself or was over before.
    expect(await codeOf(`brief${round}`)).toBe("6");
  }
});

test("start runs an ended container again with the files it left", async () => {
  const script = "cat /count 2>/dev/null; echo x >>/count";
  await engine.ok(["run", "--name", "counter", IMAGE, "sh", "-c", script]);
  expect(await engine.ok(["start", "-a", "counter"])).toBe("x");
  expect(await engine.ok(["start", "-a", "counter"])).toBe("x\nx");
  expect(await engine.ok(["start", "counter"])).toBe("counter");
  await engine.ok(["wait", "counter"]);
  expect((await engine.ok(["logs", "counter"])).split("\n")).toHaveLength(6);
});

test("start of a running container is content, and -ai talks to it", async () => {
  await engine.detached(["--name", "up"], "sleep", "1000");
  expect(await engine.ok(["start", "up"])).toBe("");
  await engine.ok(["create", "-i", "--name", "cat", IMAGE, "cat"]);
  expect(await engine.ok(["start", "-ai", "cat"], { stdin: "hello" })).toBe("hello");
  expect((await engine.run(["start", "-a", "cat", "up"])).code).toBe(125);
});

test("--all and --latest choose", async () => {
  await engine.detached(["--name", "one"], "sleep", "1000");
  await engine.detached(["--name", "two"], "sleep", "1000");
  await engine.ok(["stop", "-t", "0", "--latest"]);
  expect(await engine.ok(["ps", "--format", "{{.Names}}"])).toBe("one");
  await engine.ok(["stop", "-t", "0", "--all"]);
  expect(await engine.ok(["ps", "-q"])).toBe("");
  expect((await engine.run(["rm"])).code).toBe(125);
  expect((await engine.run(["rm", "--all", "one"])).code).toBe(125);
  expect((await engine.ok(["rm", "--all"])).split("\n")).toHaveLength(2);
});
