import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const sleeper = async (...options: string[]) =>
      await engine.ok(["--runtime", runtime, "run", "-d", "--name", "box", ...options, IMAGE, "sleep", "1000"]);

    test("the exit code is the command's own", async () => {
      await sleeper();
      for (const code of [0, 1, 42, 255]) {
        expect((await engine.run(["exec", "box", "sh", "-c", `exit ${code}`])).code).toBe(code);
      }
      expect((await engine.run(["exec", "box", "sh", "-c", "kill -KILL $$"])).code).toBe(137);
    });

    test("a command that is not there gives 127, one that cannot run 126, each told once", async () => {
      await sleeper();
      for (const [command, code] of [
        ["nonesuch", 127],
        ["/nonesuch", 127],
        ["/etc/passwd", 126],
        ["/etc", 126],
      ] as const) {
        const result = await engine.run(["exec", "box", command]);
        expect({ command, code: result.code }).toEqual({ command, code });
        expect(result.stderr).toStartWith(`Error: "${command}"`);
        expect(result.stdout).toBe("");
      }
    });

    test("a megabyte of noise goes through -i and back, stderr apart, input ends", async () => {
      await sleeper();
      const noise = randomBytes(1024 * 1024);
      const result = await engine.run(["exec", "-i", "box", "sh", "-c", "cat; echo err >&2"], { stdin: noise });
      expect(Buffer.compare(result.bytes, noise)).toBe(0);
      expect(result.stderr).toBe("err\n");
      // Without -i the caller's input is not the command's.
      expect((await engine.run(["exec", "box", "cat"], { stdin: "not for you" })).stdout).toBe("");
    });

    test("files of the host that a command reads and writes keep their owner, and so does /dev/null", async () => {
      await sleeper();
      const [input, output] = [engine.path(`in-${runtime}`), engine.path(`out-${runtime}`)];
      writeFileSync(input, "of the host\n");
      for (const options of [["-i"], ["-i", "--no-session"]]) {
        const command = Bun.spawn({
          cmd: engine.argv(["exec", ...options, "-u", "1000", "box", "sh", "-c", "cat; id -u; exit 9"]),
          stdin: Bun.file(input),
          stdout: Bun.file(output),
          stderr: "ignore",
        });
        expect(await command.exited).toBe(9);
        expect(readFileSync(output, "utf8")).toBe("of the host\n1000\n");
        for (const path of [input, output, "/dev/null"])
          expect({ path, uid: statSync(path).uid }).toEqual({ path, uid: 0 });
      }
      expect(await engine.ok(["exec", "-u", "1000", "box", "sh", "-c", "cat; readlink /proc/self/fd/0"])).toStartWith(
        "pipe:",
      );
      await engine.ok(["exec", "-d", "-u", "1000", "box", "true"]);
      expect(statSync("/dev/null").uid).toBe(0);
    });

    test("a paused container is let go on first, says the error", async () => {
      await sleeper();
      await engine.ok(["pause", "box"]);
      const { code, stderr } = await engine.run(["exec", "box", "true"]);
      expect(code).toBe(125);
      expect(stderr).toContain("estiba unpause box");
    });

    test("environment, user and working folder are the container's unless given", async () => {
      await sleeper("-e", "FROM=run", "-e", "BOTH=run", "-w", "/etc", "-u", "1000");
      const script = "echo $FROM $BOTH $NEW $OWN $(id -u) $(id -g) $(pwd)";
      expect(await engine.ok(["exec", "box", "sh", "-c", script])).toBe("run run 1000 1000 /etc");
      const options = ["-e", "BOTH=exec", "-e", "NEW=x", "-e", "OWN", "-u", "0:7", "-w", "/tmp"];
      expect(await engine.ok(["exec", ...options, "box", "sh", "-c", script], { env: { OWN: "mine" } })).toBe(
        "run exec x mine 0 7 /tmp",
      );
      const file = engine.path(`env-${runtime}`);
      writeFileSync(file, "FILED=yes\n");
      expect(await engine.ok(["exec", "--env-file", file, "box", "sh", "-c", "echo $FILED"])).toBe("yes");
    });

    test("a missing working folder, an unknown user and no command are refused", async () => {
      await sleeper();
      expect((await engine.run(["exec", "-w", "/nonesuch", "box", "true"])).code).toBe(127);
      const unknown = await engine.run(["exec", "-u", "nobodyknows", "box", "true"]);
      expect(unknown.code).toBe(125);
      expect(unknown.stderr).toContain('"nobodyknows"');
      expect((await engine.run(["exec", "box"])).code).toBe(125);
    });

    test("capabilities and the filter are the container's; a user other than root has none", async () => {
      await sleeper();
      const effective = async (...options: string[]) =>
        await engine.ok([
          "exec",
          ...options,
          "box",
          "sh",
          "-c",
          "grep -E 'CapEff|Seccomp:' /proc/self/status | cut -f2",
        ]);
      expect(await effective()).toBe("00000000800405fb\n2");
      expect(await effective("-u", "1000")).toBe("0000000000000000\n2");
      expect(await effective("--privileged")).not.toStartWith("00000000800405fb");
    });

    test("the command has no descriptor but its own three", async () => {
      await sleeper();
      expect(await engine.ok(["exec", "box", "ls", "/proc/self/fd"])).toBe("0\n1\n2\n3");
    });

    test("a detached command goes on by itself, and keeps no descriptor of the caller", async () => {
      await sleeper();
      const started = await engine.run(["exec", "-d", "box", "sh", "-c", "sleep 0.3; touch /came; sleep 1000"]);
      expect(started.code).toBe(0);
      await eventually(
        () => engine.run(["exec", "box", "ls", "/came"]),
        ({ code }) => code === 0,
      );
    });

    test("many at once do not disturb each other", async () => {
      await sleeper();
      const codes = Array.from({ length: 20 }, (_, index) => index);
      const results = await Promise.all(
        codes.map((code) => engine.run(["exec", "box", "sh", "-c", `echo ${code}; exit ${code}`])),
      );
      expect(results.map(({ code }) => code)).toEqual(codes);
      expect(results.map(({ stdout }) => stdout)).toEqual(codes.map((code) => `${code}\n`));
    });

    test("an exec ends when its container ends", async () => {
      await sleeper();
      const inside = engine.run(["exec", "box", "sh", "-c", "echo in; sleep 1000"]);
      await eventually(
        () => engine.ok(["exec", "box", "ps"]),
        (text) => text.split("sleep 1000").length > 2,
      );
      await engine.ok(["stop", "-t", "0", "box"]);
      expect((await inside).code).toBe(137);
    });
  });
}

test("a command that comes while its container ends is told that, and not what the runtime came upon", async () => {
  for (let round = 0; round < 6; round++) {
    await engine.ok(["run", "-d", "--name", `box${round}`, IMAGE, "sleep", "1000"]);
    const commands = [["exec"], ["exec", "-d"], ["exec"], ["exec", "-d"]].map(
      async (words) => await engine.run([...words, `box${round}`, "true"]),
    );
    const [ended, ...begun] = await Promise.all([engine.run(["kill", `box${round}`]), ...commands]);
    expect(ended.code).toBe(0);
    // The others ran, or were killed.
    const refused = begun.filter(({ code }) => code === 125 || code === 126 || code === 127);
    const told = refused.map(({ stderr }) => stderr.split("\n").find((line) => line.startsWith("Error: ")) ?? stderr);
    for (const line of told)
      expect(line).toBe(`Error: can only run commands in running containers: "box${round}" is exited`);
  }
}, 60_000);

test("exec in a container that does not run says so", async () => {
  await engine.ok(["create", "--name", "idle", IMAGE, "true"]);
  for (const status of ["created", "exited"]) {
    const { code, stderr } = await engine.run(["exec", "idle", "true"]);
    expect(code).toBe(125);
    expect(stderr).toContain(status);
    expect(stderr).toContain("estiba start idle");
    await engine.ok(["start", "idle"]);
    await engine.ok(["wait", "idle"]);
  }
});

test("an exec leaves no files behind", async () => {
  const id = await engine.detached([], "sleep", "1000");
  const bundle = join(engine.runRoot, "containers", id);
  await engine.ok(["exec", "-d", id, "true"]);
  await eventually(
    () => readdirSync(join(bundle, "exec")),
    (names) => names.length === 0,
  );
  const before = readdirSync(bundle).toSorted();
  for (const command of ["true", "nonesuch"]) await engine.run(["exec", id, command]);
  expect((await engine.run(["exec", "-d", id, "nonesuch"])).code).toBe(127);
  expect(readdirSync(bundle).toSorted()).toEqual(before);
  expect(readdirSync(join(bundle, "exec"))).toEqual([]);
});
