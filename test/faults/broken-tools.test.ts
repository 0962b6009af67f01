import { expect, test } from "bun:test";
import { copyFileSync, renameSync, writeFileSync } from "node:fs";
import { findRuntime } from "../../src/runtime/choose-runtime.ts";
import { BINARY, eventually, IMAGE, runCommand, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { expectNothingLeft, hostSnapshot } from "../fixtures/host-snapshot.ts";

const engine = useEngine();
const usable = testRuntimes().find(({ why }) => why === undefined)?.name ?? "runc";
const realRuntime = findRuntime(usable)?.path ?? "";

function script(name: string, text: string): string {
  const path = engine.path(name);
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

async function failsCleanly(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  await engine.ok(["run", "--rm", IMAGE, "true"]);
  const before = await hostSnapshot(engine);
  for (const options of [["--rm"], ["-d", "--name", "kept"]]) {
    const result = await engine.run(
      [...args.slice(0, -1), "run", ...options, "-p", "127.0.0.1::80", IMAGE, "sleep", "100"],
      { env },
    );
    expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 125, stdout: "" });
    expect(result.stderr.match(/^Error: /gm)).toHaveLength(1);
    await engine.expectClean();
    if (!options.includes("--rm")) {
      expect(await engine.ok(["ps", "-a", "--format", "{{.Names}} {{.State}}"])).toBe("kept created");
      // The fault is gone: the container that could not start can.
      expect(await engine.ok(["--runtime", usable, "start", "kept"])).toBe("kept");
      await engine.ok(["rm", "-f", "kept"]);
      await expectNothingLeft(engine, before);
      return result.stderr;
    }
    await expectNothingLeft(engine, before);
  }
  return "";
}

test.each([
  ["fails", "exit 1"],
  ["succeeds and does nothing", "exit 0"],
  ["says something", "echo the disk is on fire >&2; exit 3"],
  ["dies of a signal", "kill -SEGV $$"],
])("a runtime that %s is an error, and leaves nothing", async (_title, text) => {
  const runtime = script("bad-runtime", text);
  const message = await failsCleanly(["--runtime", runtime, ""]);
  if (text.includes("fire")) expect(message).toContain("the disk is on fire");
});

test("a runtime that fails only at start is an error, and leaves nothing", async () => {
  const runtime = script(
    "no-start",
    `for word; do [ "$word" = start ] && { echo cannot start >&2; exit 1; }; done; exec ${realRuntime} "$@"`,
  );
  expect(await failsCleanly(["--runtime", runtime, ""])).toContain("cannot start");
});

test.each([
  ["fails", "exit 1"],
  ["succeeds and does nothing", "exit 0"],
  ["says something", "echo no room for a monitor >&2; exit 3"],
  ["dies of a signal", "kill -KILL $$"],
])("a monitor that %s is an error, and leaves nothing", async (_title, text) => {
  const message = await failsCleanly([""], { ESTIBA_CONMON: script("bad-conmon", text) });
  if (text.includes("room")) expect(message).toContain("no room for a monitor");
});

test("an upgrade while a container runs does not keep it from being cleaned up", async () => {
  const binary = engine.path("estiba-copy");
  copyFileSync(BINARY, binary);
  const roots = engine.argv([]).slice(1);
  const started = await runCommand([binary, ...roots, "run", "-d", "--rm", IMAGE, "sleep", "0.7"], {
    env: { ESTIBA_BINARY: "" },
  });
  expect(started.code).toBe(0);
  copyFileSync(BINARY, `${binary}.new`);
  renameSync(`${binary}.new`, binary);
  await eventually(
    () => engine.ok(["ps", "-aq"]),
    (text) => text === "",
  );
});

test("a container whose exit hook cannot run is put right by the next command that looks", async () => {
  const hook = script("no-hook", "exit 1");
  await engine.ok(["run", "-d", "--name", "left", "-p", "127.0.0.1::80", IMAGE, "sh", "-c", "exit 3"], {
    env: { ESTIBA_BINARY: hook },
  });
  expect(await engine.ok(["wait", "left"])).toBe("3");
  expect(await engine.ok(["ps", "-a", "--format", "{{.Names}} {{.Status}}"])).toMatch(/^left Exited \(3\)/);
  await engine.ok(["run", "-d", "--name", "again", IMAGE, "sh", "-c", "exit 4"], { env: { ESTIBA_BINARY: hook } });
  await eventually(
    () => engine.ok(["ps", "-a", "--format", "{{.Status}}", "--filter", "name=again"]),
    (text) => text.startsWith("Exited (4)"),
  );
  await eventually(
    () => engine.run(["system", "check", "--repair"]),
    ({ code, stdout }) => code === 0 && stdout !== "",
  );
});
