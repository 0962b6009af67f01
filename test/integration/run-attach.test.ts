import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const BOTH = ["sh", "-c", "echo out; echo err >&2"];

test("--attach shows and forwards only the streams it names", async () => {
  const shown = async (...options: string[]): Promise<[string, string]> => {
    const { stdout, stderr } = await engine.run(["run", "--rm", ...options, IMAGE, ...BOTH]);
    return [stdout, stderr];
  };
  expect(await shown("-a", "stdout")).toEqual(["out\n", ""]);
  expect(await shown("-a", "STDERR")).toEqual(["", "err\n"]);
  expect(await shown("-a", "stdout", "-a", "stderr")).toEqual(["out\n", "err\n"]);
  const echoed = await engine.ok(["run", "--rm", "-a", "stdin", "-a", "stdout", IMAGE, "cat"], { stdin: "through\n" });
  expect(echoed).toBe("through");
  for (const options of [
    ["-a", "foo"],
    ["-d", "-a", "stdout"],
  ]) {
    expect((await engine.run(["run", "--rm", ...options, IMAGE, "true"])).code).toBe(125);
  }
});

test("signals reach the container, or with --sig-proxy=false end the command alone", async () => {
  const script = "trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done";
  const start = async (...options: string[]) => {
    const client = Bun.spawn(engine.argv(["run", "--name", "box", ...options, IMAGE, "sh", "-c", script]), {
      stdio: ["ignore", "pipe", "ignore"],
    });
    await client.stdout.getReader().read();
    client.kill("SIGTERM");
    return await client.exited;
  };
  expect(await start("--rm")).toBe(9);
  expect(await start("--sig-proxy=false")).toBe(130);
  expect(await engine.ok(["ps", "--format", "{{.Names}} {{.State}}"])).toBe("box running");
});

test("an unknown detach key is refused, before anything is made", async () => {
  for (const verb of ["run", "exec"]) {
    const { code, stderr } = await engine.run([verb, "--detach-keys", "ctrl-?", "box", "true"]);
    expect({ verb, code }).toEqual({ verb, code: 125 });
    expect(stderr).toContain("--detach-keys");
  }
});

test("--rmi takes the image away with the container, unless others use it", async () => {
  await engine.ok(["tag", IMAGE, "short:1"]);
  await engine.ok(["run", "--rmi", "short:1", "true"]);
  expect((await engine.run(["image", "exists", "short:1"])).code).toBe(1);
  expect(await engine.ok(["ps", "-aq"])).toBe("");
  await engine.ok(["create", "--name", "user", IMAGE, "true"]);
  const { code, stderr } = await engine.run(["run", "--rmi", IMAGE, "true"]);
  expect(code).toBe(0);
  expect(stderr).toContain("WARN");
  expect((await engine.run(["image", "exists", IMAGE])).code).toBe(0);
  expect((await engine.run(["run", "-d", "--rmi", IMAGE, "true"])).code).toBe(125);
});

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    test("further descriptors of the caller reach the command, and no others", async () => {
      const file = engine.path("text");
      writeFileSync(file, "passed on\n");
      const shell = async (options: string, command: string, redirect: string): Promise<string> => {
        const words = `exec "$@" ${options} ${IMAGE} ${command} ${redirect}`;
        const argv = engine.argv(["--runtime", runtime, "run", "--rm", "-p", "0:80"]);
        const child = Bun.spawn(["sh", "-c", words, "sh", ...argv], { stdout: "pipe", stderr: "inherit" });
        return await new Response(child.stdout).text();
      };
      expect(await shell("--preserve-fds 1", "cat /proc/self/fd/3", `3<${file}`)).toBe("passed on\n");
      const listed = await shell(
        "--preserve-fd 5",
        "sh -c 'cat <&5; ls -l /proc/self/fd 2>/dev/null'",
        `5<${file} 6<${file}`,
      );
      expect(listed).toStartWith("passed on\n");
      expect(listed.split("\n").filter((line) => line.includes(file))).toHaveLength(1);
    });
  });
}

test("the half-closed stdin of a client ends the command's input, and its output comes whole", async () => {
  const client = Bun.spawn(engine.argv(["run", "--rm", "-i", IMAGE, "sh", "-c", "wc -c; echo after"]), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await client.stdin.write("12345");
  await client.stdin.end();
  expect(await new Response(client.stdout).text()).toBe("5\nafter\n");
  await eventually(
    () => client.exitCode,
    (code) => code === 0,
  );
});
