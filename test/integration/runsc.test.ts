import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { openTerminal } from "../fixtures/terminal.ts";

setDefaultTimeout(60_000);

const engine = useEngine();
const RUNSC = ["--runtime", "runsc"];

test("a container runs under gVisor, with its exit code, its streams and its limits", async () => {
  const command = "dmesg | head -1; echo oops >&2; exit 7";
  const { code, stdout, stderr } = await engine.run([
    ...RUNSC,
    "run",
    "--rm",
    "-m",
    "200m",
    IMAGE,
    "sh",
    "-c",
    command,
  ]);
  expect(stdout).toContain("Starting gVisor");
  expect(stderr).toBe("oops\n");
  expect(code).toBe(7);
});

test("a container under gVisor has the network and the volumes it is given", async () => {
  const script = "ip -4 addr show eth0 | grep -c inet; echo kept > /data/file";
  expect(await engine.ok([...RUNSC, "run", "--rm", "-v", "gv:/data", IMAGE, "sh", "-c", script])).toBe("1");
  expect(await engine.ok(["run", "--rm", "-v", "gv:/data", IMAGE, "cat", "/data/file"])).toBe("kept");
});

test("exec, stop, start and rm know a container under gVisor", async () => {
  await engine.ok([...RUNSC, "run", "-d", "--name", "gv", IMAGE, "sleep", "1000"]);
  const { code, stdout } = await engine.run(["exec", "gv", "sh", "-c", "cat /proc/version; exit 3"]);
  expect(stdout).toContain("Linux version 4.4.0");
  expect(code).toBe(3);
  expect(await engine.ok(["exec", "-i", "gv", "cat"], { stdin: "through\n" })).toBe("through");
  expect((await engine.run(["exec", "gv", "nothing-of-the-kind"])).code).toBe(127);
  await engine.ok(["stop", "-t", "1", "gv"]);
  await engine.ok(["start", "gv"]);
  expect(await engine.ok(["ps", "--format", "{{.Names}} {{.Status}}"])).toStartWith("gv Up");
  await engine.ok(["rm", "-f", "gv"]);
});

test("a command under gVisor reads and writes the files that are its stdio where the caller is in them", async () => {
  await engine.ok([...RUNSC, "run", "-d", "--name", "gv", IMAGE, "sleep", "1000"]);
  const [input, output] = [engine.path("in"), engine.path("out")];
  writeFileSync(input, "first\nsecond\n");
  const script = '{ echo before; read -r line; "$@"; } <"$0" >"$IN_OUT"';
  const shell = Bun.spawn({
    cmd: ["bash", "-c", script, input, ...engine.argv(["exec", "-i", "gv", "cat"])],
    env: { ...process.env, IN_OUT: output },
  });
  expect(await shell.exited).toBe(0);
  expect(readFileSync(output, "utf8")).toBe("before\nsecond\n");
});

test("a command under gVisor has a terminal, and may be detached, but not both", async () => {
  const id = await engine.ok([...RUNSC, "run", "-d", "--name", "gv", IMAGE, "sleep", "1000"]);
  const script = "stty size; dmesg | head -1; exit 4";
  const session = openTerminal(engine, ["exec", "-it", "gv", "sh", "-c", script]);
  expect(await session.child.exited).toBe(4);
  expect(session.text()).toContain("17 91");
  expect(session.text()).toContain("Starting gVisor");
  const missing = openTerminal(engine, ["exec", "-it", "gv", "nothing-of-the-kind"]);
  expect(await missing.child.exited).toBe(127);
  const exec = await engine.ok(["exec", "-d", "gv", "sh", "-c", "until [ -e /go ]; do sleep 0.1; done"]);
  expect(await engine.ok(["inspect", "--format", "{{.ExecIDs}}", "gv"])).toBe(`[${exec}]`);
  await engine.ok(["exec", "gv", "touch", "/go"]);
  await eventually(
    () => engine.ok(["inspect", "--format", "{{.ExecIDs}}", id]),
    (text) => text === "[]",
  );
  const { code, stderr } = await engine.run(["exec", "-dt", "gv", "true"]);
  expect({ code, told: stderr.includes("--detach") }).toEqual({ code: 125, told: true });
}, 60_000);

test("a command under gVisor ends with its client", async () => {
  await engine.ok([...RUNSC, "run", "-d", "--name", "gv", IMAGE, "sleep", "1000"]);
  const runs = async (): Promise<boolean> =>
    (await engine.ok(["exec", "gv", "ps", "-o", "args"])).split("\n").some((line) => line.trim() === "sleep 777");
  const client = Bun.spawn(engine.argv(["exec", "gv", "sleep", "777"]), { stdio: ["ignore", "ignore", "ignore"] });
  await eventually(runs, (found) => found);
  client.kill("SIGKILL");
  await eventually(runs, (found) => !found);
}, 60_000);

test("the terminal is as it was after a command under gVisor, for a shell that goes on with it", async () => {
  await engine.ok([...RUNSC, "run", "-d", "--name", "gv", IMAGE, "sleep", "1000"]);
  const words = `"$@"; stty -a | grep -o ' icanon'; grep flags /proc/self/fdinfo/0 <&0`;
  const shell = Bun.spawn(["sh", "-c", words, "sh", ...engine.argv(["exec", "-it", "gv", "true"])], {
    terminal: { cols: 80, rows: 24, data: (_terminal, bytes) => void (seen += Buffer.from(bytes).toString()) },
  });
  let seen = "";
  await shell.exited;
  expect(seen).toContain(" icanon");
  const flags = Number.parseInt(/flags:\s*(\d+)/.exec(seen)?.[1] ?? "", 8);
  expect(flags & 0o4000).toBe(0);
});
