import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { openBeside } from "../fixtures/open-beside.ts";
import { killHard, look, processesWith, until, watcherOf } from "../fixtures/supervision.ts";

const engine = useEngine();
setDefaultTimeout(60_000);

const SOON = ["--health-interval", "200ms", "--health-retries", "2"];
const checkedBy = async (name: string, command: string) =>
  await engine.detached(["--name", name, "--health-cmd", command, ...SOON], "sleep", "1000");
const untilStatus = async (name: string, status: string) => await until(engine, name, ["State.Health.Status"], status);

test("the watcher is one for all containers, in a session and a cgroup of its own, and goes when none is left", async () => {
  for (const name of ["a", "b", "c"]) await checkedBy(name, "true");
  await Promise.all(["a", "b", "c"].map((name) => untilStatus(name, "healthy")));
  const pids = processesWith(engine.runRoot, "system", "watch");
  expect(pids).toHaveLength(1);
  const stat = readFileSync(`/proc/${pids[0]}/stat`, "latin1");
  expect(Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3])).toBe(pids[0] ?? 0);
  expect(readFileSync(`/proc/${pids[0]}/cgroup`, "latin1")).toMatch(/:\/estiba-[0-9a-f]{8}\/watcher$/m);
  await engine.ok(["rm", "-fa"]);
  await eventually(
    () => processesWith(engine.runRoot, "system", "watch"),
    (left) => left.length === 0,
  );
  expect(readdirSync(`${engine.runRoot}/watcher`)).toEqual(["lock"]);
});

test("the watcher holds nothing of its caller: neither output, nor other descriptors, nor environment", async () => {
  const script = `exec 9>&1; ${engine.argv(["run", "-d", "--name", "box", "--health-cmd", "true", IMAGE, "sleep", "1000"]).join(" ")}`;
  // It ends only when nobody holds the pipe any more.
  const { code, stdout } = await runCommand(["sh", "-c", script], { env: { SECRET: "word" } });
  expect({ code, id: stdout.trim().length }).toEqual({ code: 0, id: 64 });
  const watcher =
    (await eventually(
      () => watcherOf(engine),
      (pid) => pid !== undefined,
    )) ?? 0;
  for (const fd of [0, 1, 2]) expect(readlinkSync(`/proc/${watcher}/fd/${fd}`)).toBe("/dev/null");
  expect(readFileSync(`/proc/${watcher}/environ`, "latin1")).not.toContain("SECRET");
});

test("a watcher that was killed is named by check, and started again by the next command that changes something, not by one that reads", async () => {
  await checkedBy("box", "test -e /ok");
  await untilStatus("box", "unhealthy");
  await killHard(
    (await eventually(
      () => watcherOf(engine),
      (pid) => pid !== undefined,
    )) ?? 0,
  );
  for (const words of [["ps"], ["inspect", "box"], ["logs", "box"]]) await engine.ok(words);
  expect(processesWith(engine.runRoot, "system", "watch")).toEqual([]);
  expect(await look(engine, "box", "State.Status")).toBe("running");
  const found = await engine.run(["system", "check", "--quick"]);
  expect(found.code).toBe(1);
  expect(found.stdout).toMatch(/^watcher: nobody checks the health of container box/);
  await engine.ok(["exec", "box", "touch", "/ok"]);
  await engine.detached(["--name", "other"], "true");
  await untilStatus("box", "healthy");
});

test("a watcher that was killed is started again by check --repair", async () => {
  await checkedBy("box", "test -e /ok");
  await untilStatus("box", "unhealthy");
  await killHard(
    (await eventually(
      () => watcherOf(engine),
      (pid) => pid !== undefined,
    )) ?? 0,
  );
  await engine.ok(["exec", "box", "touch", "/ok"]);
  expect(await engine.ok(["system", "check", "--quick", "--repair"])).toContain("(mended)");
  await untilStatus("box", "healthy");
});

test("the watcher checks many containers, hanging ones among them", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `box${index}`);
  for (const name of names)
    await engine.detached(
      ["--name", name, "--health-cmd", name < "box2" ? "sleep 20" : "true", "--health-interval", "1s"],
      "sleep",
      "1000",
    );
  await Promise.all(names.filter((name) => name >= "box2").map((name) => untilStatus(name, "healthy")));
});

test("a watcher that was killed leaves no check running", async () => {
  await checkedBy("box", "exec sleep 1236");
  await eventually(
    () => processesWith("sleep", "1236"),
    (pids) => pids.length > 0,
  );
  const watcher = await eventually(
    () => watcherOf(engine),
    (pid) => pid !== undefined,
  );
  await killHard(watcher ?? 0);
  await eventually(
    () => processesWith("sleep", "1236"),
    (pids) => pids.length === 0,
  );
  await engine.ok(["rm", "-f", "box"]);
});

test("a clock that was set back delays no check, and no restart", async () => {
  await checkedBy("box", "true");
  await engine.detached(["--name", "loop", "--restart", "always"], "false");
  await untilStatus("box", "healthy");
  await until(engine, "loop", ["RestartCount", "State.Status"], /^[2-9] restarting$/);
  const watcher = await eventually(
    () => watcherOf(engine),
    (pid) => pid !== undefined,
  );
  await killHard(watcher ?? 0);
  for (const hook of processesWith(engine.runRoot, "container", "cleanup")) process.kill(hook, "SIGKILL");
  // What they had written is of a time that is yet to come.
  const live = openBeside(`${engine.runRoot}/live.db`);
  const later = Date.now() + 3_600_000;
  live.run(
    "UPDATE container_state SET state = json_set(state, '$.health.checkedAt', ?) WHERE state ->> '$.health' IS NOT NULL",
    [later],
  );
  live.run(
    "UPDATE container_state SET state = json_set(state, '$.backoff.dueAt', ?) WHERE state ->> '$.backoff' IS NOT NULL",
    [later],
  );
  live.close();
  const [count, last] = [
    Number(await look(engine, "loop", "RestartCount")),
    await look(engine, "box", "State.Health.Log | json"),
  ];
  await engine.ok(["system", "check", "--quick", "--repair"]);
  await eventually(
    () => look(engine, "box", "State.Health.Log | json"),
    (log) => log !== last,
  );
  await eventually(
    () => look(engine, "loop", "RestartCount"),
    (text) => Number(text) > count,
  );
});
