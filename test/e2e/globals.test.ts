import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { BINARY, runCommand, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

test("an engine elsewhere is named by option, variable or context, and what only looks asks nobody", async () => {
  const run = async (words: string[], env: Record<string, string> = {}) =>
    await runCommand([BINARY, ...words], { env });
  const far = "unix:///nonesuch/far.sock";
  for (const [words, env] of [
    [["ps"], { DOCKER_HOST: far }],
    [["ps"], { CONTAINER_HOST: far }],
    [["-H", far, "ps"], {}],
    [["--url", far, "ps"], {}],
  ] as const)
    expect((await run([...words], env)).stderr).toStartWith(`Error: no engine answers at ${far}`);
  expect((await run(["--context", "far", "ps"])).stderr).toContain('there is no context "far"');
  expect((await run(["ps", "--help"], { DOCKER_HOST: far })).code).toBe(0);
  expect((await run(engine.argv(["ps"]).slice(1), { DOCKER_HOST: far })).stderr).toBe(
    `Error: --root is for this machine's engine, and DOCKER_HOST=${far} names another\n  leave one of them out\n`,
  );
  const here = await run(["--context", "default", ...engine.argv(["ps", "-q"]).slice(1)], { DOCKER_HOST: far });
  expect(here).toMatchObject({ code: 0, stderr: "" });
});

test("a container goes its way whatever its caller's environment says of other engines", async () => {
  const env = { DOCKER_HOST: "tcp://far:2375" };
  const id = (
    await runCommand([BINARY, "--context", "default", ...engine.argv(["run", "-d", "bb:1", "true"]).slice(1)], { env })
  ).stdout.trim();
  expect(await engine.ok(["wait", id])).toBe("0");
});

test("the debug level says what is run, and the error level keeps warnings away", async () => {
  const at = async (level: string, ...words: string[]) =>
    await runCommand([BINARY, "--log-level", level, ...engine.argv(words).slice(1)]);
  const debug = await at("debug", "run", "--rm", "bb:1", "true");
  expect(debug.code).toBe(0);
  expect(debug.stderr).toMatch(/^time="[^"]+" level=debug msg="called run by /);
  expect(debug.stderr).toMatch(/level=debug msg="running \S+conmon .*--exit-command /);
  // With crun a container begins without a process for it.
  expect(debug.stderr).toMatch(/level=debug msg="running \S+ .* delete --force [0-9a-f]{64}"/);
  const wants = ["run", "--rm", "--pids-limit", "9999999", "bb:1", "true"];
  expect((await at("warn", ...wants)).stderr).toContain("WARN: ");
  expect((await at("error", ...wants)).stderr).toBe("");
});

test("a conmon is taken by its path, and one that is not there is refused", async () => {
  const conmon = Bun.which("conmon") ?? "/usr/bin/conmon";
  const wrapper = engine.path("conmon");
  writeFileSync(wrapper, `#!/bin/sh\ntouch '${engine.path("called")}'\nexec '${conmon}' "$@"\n`, { mode: 0o755 });
  const run = async (path: string) =>
    await runCommand([BINARY, "--conmon", path, ...engine.argv(["run", "--rm", "bb:1", "true"]).slice(1)]);
  expect(await run(wrapper)).toMatchObject({ code: 0, stderr: "" });
  expect(await Bun.file(engine.path("called")).exists()).toBe(true);
  expect((await run("/nonesuch")).stderr).toStartWith('Error: --conmon: "/nonesuch" cannot be executed');
});

test.each([
  "--runtime-flag=x",
  "--storage-opt=x",
  "--tmpdir=/x",
  "--hooks-dir=/x",
  "--module=x",
  "--transient-store",
  "--syslog",
  "--identity=x",
])("%s is refused by name, with the reason", async (option) => {
  const { code, stderr } = await runCommand([BINARY, option, "ps"]);
  expect(code).toBe(125);
  expect(stderr).toStartWith(`Error: ${option.split("=")[0]} is not supported: `);
});
