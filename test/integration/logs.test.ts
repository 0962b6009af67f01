import { expect, test } from "bun:test";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

/** A container that has printed and ended. */
async function ended(name: string, script: string): Promise<void> {
  await engine.ok(["create", "--name", name, IMAGE, "sh", "-c", script]);
  await engine.ok(["start", name]);
  await engine.ok(["wait", name]);
}

test("logs shows what was printed, stderr apart", async () => {
  await ended("both", "echo one; echo two >&2; echo three");
  const { stdout, stderr } = await engine.run(["logs", "both"]);
  expect({ stdout, stderr }).toEqual({ stdout: "one\nthree\n", stderr: "two\n" });
});

test("the output of an attached run is in the log, too", async () => {
  await engine.ok(["run", "--name", "attached", IMAGE, "echo", "seen twice"]);
  expect(await engine.ok(["logs", "attached"])).toBe("seen twice");
});

test("--tail takes the last lines, of both streams together", async () => {
  await ended("ten", "for i in 1 2 3 4 5 6 7 8 9 10; do echo $i; done");
  expect(await engine.ok(["logs", "--tail", "3", "ten"])).toBe("8\n9\n10");
  expect(await engine.ok(["logs", "-n", "0", "ten"])).toBe("");
  expect(await engine.ok(["logs", "--tail", "all", "ten"])).toMatch(/^1\n[\s\S]*10$/);
  expect(await engine.ok(["logs", "--tail", "100", "ten"])).toMatch(/^1\n[\s\S]*10$/);
  expect((await engine.run(["logs", "--tail", "few", "ten"])).code).toBe(125);
});

test("-t puts a time in front of each line, --since and --until cut by time", async () => {
  await ended("timed", "echo early; sleep 1.2; echo late");
  const lines = (await engine.ok(["logs", "-t", "timed"])).split("\n");
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\S+ (early|late)$/);
  const [early = "", late = ""] = lines.map((line) => line.split(" ")[0]);
  expect(Date.parse(late) - Date.parse(early)).toBeGreaterThan(1000);
  const middle = new Date((Date.parse(early) + Date.parse(late)) / 2).toISOString();
  expect(await engine.ok(["logs", "--since", middle, "timed"])).toBe("late");
  expect(await engine.ok(["logs", "--until", middle, "timed"])).toBe("early");
  expect(await engine.ok(["logs", "--since", "10m", "timed"])).toBe("early\nlate");
  expect(await engine.ok(["logs", "--since", "2100-01-01T00:00:00Z", "timed"])).toBe("");
  expect((await engine.run(["logs", "--since", "yesterday-ish", "timed"])).code).toBe(125);
});

test("a last line without its end is shown as it is", async () => {
  await ended("partial", "printf 'no end'");
  expect((await engine.run(["logs", "partial"])).stdout).toBe("no end");
});

test("a line of a megabyte comes back whole, and other lines stay lines", async () => {
  await ended("long", "head -c 1000000 /dev/zero | tr '\\0' x; echo; echo after");
  const { stdout } = await engine.run(["logs", "long"]);
  expect(stdout.length).toBe(1_000_000 + 1 + 6);
  expect(stdout).toEndWith("x\nafter\n");
  expect(/^x+$/.test(stdout.slice(0, 1_000_000))).toBe(true);
  expect(await engine.ok(["logs", "--tail", "1", "long"])).toBe("after");
});

test("bytes that are no text come back unchanged", async () => {
  await ended("binary", "printf '\\377\\376\\001\\n\\200'");
  const { bytes } = await engine.run(["logs", "binary"]);
  expect([...bytes]).toEqual([0xff, 0xfe, 1, 10, 0x80]);
});

test("-f shows what comes, and ends with the container", async () => {
  await engine.detached(["--name", "slow"], "sh", "-c", "echo first; sleep 1; echo second >&2; sleep 0.2; echo third");
  const { code, stdout, stderr } = await engine.run(["logs", "-f", "slow"]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "first\nthird\n", stderr: "second\n" });
});

test("-f on a container that has ended, or is removed meanwhile, ends", async () => {
  await ended("done", "echo bye");
  expect(await engine.ok(["logs", "-f", "done"])).toBe("bye");
  await engine.detached(["--rm", "--name", "fleeting"], "sh", "-c", "echo short; sleep 1");
  expect(await engine.ok(["logs", "-f", "fleeting"])).toBe("short");
});

test("-f --tail goes on from the last lines", async () => {
  await engine.detached(["--name", "going"], "sh", "-c", "for i in 1 2 3; do echo $i; done; sleep 1; echo 4");
  await eventually(
    () => engine.ok(["logs", "going"]),
    (text) => text.endsWith("3"),
  );
  expect(await engine.ok(["logs", "-f", "--tail", "1", "going"])).toBe("3\n4");
});

test("the log goes on when the container is started again", async () => {
  await ended("again", "echo run");
  await engine.ok(["start", "again"]);
  await engine.ok(["wait", "again"]);
  expect(await engine.ok(["logs", "again"])).toBe("run\nrun");
});

test("a created container has an empty log, and one without a log driver says so", async () => {
  await engine.ok(["create", "--name", "fresh", IMAGE, "true"]);
  expect(await engine.ok(["logs", "fresh"])).toBe("");
  await engine.ok(["run", "--name", "mute", "--log-driver", "none", IMAGE, "echo", "x"]);
  const { code, stderr } = await engine.run(["logs", "mute"]);
  expect(code).toBe(125);
  expect(stderr).toContain("mute");
});

test("logs to a reader that goes away ends quietly", async () => {
  await ended("many", "seq 1 20000");
  const words = engine.argv(["logs", "many"]).map((word) => `'${word}'`);
  const { stdout, stderr } = await Bun.$`sh -c ${`${words.join(" ")} | head -n 2`}`.quiet();
  expect(stdout.toString()).toBe("1\n2\n");
  expect(stderr.toString()).toBe("");
});
