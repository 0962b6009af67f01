import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { BINARY, runCommand, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

test("another engine is refused before anything is done, and what only looks is not", async () => {
  const { code, stdout, stderr } = await engine.run(["ps"], { env: { DOCKER_HOST: "tcp://far:2375" } });
  expect({ code, stdout, stderr }).toEqual({
    code: 125,
    stdout: "",
    stderr:
      "Error: DOCKER_HOST=tcp://far:2375 names another engine, and Estiba works on this machine only\n  unset DOCKER_HOST to work here\n",
  });
  const help = await engine.run(["ps", "--help"], { env: { DOCKER_HOST: "tcp://far:2375" } });
  expect(help.code).toBe(0);
  const run = async (...words: string[]) => await runCommand([BINARY, ...words, ...engine.argv(["ps", "-q"]).slice(1)]);
  expect(await run("--context", "default")).toMatchObject({ code: 0, stderr: "" });
  expect((await run("-H", "tcp://far")).stderr).toContain("--host tcp://far names another engine");
  expect((await run("--url", "unix:///x")).stderr).toContain("--url unix:///x names another engine");
  expect((await run("-r")).stderr).toContain("--remote names another engine");
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
  expect(debug.stderr).toMatch(/level=debug msg="running \S+ .* start [0-9a-f]{64}"/);
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
  "--tlsverify",
])("%s is refused by name, with the reason", async (option) => {
  const { code, stderr } = await runCommand([BINARY, option, "ps"]);
  expect(code).toBe(125);
  expect(stderr).toStartWith(`Error: ${option.split("=")[0]} is not supported: `);
});
