import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine({
  images: [
    { name: "entry:1", process: { entrypoint: ["/bin/echo", "entry"], cmd: ["cmd"] } },
    { name: "bare:1", process: { cmd: [] } },
    { name: "stopper:1", process: { stopSignal: "SIGUSR1" } },
  ],
});

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const run = (...args: string[]) => engine.run(["--runtime", runtime, "run", "--rm", ...args]);

    test("the exit code is the command's own", async () => {
      for (const code of [0, 1, 7, 125, 255]) {
        expect((await run(IMAGE, "sh", "-c", `exit ${code}`)).code).toBe(code);
      }
    });

    test("a container that a signal ended gives 128 and the signal's number", async () => {
      const ended = run("--name", "doomed", IMAGE, "sleep", "100");
      await eventually(
        () => engine.run(["kill", "--signal", "KILL", "doomed"]),
        ({ code }) => code === 0,
      );
      expect((await ended).code).toBe(137);
      expect((await run(IMAGE, "sh", "-c", "sh -c 'kill -SEGV $$'; exit $?")).code).toBe(139);
    });

    test("a command that is not there gives 127 and names it", async () => {
      for (const command of ["nonesuch", "/nonesuch", "./nonesuch"]) {
        const { code, stdout, stderr } = await run(IMAGE, command);
        expect({ command, code, stdout }).toEqual({ command, code: 127, stdout: "" });
        expect(stderr).toStartWith("Error: ");
        expect(stderr).toContain("nonesuch");
        expect(stderr).toContain("not found");
      }
    });

    test("a script whose interpreter is not there fails and is named, by the runtime itself", async () => {
      const script = engine.path(`script-${runtime}`);
      writeFileSync(script, "#!/nonesuch\n", { mode: 0o755 });
      const { code, stderr } = await run("-v", `${script}:/script`, IMAGE, "/script");
      expect(code).not.toBe(0);
      expect(stderr).toContain("/script");
      expect(stderr).toMatch(/no such file/i);
    });

    test("a command that cannot be executed gives 126: no execute bit, a folder", async () => {
      for (const command of ["/etc/passwd", "/etc"]) {
        const { code, stderr } = await run(IMAGE, command);
        expect({ command, code, stderr }).toEqual({
          command,
          code: 126,
          stderr: expect.stringContaining(command) as string,
        });
      }
    });

    test("stdout and stderr come apart", async () => {
      const { stdout, stderr } = await run(IMAGE, "sh", "-c", "echo out; echo err >&2");
      expect({ stdout, stderr }).toEqual({ stdout: "out\n", stderr: "err\n" });
    });

    test("a megabyte of noise goes through -i and back unchanged, and the end of input reaches the command", async () => {
      const noise = randomBytes(1024 * 1024);
      const result = await engine.run(["--runtime", runtime, "run", "--rm", "-i", IMAGE, "cat"], { stdin: noise });
      expect(result.code).toBe(0);
      expect(Buffer.compare(result.bytes, noise)).toBe(0);
    });

    test("the command goes on writing after its input has ended", async () => {
      const command = "cat >/dev/null; sleep 0.2; echo late";
      const result = await engine.run(["--runtime", runtime, "run", "--rm", "-i", IMAGE, "sh", "-c", command], {
        stdin: "something",
      });
      expect(result.stdout).toBe("late\n");
    });

    test("a detached run returns at once and keeps no descriptor of the caller", async () => {
      // `run` ends only when the pipes reach their end: with a descriptor left in the monitor that would be after the sleep.
      const { code, stdout } = await engine.run(["--runtime", runtime, "run", "-d", IMAGE, "sleep", "1000"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
      expect(await engine.ok(["ps", "--no-trunc", "-q"])).toBe(stdout.trim());
    });

    test("the command has no descriptor but its own three", async () => {
      // `ls` shows the descriptor it reads the folder by, too.
      const listing = await run(IMAGE, "ls", "/proc/self/fd");
      expect(listing.stdout).toBe("0\n1\n2\n3\n");
      const sleeper = await engine.ok(["--runtime", runtime, "run", "-d", "-p", "0:80", IMAGE, "sleep", "1000"]);
      const pid = await engine.ok(["inspect", "--format", "{{.State.Pid}}", sleeper]);
      // Until the command begins, the process is the runtime's.
      await eventually(
        () => readdirSync(`/proc/${pid}/fd`).toSorted().join(),
        (fds) => fds === "0,1,2",
      );
    });
  });
}

test("bad input gives 125, one clear error, and nothing behind", async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["run", "--pull", "never", "nonesuch:1", "true"], /nonesuch/],
    [["run", "Bad//Reference", "true"], /Bad\/\/Reference/],
    [["run", "bb:", "true"], /bb:/],
    [["run", "--nonesuch", IMAGE], /unknown flag: --nonesuch/],
    [["run", "--memory", "lots", IMAGE], /lots/],
    [["run", "--memory"], /needs a value/],
    [["run", "--network", "nonesuch", IMAGE], /nonesuch/],
    [["run", "--name", "no/name", IMAGE, "true"], /no\/name/],
    [["run", "--rm", "-v", "/nonesuch:/x", IMAGE, "true"], /\/nonesuch/],
    [["run", "-w", "relative", IMAGE, "true"], /relative/],
    [["run", "--rm", "--runtime", "nonesuch", IMAGE, "true"], /nonesuch/],
    [["run", "--env-file", "/nonesuch", IMAGE, "true"], /\/nonesuch/],
    [["run", "-p", "99999:80", IMAGE, "true"], /99999/],
    [["run"], /requires at least 1 arg/],
    [["run", "--rm", "bare:1"], /no command/],
    [["nonesuch"], /unrecognized command/],
    [["inspect", "nonesuch"], /nonesuch/],
    [["start", "nonesuch"], /nonesuch/],
    [["stop", "nonesuch"], /nonesuch/],
    [["kill", "nonesuch"], /nonesuch/],
    [["logs", "nonesuch"], /nonesuch/],
    [["exec", "nonesuch", "true"], /nonesuch/],
    [["wait", "nonesuch"], /nonesuch/],
    [["tag", "nonesuch", "x"], /nonesuch/],
    [["history", "nonesuch"], /nonesuch/],
    [["ps", "--filter", "nonesuch=1"], /nonesuch/],
    [["kill", "--signal", "NOPE", "x"], /NOPE/],
  ];
  for (const [args, pattern] of cases) {
    const { code, stdout, stderr } = await engine.run(args);
    expect({ args, code, errors: stderr.match(/^Error: /gm)?.length }).toEqual({ args, code: 125, errors: 1 });
    expect(stdout.replace("[]\n", "")).toBe("");
    expect(stderr).toMatch(pattern);
    expect(stderr).not.toMatch(/\bat \S+:\d+:\d+|undefined|\[object/);
  }
  expect(await engine.ok(["ps", "-aq"])).toBe("");
});

test("entrypoint and command join as both peers join them", async () => {
  const run = async (...args: string[]) => await engine.ok(["run", "--rm", ...args]);
  expect(await run("entry:1")).toBe("entry cmd");
  expect(await run("entry:1", "mine")).toBe("entry mine");
  expect(await run("--entrypoint", "/bin/echo", "entry:1")).toBe("");
  expect(await run("--entrypoint", "/bin/echo", "entry:1", "mine")).toBe("mine");
  expect(await run("--entrypoint", "", "entry:1", "echo", "alone")).toBe("alone");
  expect(await run("--entrypoint", '["echo","a","b"]', "entry:1", "c")).toBe("a b c");
  expect(await run(IMAGE, "echo", "--rm", "-d")).toBe("--rm -d");
});

test("the container id file gets the id, and must not be there before", async () => {
  const folder = engine.path("ids");
  mkdirSync(folder);
  const file = join(folder, "id");
  const id = await engine.detached(["--cidfile", file], "sleep", "100");
  expect(readFileSync(file, "utf8")).toBe(id);
  expect(await engine.ok(["stop", "-t", "0", "--cidfile", file])).toBe(id);
  const again = await engine.run(["run", "--rm", "--cidfile", file, IMAGE, "true"]);
  expect(again.code).toBe(125);
  expect(again.stderr).toContain(file);
  expect(readFileSync(file, "utf8")).toBe(id);
  const failed = join(folder, "failed");
  expect((await engine.run(["create", "--pull", "never", "--cidfile", failed, "nonesuch:1"])).code).toBe(125);
  expect(existsSync(failed)).toBe(false);
});

test("a name in use is refused with its holder, and --replace takes it over", async () => {
  const first = await engine.detached(["--name", "one"], "sleep", "100");
  const refused = await engine.run(["run", "-d", "--name", "one", IMAGE, "sleep", "100"]);
  expect(refused.code).toBe(125);
  expect(refused.stderr).toContain(first.slice(0, 12));
  expect(refused.stderr).toContain("estiba rm one");
  const second = await engine.detached(["--name", "one", "--replace"], "sleep", "100");
  expect(await engine.ok(["ps", "-aq", "--no-trunc"])).toBe(second);
  const third = await engine.ok(["create", "--name", "one", "--replace", IMAGE]);
  expect(await engine.ok(["ps", "-aq", "--no-trunc"])).toBe(third);
});

test("--replace does not take the old container away when the new one cannot be made", async () => {
  const first = await engine.detached(["--name", "one"], "sleep", "100");
  const { code } = await engine.run(["run", "-d", "--replace", "--name", "one", "--pull", "never", "nonesuch:1"]);
  expect(code).toBe(125);
  expect(await engine.ok(["ps", "-q", "--no-trunc"])).toBe(first);
});

test("an image is found by its id, its beginning, its short and its full name", async () => {
  const id = engine.images.get(IMAGE)?.id ?? "";
  for (const name of [id, `sha256:${id}`, id.slice(0, 8), "bb:1", "localhost/bb:1"]) {
    expect(await engine.ok(["run", "--rm", "--pull", "never", name, "echo", name])).toBe(name);
  }
});
