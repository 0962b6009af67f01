import { expect, test } from "bun:test";
import { eventually, IMAGE, testRuntimes, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const SCRIPT = "sleep 1000 & wait";

/** The rows below the heading, each as its words. */
async function rows(name: string, ...columns: string[]): Promise<string[][]> {
  const [, ...lines] = (await engine.ok(["top", name, ...columns])).split("\n");
  return lines.map((line) => line.trim().split(/\s{2,}/));
}

/** A container of two processes, both there. */
async function sleeper(name: string, ...options: string[]): Promise<void> {
  await engine.detached(["--name", name, ...options], "sh", "-c", SCRIPT);
  await eventually(
    () => engine.ok(["top", name, "comm"]),
    (text) => text.endsWith("sleep"),
  );
}

test("top shows Podman's columns, of all processes, with the container's pids", async () => {
  await sleeper("busy");
  const [heading = "", ...lines] = (await engine.ok(["top", "busy"])).split("\n");
  expect(heading.split(/\s{2,}/)).toEqual(["USER", "PID", "PPID", "%CPU", "ELAPSED", "TTY", "TIME", "COMMAND"]);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^root +1 +0 +\d+\.\d{3} +\S+s +\? +\S+s +sh -c sleep 1000 & wait$/);
  expect(lines[1]).toMatch(/^root +[2-9]\d* +1 +\d+\.\d{3} +\S+s +\? +\S+s +sleep 1000$/);
  expect(await engine.ok(["container", "top", "--latest", "pid"])).toMatch(/^PID\n1\n[2-9]\d*$/);
});

test("columns are chosen as words, as a list, or by their letters", async () => {
  await sleeper("chosen", "-u", "user");
  // runc has used some numbers before the command begins.
  expect(await rows("chosen", "pid", "comm")).toEqual([
    ["1", "sh"],
    [expect.stringMatching(/^[2-9]\d*$/), "sleep"],
  ]);
  expect(await rows("chosen", "user,uid,ppid")).toEqual([
    ["user", "1000", "0"],
    ["user", "1000", "1"],
  ]);
  expect((await rows("chosen", "%p", "%U", "capeff", "seccomp"))[0]).toEqual(["1", "user", "none", "filter"]);
  expect((await rows("chosen", "group,rgroup,ruser,pgid,nice,state,capbnd"))[0]?.slice(0, 6)).toEqual([
    "user",
    "user",
    "user",
    "1",
    "0",
    "S",
  ]);
});

test("every column has a value for every process", async () => {
  await sleeper("full", "-t");
  const help = await engine.ok(["top", "--help"]);
  const names = [...(/such as %C:([^.]*)\./.exec(help.replaceAll("\n", " "))?.[1] ?? "").matchAll(/\w+/g)].map(String);
  expect(names.length).toBe(32);
  const filled = names.filter((column) => !column.endsWith("groups"));
  for (const cells of await rows("full", ...filled)) expect(cells).toHaveLength(filled.length);
  expect(await rows("full", "tty")).toEqual([["pts/0"], ["pts/0"]]);
});

test("the host's view is beside the container's in a user namespace", async () => {
  await engine.detached(
    ["--name", "mapped", "--uidmap", "0:200000:65536", "--gidmap", "0:200000:65536"],
    "sleep",
    "1000",
  );
  const pid = await engine.ok(["inspect", "--format", "{{.State.Pid}}", "mapped"]);
  expect(await rows("mapped", "pid,hpid,uid,huid,user,huser")).toEqual([["1", pid, "0", "200000", "root", "200000"]]);
});

test("a process that exec brought in is among them", async () => {
  await engine.detached(["--name", "joined"], "sleep", "1000");
  await engine.ok(["exec", "-d", "joined", "sleep", "2000"]);
  expect((await rows("joined", "args")).flat().toSorted()).toEqual(["sleep 1000", "sleep 2000"]);
  expect((await rows("joined", "ppid")).flat()).toEqual(["0", "0"]);
});

test("options of ps go to the host's ps, and only the container's lines are shown", async () => {
  await sleeper("docked");
  const hostPids = (await rows("docked", "hpid")).flat();
  for (const options of [["-ef"], ["aux"], ["-eo", "user,pid,comm"], ["-o pid,args"]]) {
    const [heading = "", ...lines] = (await engine.ok(["top", "docked", ...options])).split("\n");
    const column = heading.trim().split(/\s+/).indexOf("PID");
    expect(lines.map((line) => line.trim().split(/\s+/)[column] ?? "").toSorted()).toEqual(hostPids.toSorted());
  }
  const withoutPid = await engine.run(["top", "docked", "-o", "comm"]);
  expect(withoutPid.stderr).toContain("couldn't find PID field in ps output");
  const unknown = await engine.run(["top", "docked", "nosuchcolumn"]);
  expect(unknown.code).toBe(125);
  expect(unknown.stderr).toContain("ps nosuchcolumn ended with");
});

test("top wants a running container", async () => {
  await engine.ok(["create", "--name", "idle", IMAGE, "true"]);
  const { code, stderr } = await engine.run(["top", "idle"]);
  expect(code).toBe(125);
  expect(stderr).toContain("top can only be used on running containers");
  expect((await engine.run(["top", "nosuch"])).code).toBe(125);
  expect((await engine.run(["top"])).code).toBe(125);
});

for (const { name, why } of testRuntimes()) {
  test.skipIf(why !== undefined)(`with ${name} the processes are found in the container's cgroup`, async () => {
    await sleeper(`by-${name}`, "--runtime", name, "--pid", "host");
    expect((await rows(`by-${name}`, "args")).flat()).toEqual(["sh -c sleep 1000 & wait", "sleep 1000"]);
    expect(await rows(`by-${name}`, "pid")).toEqual(await rows(`by-${name}`, "hpid"));
    await engine.ok(["rm", "-f", "-t", "0", `by-${name}`]);
  });
}
