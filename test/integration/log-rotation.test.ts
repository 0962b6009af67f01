import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
/** What talks takes some seconds by itself. */
const PATIENCE_MS = 60_000;

/** Prints numbered lines, `burst` at a time with a pause in between. */
function talker(bursts: number, burst: number, pause = "0.02"): string {
  return `n=0; for b in $(seq 1 ${bursts}); do seq $((n + 1)) $((n + ${burst})) | sed 's/$/ ${"x".repeat(60)}/'; n=$((n + ${burst})); sleep ${pause}; done`;
}

/** The numbers that the lines of a talker begin with. */
function numbers(text: string): number[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Number(line.split(" ")[0]));
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The files of a container's log, with their sizes. */
function logFiles(id: string): { name: string; size: number }[] {
  const folder = join(engine.root, "containers", id);
  const names = readdirSync(folder).filter((name) => name.startsWith("ctr.log"));
  return names.toSorted().map((name) => ({ name, size: statSync(join(folder, name)).size }));
}

const KEEP_ALL = ["--log-opt", "max-size=300k", "--log-opt", "max-file=200"];

test(
  "under load a log goes into several files, not a line is lost or told twice, and a follower sees them all",
  async () => {
    const id = await engine.detached(["--name", "loud", ...KEEP_ALL], "sh", "-c", talker(80, 1000));
    const followed = engine.run(["logs", "-f", "loud"]);
    expect(await engine.ok(["wait", "loud"])).toBe("0");
    const { code, stdout } = await followed;
    expect(code).toBe(0);
    expect(numbers(stdout)).toEqual(range(1, 80_000));
    expect(logFiles(id).length).toBeGreaterThan(3);
    expect(numbers(await engine.ok(["logs", "loud"]))).toEqual(range(1, 80_000));
    // More than the current file holds.
    expect(numbers(await engine.ok(["logs", "--tail", "30000", "loud"]))).toEqual(range(50_001, 80_000));
  },
  PATIENCE_MS,
);

test(
  "no more files are kept than asked for: the last lines are there, without a gap",
  async () => {
    const options = ["--log-opt", "max-size=100k", "--log-opt", "max-file=3"];
    const id = await engine.detached(["--name", "brief", ...options], "sh", "-c", talker(40, 500, "0.05"));
    expect(await engine.ok(["wait", "brief"])).toBe("0");
    expect(logFiles(id).map(({ name }) => name)).toEqual(["ctr.log", "ctr.log.1", "ctr.log.2"]);
    const told = numbers(await engine.ok(["logs", "brief"]));
    expect(told.length).toBeLessThan(20_000);
    expect(told).toEqual(range(told[0] ?? 0, 20_000));
  },
  PATIENCE_MS,
);

test(
  "the next run goes on with the same files",
  async () => {
    await engine.ok(["create", "--name", "twice", ...KEEP_ALL, IMAGE, "sh", "-c", talker(10, 1000, "0.1")]);
    for (let run = 0; run < 2; run++) {
      await engine.ok(["start", "twice"]);
      await engine.ok(["wait", "twice"]);
    }
    expect(numbers(await engine.ok(["logs", "twice"]))).toEqual([...range(1, 10_000), ...range(1, 10_000)]);
  },
  PATIENCE_MS,
);

test(
  "when the watcher is killed between two steps the next command starts another, which goes on where it was",
  async () => {
    const pidFile = join(engine.runRoot, "watcher", "pid");
    const id = await engine.detached(["--name", "bereft", ...KEEP_ALL], "sh", "-c", talker(120, 100, "0.05"));
    await eventually(
      () => existsSync(pidFile),
      (there) => there,
    );
    const { pid } = JSON.parse(readFileSync(pidFile, "utf8")) as { pid: number };
    process.kill(pid, "SIGKILL");
    // Until the kernel has ended its last thread, it holds its lock: a zombie may have some that live.
    await eventually(
      () => existsSync(`/proc/${pid}`),
      (there) => !there,
    );
    // As if it had been killed after moving the file, before telling conmon: and now and then it was.
    const path = join(engine.root, "containers", id, "ctr.log");
    const moved = (): boolean => !existsSync(path);
    await eventually(
      () => moved() || statSync(path).size > 0,
      (ready) => ready,
    );
    if (!moved()) {
      for (const age of [2, 1].filter((older) => logFiles(id).some(({ name }) => name === `ctr.log.${older}`)))
        renameSync(`${path}.${age}`, `${path}.${age + 1}`);
      renameSync(path, `${path}.1`);
    }
    expect((await engine.run(["system", "check"])).stdout).toContain("nobody keeps the log of container bereft");
    await engine.ok(["run", "--rm", IMAGE, "true"]);
    await eventually(
      () => logFiles(id).map(({ name }) => name),
      (names) => names.includes("ctr.log"),
    );
    expect(await engine.ok(["wait", "bereft"])).toBe("0");
    expect(numbers(await engine.ok(["logs", "bereft"]))).toEqual(range(1, 12_000));
  },
  PATIENCE_MS,
);

test(
  "with a size alone the log is begun anew, and a follower goes on",
  async () => {
    const id = await engine.detached(
      ["--name", "single", "--log-opt", "max-size=100k"],
      "sh",
      "-c",
      `sleep 0.5; ${talker(30, 300, "0.05")}`,
    );
    const followed = engine.run(["logs", "-f", "single"]);
    expect(await engine.ok(["wait", "single"])).toBe("0");
    expect(numbers((await followed).stdout)).toEqual(range(1, 9000));
    expect(logFiles(id)).toHaveLength(1);
    expect(logFiles(id)[0]?.size).toBeLessThanOrEqual(100_000);
    const told = numbers(await engine.ok(["logs", "single"]));
    expect(told).toEqual(range(told[0] ?? 0, 9000));
  },
  PATIENCE_MS,
);
