// A runtime that is killed, with its monitor, when it has just made a container's first process leaves one that waits for a `start` that
// nobody sends: no pid file, no state of the runtime names it, only its cgroup. That moment is short; a runtime that keeps its states where
// the engine does not look, and never returns, makes it last.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { cgroupHierarchies, processesBelow } from "../../src/host/cgroup-folders.ts";
import { allProcesses, readProcFile, startTicksOf } from "../../src/host/process.ts";
import { rootId } from "../../src/network/root-id.ts";
import { findRuntime } from "../../src/runtime/choose-runtime.ts";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { expectNothingLeft, hostSnapshot } from "../fixtures/host-snapshot.ts";
import { openBeside } from "../fixtures/open-beside.ts";

const engine = useEngine();

/** The live processes in a container's cgroup. */
function members(id: string): number[] {
  const cgroup = `estiba-${rootId(engine.runRoot)}/${id}`;
  const pids = cgroupHierarchies().flatMap((root) => processesBelow(`${root}/${cgroup}`));
  return [...new Set(pids)].filter((pid) => startTicksOf(pid) !== undefined);
}

/** A runtime that makes a container, tells so by a file, and hangs. */
function halfRuntime(runtime: string): { path: string; made: string } {
  const [path, made, states] = [`half-${runtime}`, `made-${runtime}`, `states-${runtime}`].map((name) =>
    engine.path(name),
  ) as [string, string, string];
  mkdirSync(states, { recursive: true });
  rmSync(made, { force: true });
  const real = findRuntime(runtime)?.path ?? "";
  const script = `#!/bin/bash
case " $* " in *" create "*) ;; *) exec ${real} "$@" ;; esac
words=()
while [ $# -gt 0 ]; do
  case $1 in --root | --pid-file) shift ;; *) words+=("$1") ;; esac
  shift
done
${real} --root ${states} "\${words[@]}" && echo >${made}
kill -STOP $$
`;
  writeFileSync(path, script, { mode: 0o755 });
  return { path, made };
}

function forget(file: string, table: string, id: string): void {
  using database = openBeside(engine.path(file));
  database.run(`DELETE FROM ${table} WHERE id = ?`, [id]);
}

for (const { name: runtime, why } of testRuntimes()) {
  describe.skipIf(why !== undefined)(`with ${runtime}${why === undefined ? "" : `, skipped: ${why}`}`, () => {
    /** A `run -d` that was killed, its monitor with it or not, when its container's first process was just made. */
    async function halfStarted(monitorToo: boolean): Promise<{ id: string; name: string }> {
      const { path, made } = halfRuntime(runtime);
      const words = ["--runtime", path, "run", "-d", "--name", "victim", IMAGE, "sleep", "1000"];
      const child = Bun.spawn(engine.argv(words), { stdio: ["ignore", "ignore", "ignore"] });
      await eventually(
        () => existsSync(made),
        (isMade) => isMade,
      );
      child.kill("SIGKILL");
      await child.exited;
      const id = await engine.ok(["ps", "-aq", "--no-trunc"]);
      const isMonitor = (pid: number) => readProcFile(pid, "cmdline").split("\0").slice(0, 6).includes(id);
      if (monitorToo) for (const pid of allProcesses().filter(isMonitor)) process.kill(pid, "SIGKILL");
      expect(members(id)).not.toEqual([]);
      return { id, name: "victim" };
    }

    test.each([
      ["whose monitor lives", false],
      ["whose monitor was killed too", true],
    ])("rm ends a first process that nothing names, %s", async (_title, monitorToo) => {
      const before = await hostSnapshot(engine);
      const { id, name } = await halfStarted(monitorToo);
      expect(await engine.ok(["rm", "-f", name])).toBe(name);
      expect(members(id)).toEqual([]);
      await engine.expectClean();
      await expectNothingLeft(engine, before);
    });

    test("start ends it, and makes the container anew", async () => {
      const { id, name } = await halfStarted(true);
      const old = members(id);
      await engine.ok(["--runtime", runtime, "start", name]);
      expect(members(id).filter((pid) => old.includes(pid))).toEqual([]);
      expect(await engine.ok(["exec", name, "echo", "runs"])).toBe("runs");
    });

    test("system check says what was cut off, and --repair ends it", async () => {
      const before = await hostSnapshot(engine);
      const { id, name } = await halfStarted(true);
      expect((await engine.run(["system", "check", "--quick"])).stdout).toContain("the start of container victim");
      expect((await engine.run(["system", "check", "--quick", "--repair"])).code).toBe(0);
      expect(members(id)).toEqual([]);
      await engine.expectClean();
      await engine.ok(["rm", name]);
      await expectNothingLeft(engine, before);
    });

    test("system check names one whose container was forgotten, and --repair ends it and removes its cgroup", async () => {
      const before = await hostSnapshot(engine);
      const { id } = await halfStarted(true);
      forget("root/estiba.db", "container", id);
      forget("run/live.db", "container_state", id);
      const [pid] = members(id);
      const found = await engine.run(["system", "check", "--quick"]);
      expect(found.stdout).toContain(`process: process ${pid} of container ${id.slice(0, 12)}, which does not run`);
      expect((await engine.run(["system", "check", "--quick", "--repair"])).code).toBe(0);
      expect(members(id)).toEqual([]);
      await engine.expectClean();
      await expectNothingLeft(engine, before);
    });
  });
}
