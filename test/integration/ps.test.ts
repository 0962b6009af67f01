import { expect, test } from "bun:test";
import { readlinkSync } from "node:fs";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

test("containers are listed in the order of their making, as with Podman", async () => {
  for (const name of ["b", "a", "c"]) await engine.ok(["create", "--name", name, IMAGE, "true"]);
  const names = async (...options: string[]) =>
    (await engine.ok(["ps", ...options, "--format", "{{.Names}}"])).split("\n");
  expect(await names("-a")).toEqual(["b", "a", "c"]);
  expect(await names("--last", "2")).toEqual(["a", "c"]);
  expect(await names("--latest")).toEqual(["c"]);
  expect(await names("-a", "--sort", "names")).toEqual(["a", "b", "c"]);
  expect(await names("-a", "--external")).toEqual(["b", "a", "c"]);
});

test("--size counts the container's own files and the whole root, and --sort size orders by it", async () => {
  await engine.ok(["run", "--name", "big", IMAGE, "dd", "if=/dev/zero", "of=/file", "bs=1000", "count=3000"]);
  await engine.ok(["run", "--name", "small", IMAGE, "true"]);
  const table = await engine.ok(["ps", "-a", "--size"]);
  expect(table.split("\n")[0]).toMatch(/NAMES +SIZE$/);
  expect(table).toMatch(/3MB \(virtual \d[\d.]*MB\)/);
  const json = JSON.parse(await engine.ok(["ps", "-a", "--size", "--format", "json"])) as {
    Names: string[];
    Size: { rwSize: number; rootFsSize: number };
  }[];
  const big = json.find(({ Names }) => Names[0] === "big");
  expect(big?.Size.rwSize).toBe(3_000_000);
  expect(big?.Size.rootFsSize).toBeGreaterThan(3_000_000);
  expect(await engine.ok(["ps", "-a", "--sort", "size", "--format", "{{.Names}} {{.Size}}"])).toMatch(
    /^small 0B \(virtual .*\)\nbig 3MB \(virtual .*\)$/,
  );
  expect(JSON.parse(await engine.ok(["ps", "-a", "--format", "json"]))).toMatchObject([{ Size: null }, { Size: null }]);
});

test("--namespace shows what the kernel says", async () => {
  await engine.detached(["--name", "up"], "sleep", "1000");
  await engine.ok(["create", "--name", "down", IMAGE, "true"]);
  const pid = await engine.ok(["inspect", "--format", "{{.State.Pid}}", "up"]);
  const number = (kind: string): string => /\d+/.exec(readlinkSync(`/proc/${pid}/ns/${kind}`))?.[0] ?? "";
  const [heading = "", row = ""] = (await engine.ok(["ps", "--ns"])).split("\n");
  expect(heading.split(/ {2,}/)).toEqual([
    "CONTAINER ID",
    "NAMES",
    "PID",
    "CGROUPNS",
    "IPC",
    "MNT",
    "NET",
    "PIDNS",
    "USERNS",
    "UTS",
  ]);
  const kinds = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"];
  expect(row.split(/ {2,}/).slice(1)).toEqual(["up", pid, ...kinds.map(number)]);
  expect(await engine.ok(["ps", "-a", "--sort", "names", "--format", "{{.Names}} {{.Namespaces.NET}}{{.UTS}}"])).toBe(
    `down \nup ${number("net")}${number("uts")}`,
  );
  expect(JSON.parse(await engine.ok(["ps", "--namespace", "--format", "json"]))).toMatchObject([
    { Namespaces: { Mnt: number("mnt"), Pidns: number("pid") } },
  ]);
});

test("--pod has its columns, empty for a container in no pod", async () => {
  await engine.ok(["create", "--name", "box", IMAGE, "true"]);
  const [heading = "", row = ""] = (await engine.ok(["ps", "-a", "--pod"])).split("\n");
  expect(heading).toMatch(/NAMES +POD ID +PODNAME$/);
  expect(row.trimEnd()).toMatch(/ box$/);
});

test("--watch shows it anew, on a cleared screen, until it is interrupted", async () => {
  await engine.detached(["--name", "one"], "sleep", "1000");
  const child = Bun.spawn(engine.argv(["ps", "--watch", "1", "--format", "{{.Names}}"]), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const seen: string[] = [];
  const reading = (async () => {
    for await (const bytes of child.stdout) seen.push(Buffer.from(bytes).toString());
  })();
  await eventually(
    () => seen.join(""),
    (text) => text.includes("\u001b[H\u001b[2Jone\n"),
  );
  await engine.detached(["--name", "two"], "sleep", "1000");
  await eventually(
    () => seen.join(""),
    (text) => text.includes("\u001b[H\u001b[2Jone\ntwo\n"),
  );
  child.kill("SIGINT");
  await child.exited;
  await reading;
}, 60_000);

test("--sync sees to a container whose exit hook never came", async () => {
  await engine.detached(["--name", "box"], "sleep", "1000");
  const [monitor, init] = (
    await engine.ok(["inspect", "--format", "{{.State.ConmonPid}} {{.State.Pid}}", "box"])
  ).split(" ");
  process.kill(Number(monitor), "SIGKILL");
  process.kill(Number(init), "SIGKILL");
  await eventually(
    () => engine.run(["system", "check"]),
    ({ stdout }) => stdout.includes("ended without being cleaned up"),
  );
  expect(await engine.ok(["ps", "-a", "--sync", "--format", "{{.Names}} {{.State}}"])).toBe("box exited");
  await engine.expectClean();
});

test("options that exclude each other are refused as Podman does", async () => {
  const cases: [string[], string][] = [
    [["-q", "-s"], "quiet conflicts with size and namespace"],
    [["--ns", "-s"], "size and namespace options conflict"],
    [["--last", "1", "--latest"], "last and latest are mutually exclusive"],
    [["--watch", "1", "--latest"], "the watch and latest flags cannot be used together"],
  ];
  for (const [options, said] of cases) {
    const { code, stderr } = await engine.run(["ps", ...options]);
    expect({ options, code, said: stderr.includes(said) }).toEqual({ options, code: 125, said: true });
  }
});
