import { expect, test } from "bun:test";
import { existsSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandResult, eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

/** A container that has printed and ended. */
async function ended(name: string, script: string): Promise<void> {
  await engine.ok(["create", "--name", name, IMAGE, "sh", "-c", script]);
  await engine.ok(["start", name]);
  await engine.ok(["wait", name]);
}

/** A command that goes on, once it has shown something; what it has shown when it has ended. */
async function begun(argv: readonly string[]): Promise<{ end: () => Promise<CommandResult> }> {
  const child = Bun.spawn([...argv], { stdio: ["ignore", "pipe", "pipe"] });
  const stderr = new Response(child.stderr).text();
  const reader = child.stdout.getReader();
  const shown: Uint8Array[] = [];
  const read = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    if (!done) shown.push(value);
    return !done;
  };
  await read();
  const end = async (): Promise<CommandResult> => {
    while (await read());
    const bytes = Buffer.concat(shown);
    return { code: await child.exited, stdout: bytes.toString(), stderr: await stderr, bytes };
  };
  return { end };
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
  expect(await engine.ok(["logs", "--tail", "0", "ten"])).toBe("");
  expect(await engine.ok(["logs", "--tail", "all", "ten"])).toMatch(/^1\n[\s\S]*10$/);
  expect(await engine.ok(["logs", "--tail", "-1", "ten"])).toMatch(/^1\n[\s\S]*10$/);
  expect(await engine.ok(["logs", "--tail", "100", "ten"])).toMatch(/^1\n[\s\S]*10$/);
  expect((await engine.run(["logs", "--tail", "few", "ten"])).code).toBe(125);
});

test("-t puts a time in front of each line, --since and --until cut by time", async () => {
  await ended("timed", "echo early; sleep 1.2; echo late");
  const lines = (await engine.ok(["logs", "--timestamps", "timed"])).split("\n");
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
  const { code, stdout, stderr } = await engine.run(["logs", "--follow", "slow"]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "first\nthird\n", stderr: "second\n" });
});

test("-f on a container that has ended, or is removed meanwhile, ends", async () => {
  await ended("done", "echo bye");
  expect(await engine.ok(["logs", "-f", "done"])).toBe("bye");
  await engine.detached(["--rm", "--name", "fleeting"], "sh", "-c", "echo short; sleep 1000");
  const fleeting = await begun(engine.argv(["logs", "-f", "fleeting"]));
  await engine.ok(["kill", "fleeting"]);
  expect(await fleeting.end()).toMatchObject({ code: 0, stdout: "short\n", stderr: "" });
});

test("-f --tail goes on from the last lines", async () => {
  await engine.detached(
    ["--name", "going"],
    "sh",
    "-c",
    "for i in 1 2 3; do echo $i; done; until [ -e /go ]; do sleep 0.05; done; echo 4",
  );
  await eventually(
    () => engine.ok(["logs", "going"]),
    (text) => text.endsWith("3"),
  );
  const going = await begun(engine.argv(["logs", "-f", "--tail", "1", "going"]));
  await engine.ok(["exec", "going", "touch", "/go"]);
  expect(await going.end()).toMatchObject({ code: 0, stdout: "3\n4\n", stderr: "" });
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
  expect(stderr).toContain("using the 'none' log driver, cannot read logs");
});

test("logs to a reader that goes away ends quietly", async () => {
  await ended("many", "seq 1 20000");
  const words = engine.argv(["logs", "many"]).map((word) => `'${word}'`);
  const { stdout, stderr } = await Bun.$`sh -c ${`${words.join(" ")} | head -n 2`}`.quiet();
  expect(stdout.toString()).toBe("1\n2\n");
  expect(stderr.toString()).toBe("");
});

test("of several containers each line has the id in front, or the name, in the order of their time", async () => {
  await ended("left", "echo l1; sleep 0.6; echo l2");
  await ended("right", "echo r1");
  const [left, right] = (await engine.ok(["inspect", "--format", "{{.Id}}", "left", "right"])).split("\n");
  expect(await engine.ok(["logs", "left", "right"])).toBe(
    [`${left?.slice(0, 12)} l1`, `${left?.slice(0, 12)} l2`, `${right?.slice(0, 12)} r1`].join("\n"),
  );
  await engine.ok(["start", "left"]);
  await engine.ok(["wait", "left"]);
  expect(await engine.ok(["logs", "--names", "right", "left"])).toBe(
    ["left l1", "left l2", "right r1", "left l1", "left l2"].join("\n"),
  );
  expect(await engine.ok(["logs", "-n", "--tail", "1", "left", "right"])).toBe("right r1\nleft l2");
  // One by itself needs no name.
  expect(await engine.ok(["logs", "--names", "right"])).toBe("r1");
  expect(await engine.ok(["logs", "--latest"])).toBe("r1");
});

test("--color gives each container its own, unless NO_COLOR is set", async () => {
  await ended("red", "echo r");
  await ended("green", "echo g");
  const command = ["logs", "--color", "--names", "red", "green"];
  expect(await engine.ok(command)).toBe("\u001B[37mred r\u001B[0m\n\u001B[31mgreen g\u001B[0m");
  expect(await engine.ok(command, { env: { NO_COLOR: "1" } })).toBe("red r\ngreen g");
});

test("a line that is not at its end when another container prints stays by itself", async () => {
  await ended("begun", "printf open");
  await ended("whole", "echo shut");
  expect(await engine.ok(["logs", "--names", "begun", "whole"])).toBe("begun open\nwhole shut");
});

test("-f of several containers goes on until the last has ended", async () => {
  await engine.detached(["--name", "short"], "sh", "-c", "echo s1");
  await engine.detached(["--name", "lasting"], "sh", "-c", "echo a1; sleep 1; echo a2");
  const lines = (await engine.ok(["logs", "-f", "--names", "short", "lasting"])).split("\n");
  expect(lines.toSorted()).toEqual(["lasting a1", "lasting a2", "short s1"]);
});

test("-f ends cleanly when the container is removed, and when its reader is gone", async () => {
  await engine.detached(["--name", "doomed"], "sh", "-c", "echo on; sleep 1000");
  const words = engine.argv(["logs", "-f", "doomed"]).map((word) => `'${word}'`);
  const followed = await begun(engine.argv(["logs", "-f", "doomed"]));
  const headed = await begun(["sh", "-c", `${words.join(" ")} | head -n 1`]);
  await engine.ok(["rm", "-f", "-t", "0", "doomed"]);
  for (const one of [followed, headed]) expect(await one.end()).toMatchObject({ code: 0, stdout: "on\n", stderr: "" });
});

test("-f with --until ends then, though the container goes on", async () => {
  await engine.detached(["--name", "endless"], "sh", "-c", "echo now; sleep 1000");
  await eventually(
    () => engine.ok(["logs", "endless"]),
    (text) => text === "now",
  );
  expect(await engine.run(["logs", "-f", "--until", "1s", "endless"])).toMatchObject({ code: 0, stdout: "now\n" });
  await engine.ok(["rm", "-f", "-t", "0", "endless"]);
});

test("json-file is another name of k8s-file; the log may lie where the user wants it", async () => {
  const path = engine.path("own.log");
  const options = ["--log-driver", "json-file", "--log-opt", `path=${path}`, "--log-opt", "max-size=10k"];
  await engine.ok(["run", "--name", "placed", ...options, IMAGE, "echo", "here"]);
  expect(readFileSync(path, "utf8")).toMatch(/ stdout F here\n$/);
  expect(await engine.ok(["logs", "placed"])).toBe("here");
  const config = JSON.parse(await engine.ok(["inspect", "--format", "{{json .HostConfig.LogConfig}}", "placed"]));
  expect(config).toMatchObject({ Type: "json-file", Path: path, Size: "10kB" });
  const missing = await engine.run(["create", "--log-opt", "path=/no/such/folder/log", IMAGE]);
  expect({ code: missing.code, text: missing.stderr }).toMatchObject({ code: 125 });
  expect(missing.stderr).toContain('the folder of "/no/such/folder/log" does not exist');
});

test("--details shows the labels and variables that the log options name, and the tag", async () => {
  const options = ["--label", "colour=deep blue", "-e", "MODE=x", "-e", "OTHER=y"];
  const log = ["--log-opt", "labels=colour,nosuch", "--log-opt", "env=MODE", "--log-opt", "tag={{.Name}}/{{.ID}}"];
  const id = await engine.ok(["create", "--name", "detailed", ...options, ...log, IMAGE, "echo", "text"]);
  await engine.ok(["start", "-a", "detailed"]);
  expect(await engine.ok(["logs", "--details", "detailed"])).toBe(
    `MODE=x,colour=deep%20blue,tag=detailed%2F${id.slice(0, 12)} text`,
  );
});

test("passthrough gives the container the command's own stdio, and keeps no log", async () => {
  const { code, stdout, stderr } = await engine.run(
    ["run", "--name", "direct", "--log-driver", "passthrough", "-i", IMAGE, "sh", "-c", "cat; echo error >&2; exit 3"],
    { stdin: "input\n" },
  );
  expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: "input\n", stderr: "error\n" });
  const logs = await engine.run(["logs", "direct"]);
  expect(logs.code).toBe(125);
  expect(logs.stderr).toContain("using the 'passthrough' log driver, cannot read logs");
  const terminal = await engine.run(["create", "-t", "--log-driver", "passthrough", IMAGE]);
  expect(terminal.stderr).toContain("exclude each other");
});

test("log options that cannot work are refused by name", async () => {
  const refusals: [string[], string][] = [
    [["--log-driver", "fluentd"], '"fluentd"'],
    [["--log-driver", "passthrough-tty"], '"passthrough-tty"'],
    [["--log-opt", "mode=non-blocking"], "mode=non-blocking"],
    [["--log-opt", "compress=true"], "compress"],
    [["--log-opt", "max-file=3"], "max-size"],
    [["--log-opt", "max-size=lots"], '"lots"'],
    [["--log-opt", "nosuch=1"], '"nosuch=1"'],
    [["--log-driver", "none", "--log-opt", "max-size=1m"], "none has no file"],
  ];
  for (const [options, words] of refusals) {
    const { code, stderr } = await engine.run(["create", ...options, IMAGE]);
    expect({ options, code }).toEqual({ options, code: 125 });
    expect(stderr).toContain(words);
  }
});

test("--tail of a log of a terabyte reads its end only", async () => {
  const path = engine.path("huge.log");
  // A hole: whoever reads through it does not come back.
  const fd = openSync(path, "w");
  ftruncateSync(fd, 2 ** 40);
  const lines = [1, 2, 3, 4].map((number) => `2026-01-02T03:04:0${number}.000000000+00:00 stdout F line ${number}\n`);
  writeSync(fd, `\n${lines.join("")}`, 2 ** 40);
  await engine.ok(["create", "--name", "huge", "--log-opt", `path=${path}`, IMAGE]);
  expect(await engine.ok(["logs", "--tail", "3", "huge"])).toBe("line 2\nline 3\nline 4");
});

test("a large log is read in bounded memory", async () => {
  const path = engine.path("large.log");
  const line = `2026-01-02T03:04:05.000000000+00:00 stdout F ${"x".repeat(955)}\n`;
  const fd = openSync(path, "w");
  const block = line.repeat(10_000);
  for (let count = 0; count < 20; count++) writeSync(fd, block);
  await engine.ok(["create", "--name", "large", "--log-opt", `path=${path}`, IMAGE]);
  const child = Bun.spawn(engine.argv(["logs", "large"]), { stdout: "pipe" });
  let [lines, mostKiB] = [0, 0];
  for await (const chunk of child.stdout) {
    lines += chunk.filter((byte) => byte === 10).length;
    // Its own alone: what is mapped of the binary, by huge pages or small ones, is the file's.
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    mostKiB = Math.max(mostKiB, Number(/^RssAnon:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0));
  }
  expect(lines).toBe(200_000);
  expect(mostKiB).toBeGreaterThan(1000);
  expect(mostKiB).toBeLessThan(95_000);
  rmSync(path);
});

const JOURNALD = "/lib/systemd/systemd-journald";
const journal = Bun.file(JOURNALD).size > 0 && Bun.which("journalctl") !== null;

test.skipIf(!journal)("journald: conmon writes to the journal, logs reads it; without one create refuses", async () => {
  const folder = mkdtempSync(join(tmpdir(), "estiba-journal-"));
  const estiba = engine
    .argv([])
    .map((word) => `'${word}'`)
    .join(" ");
  // A journal of its own, which ends with the mount namespace.
  const script = `set -e
    mount -t tmpfs none /run; mkdir -p /run/systemd/journal /run/log; mount -t tmpfs none /var/log
    ${JOURNALD} >/dev/null 2>&1 & journal=$!
    trap 'kill $journal' EXIT
    until [ -S /run/systemd/journal/socket ]; do sleep 0.05; done
    ${estiba} run --name told --log-driver journald --log-opt tag='{{.Name}}-tag' ${IMAGE} \
      sh -c 'echo one; echo two >&2; printf "\\377\\n"' >/dev/null 2>&1
    journalctl --sync
    ${estiba} logs told >${folder}/out 2>${folder}/err
    ${estiba} logs --tail 1 -t told >${folder}/tail 2>&1
    ${estiba} run -d --name slow --log-driver journald ${IMAGE} sh -c 'echo a; sleep 1; echo b' >/dev/null
    ${estiba} logs -f slow >${folder}/followed 2>&1
    journalctl -q -o cat --output-fields=CONTAINER_TAG CONTAINER_NAME=told >${folder}/tags`;
  try {
    const { code, stderr } = await runCommand(["unshare", "--mount", "--propagation", "private", "sh", "-c", script]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect([...readFileSync(`${folder}/out`)]).toEqual([...Buffer.from("one\n"), 0xff, 10]);
    expect(readFileSync(`${folder}/err`, "utf8")).toBe("two\n");
    expect(readFileSync(`${folder}/tail`, "utf8")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /);
    expect(readFileSync(`${folder}/followed`, "utf8")).toBe("a\nb\n");
    expect(readFileSync(`${folder}/tags`, "utf8")).toContain("told-tag");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.skipIf(existsSync("/run/systemd/journal/socket"))(
  "journald is refused at create where there is no journal",
  async () => {
    const { code, stderr } = await engine.run(["create", "--log-driver", "journald", IMAGE]);
    expect(code).toBe(125);
    expect(stderr).toContain("there is no journal here");
  },
);

test("logs -n is Podman's --names, and Docker's --tail where a number stands behind it that is no container's name", async () => {
  await ended("lines", "seq 5");
  await ended("more", "echo more");
  expect((await engine.run(["logs", "-n", "2", "lines"])).stdout).toBe("4\n5\n");
  expect((await engine.run(["logs", "-n", "lines", "more"])).stdout).toBe(
    "lines 1\nlines 2\nlines 3\nlines 4\nlines 5\nmore more\n",
  );
  await ended("2", "echo two");
  expect((await engine.run(["logs", "-n", "2", "more"])).stdout).toBe("more more\n2 two\n");
});
