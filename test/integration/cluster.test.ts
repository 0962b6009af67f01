import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { killHard } from "../fixtures/supervision.ts";

const engine = useEngine();
const GRACE = ["--stop-grace-period", "0s"];
const QUICK = ["--update-monitor", "50ms", ...GRACE];

afterEach(async () => {
  await engine.run(["swarm", "leave", "--force"]);
}, 60_000);

async function create(options: readonly string[], ...command: string[]): Promise<string> {
  // Jobs have no rules of updates.
  const quick = options.includes("replicated-job") ? GRACE : QUICK;
  return (await engine.ok(["service", "create", ...quick, ...options, IMAGE, ...command])).split("\n")[0] ?? "";
}

async function column(args: readonly string[], format: string): Promise<string[]> {
  const out = await engine.ok([...args, "--format", format]);
  return out === "" ? [] : out.split("\n");
}

/** States of a service's tasks, newest of each slot first: `web.1 Running`. */
async function states(name: string): Promise<string[]> {
  const rows = await column(["service", "ps", name], "{{.Name}} {{.DesiredState}} {{.CurrentState}}");
  return rows.map((row) => row.trim().replace(/^\\_ /, "").split(" ").slice(0, 3).join(" "));
}

function nodePid(): number {
  return (JSON.parse(readFileSync(join(engine.runRoot, "cluster/pid"), "utf8")) as { pid: number }).pid;
}

async function pids(): Promise<string[]> {
  return (await column(["ps"], "{{.Names}} {{.Pid}}")).toSorted();
}

test("a service of a cluster of one machine runs as containers, is listed, and is gone after rm and leave", async () => {
  expect(await engine.ok(["swarm", "init"])).toMatch(
    /^Swarm initialized: current node \([0-9a-z]{25}\) is now a manager\.\n/,
  );
  const again = await engine.run(["swarm", "init"]);
  expect([again.code, again.stderr]).toEqual([125, expect.stringContaining("this node is already part of a swarm")]);
  const id = await create(["--name", "web", "--replicas", "2", "--env", "A=b"], "sleep", "1000");
  expect(id).toMatch(/^[0-9a-z]{25}$/);
  expect(await column(["service", "ls"], "{{.ID}} {{.Name}} {{.Mode}} {{.Replicas}} {{.Image}}")).toEqual([
    `${id.slice(0, 12)} web replicated 2/2 ${IMAGE}`,
  ]);
  expect(await states("web")).toEqual(["web.1 Running Running", "web.2 Running Running"]);
  const [first = ""] = await column(["ps", "--filter", "label=com.docker.swarm.service.name=web"], "{{.Names}}");
  expect(first).toMatch(/^web\.[12]\.[0-9a-z]{25}$/);
  expect(await engine.ok(["exec", first, "sh", "-c", "echo $A"])).toBe("b");
  expect(await engine.ok(["service", "rm", "web"])).toBe("web");
  await eventually(
    async () => await column(["ps", "--all"], "{{.Names}}"),
    (names) => names.length === 0,
  );
  const refused = await engine.run(["swarm", "leave"]);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("use --force")]);
  expect(await engine.ok(["swarm", "leave", "--force"])).toBe("Node left the swarm.");
  const outside = await engine.run(["service", "ls"]);
  expect([outside.code, outside.stderr]).toEqual([125, expect.stringContaining("this node is not part of a swarm")]);
});

test("the node's process is killed and comes again: not one container stops, and services are looked after as before", async () => {
  await engine.ok(["swarm", "init"]);
  await create(["--name", "web", "--replicas", "3", "--restart-delay", "100ms"], "sleep", "1000");
  const before = await pids();
  for (let round = 0; round < 3; round++) {
    const pid = nodePid();
    await killHard(pid);
    expect(await pids()).toEqual(before);
    // Any command starts it.
    expect(await column(["service", "ls"], "{{.Replicas}}")).toEqual(["3/3"]);
  }
  expect(await pids()).toEqual(before);
  expect(await states("web")).toEqual(["web.1 Running Running", "web.2 Running Running", "web.3 Running Running"]);
  // One ends while nobody looks.
  const pid = nodePid();
  await killHard(pid);
  const [name = ""] = (before[0] ?? "").split(" ");
  await engine.ok(["kill", name]);
  await engine.ok(["service", "ls"]);
  await eventually(
    async () => await states("web"),
    (rows) => rows.filter((row) => row.endsWith("Running Running")).length === 3 && rows.length === 4,
  );
});

test("a task that ends is followed by another in its slot, later each time; where the policy says so, by none", async () => {
  await engine.ok(["swarm", "init"]);
  await engine.ok(["service", "create", "-d", "--name", "flaky", "--restart-delay", "50ms", IMAGE, "false"]);
  await eventually(
    async () => await states("flaky"),
    (rows) => rows.filter((row) => row === "flaky.1 Shutdown Failed").length >= 3,
  );
  const errors = await column(["service", "ps", "--no-trunc", "flaky"], "{{.Error}}");
  expect(errors).toContain('"task: non-zero exit (1)"');
  const options = ["--restart-delay", "10ms", "--restart-condition", "on-failure", "--restart-max-attempts", "1"];
  await engine.ok(["service", "create", "-d", "--name", "twice", ...options, IMAGE, "false"]);
  await eventually(
    async () => await states("twice"),
    (rows) => rows.join() === "twice.1 Shutdown Failed,twice.1 Shutdown Failed",
  );
  await engine.ok(["service", "create", "-d", "--name", "once", ...options, IMAGE, "true"]);
  await eventually(
    async () => await states("once"),
    (rows) => rows.join() === "once.1 Shutdown Complete",
  );
  // What cannot be prepared is rejected, with the reason.
  const absent = ["--restart-condition", "none", "127.0.0.1:1/no:1", "true"];
  await engine.ok(["service", "create", "-d", "--name", "absent", ...absent]);
  await eventually(
    async () => await states("absent"),
    (rows) => rows.join() === "absent.1 Shutdown Rejected",
  );
  await engine.ok(["service", "rm", "flaky", "twice", "once", "absent"]);
});

test("a service is scaled up and down, to none, and keeps the slots that are left", async () => {
  await engine.ok(["swarm", "init"]);
  await create(["--name", "web"], "sleep", "1000");
  const [one] = await pids();
  await engine.ok(["service", "scale", "web=3"]);
  expect(await states("web")).toEqual(["web.1 Running Running", "web.2 Running Running", "web.3 Running Running"]);
  await engine.ok(["service", "scale", "web=1"]);
  expect(await pids()).toEqual([one ?? ""]);
  await engine.ok(["service", "scale", "web=0"]);
  await eventually(
    async () => await column(["ps", "--all"], "{{.Names}}"),
    (names) => names.length === 0,
  );
  await create(["--name", "all", "--mode", "global"], "sleep", "1000");
  const refused = await engine.run(["service", "scale", "all=2"]);
  expect([refused.code, refused.stderr]).toEqual([
    125,
    expect.stringContaining("scale can only be used with replicated"),
  ]);
  expect(await column(["service", "ls", "--filter", "mode=global"], "{{.Name}} {{.Mode}} {{.Replicas}}")).toEqual([
    "all global 1/1",
  ]);
});

test("a job runs so many tasks to their end, some at once; a task of one that fails is tried again", async () => {
  await engine.ok(["swarm", "init"]);
  const job = ["--mode", "replicated-job", "--replicas", "4", "--max-concurrent", "2", "--restart-delay", "10ms"];
  await create(["--name", "batch", ...job, "-v", "tries:/t"], "sh", "-c", "mkdir /t/once 2>&1 && exit 3; exit 0");
  expect(await column(["service", "ls"], "{{.Mode}} {{.Replicas}}")).toEqual(["replicated job 0/2 (4/4 completed)"]);
  const rows = await states("batch");
  expect(rows.filter((row) => row.endsWith("Complete Complete")).length).toBe(4);
  expect(rows.filter((row) => row.endsWith("Shutdown Failed")).length).toBe(1);
  const bad = ["--mode", "replicated-job", "--restart-condition", "none", "--name", "bad"];
  const failed = await engine.run(["service", "create", ...bad, IMAGE, "sh", "-c", "exit 7"]);
  expect([failed.code, failed.stderr]).toEqual([125, expect.stringContaining("task: non-zero exit (7)")]);
  await engine.ok(["service", "rm", "batch", "bad"]);
  await eventually(
    async () => await column(["ps", "--all"], "{{.Names}}"),
    (names) => names.length === 0,
  );
});

test("a task that no node may have is pending, and says why; a label, or another node's state, lets it go", async () => {
  await engine.ok(["swarm", "init"]);
  await engine.ok([
    "service",
    "create",
    "-d",
    "--name",
    "eu",
    "--constraint",
    "node.labels.zone == eu",
    IMAGE,
    "sleep",
    "99",
  ]);
  await eventually(
    async () => await column(["service", "ps", "--no-trunc", "eu"], "{{.CurrentState}} {{.Error}}"),
    ([row = ""]) =>
      row.startsWith("Pending") && row.endsWith('"no suitable node (scheduling constraints not satisfied on 1 node)"'),
  );
  expect(await engine.ok(["service", "ps", "--explain", "eu"])).toMatch(
    /^eu: .+: scheduling constraints not satisfied/,
  );
  await engine.ok(["node", "update", "--label-add", "zone=eu", "self"]);
  await eventually(
    async () => await states("eu"),
    (rows) => rows.join() === "eu.1 Running Running",
  );
  expect(await engine.ok(["node", "inspect", "--format", "{{.Spec.Labels.zone}} {{.Status.State}}", "self"])).toBe(
    "eu ready",
  );
  expect(await engine.ok(["node", "pause", "self"])).toBe("self");
  await engine.ok(["service", "create", "-d", "--name", "later", "--reserve-cpu", "0.1", IMAGE, "sleep", "99"]);
  await eventually(
    async () => await column(["service", "ps", "--no-trunc", "later"], "{{.Error}}"),
    ([row = ""]) => row.includes("1 node not available for new tasks"),
  );
  expect(await states("eu")).toEqual(["eu.1 Running Running"]);
  await engine.ok(["node", "activate", "self"]);
  await eventually(
    async () => await states("later"),
    (rows) => rows.join() === "later.1 Running Running",
  );
  await engine.ok(["service", "create", "-d", "--name", "huge", "--reserve-cpu", "5000", IMAGE, "true"]);
  await eventually(
    async () => await column(["service", "ps", "--no-trunc", "huge"], "{{.Error}}"),
    ([row = ""]) => row.includes("insufficient resources on 1 node"),
  );
  await engine.ok(["service", "rm", "eu", "later", "huge"]);
});

test("a port that names none of the nodes' gets one, and keeps it through updates", async () => {
  await engine.ok(["swarm", "init"]);
  await create(["--name", "open", "--publish", "80"], "httpd", "-f", "-p", "80");
  const port = async (): Promise<number> =>
    Number(await engine.ok(["service", "inspect", "--format", "{{(index .Endpoint.Ports 0).PublishedPort}}", "open"]));
  const given = await port();
  expect(given).toBeGreaterThanOrEqual(30_000);
  expect((await fetch(`http://127.0.0.1:${given}/nothing`)).status).toBe(404);
  await engine.ok(["service", "update", "--publish-add", "81", "open"]);
  expect(await port()).toBe(given);
  await engine.ok(["service", "rm", "open"]);
});

describe("bad input", () => {
  test("is refused before anything is made, with what would be right", async () => {
    await engine.ok(["swarm", "init"]);
    await create(["--name", "web"], "sleep", "1000");
    for (const [args, text] of [
      [["service", "create", "--name", "web", IMAGE], 'service "web" already exists'],
      [["service", "create", "--name", "-x-", IMAGE], "is not a name"],
      [["service", "create", "--constraint", "zone", IMAGE], "invalid placement constraint"],
      [["service", "create", "--constraint", "node.labels.a=~(", IMAGE], "invalid placement constraint"],
      [["service", "create", "--placement-pref", "zone", IMAGE], "--placement-pref"],
      [["service", "create", "--replicas", "-1", IMAGE], "--replicas"],
      [["service", "create", "--mode", "global", "--replicas", "2", IMAGE], "--replicas"],
      [["service", "create", "--mode", "global", "--replicas-max-per-node", "1", IMAGE], "--replicas-max-per-node"],
      [["service", "create", "--mode", "global-job", "--update-delay", "1s", IMAGE], "--update-delay"],
      [["service", "create", "--network", "host", "-p", "8080:80", IMAGE], "ports cannot be published"],
      [["service", "create", "--placement-pref", "spread=node.zone", IMAGE], "invalid placement preference"],
      [["service", "create", "--hostname", "{{.Task.No}}", IMAGE], 'cannot expand "{{.Task.No}}"'],
      [["service", "create", "--update-delay", "soon", IMAGE], "--update-delay"],
      [["service", "create", "--secret", "x", IMAGE], "secret x not found"],
      [["service", "scale", "web"], "is not SERVICE=REPLICAS"],
      [["service", "ps", "nope"], "service nope not found"],
      [["service", "ls", "--filter", "color=red"], "invalid filter"],
      [["node", "inspect", "nope"], "node nope not found"],
      [["node", "update", "--label-rm", "nope", "self"], "doesn't exist"],
    ] as const) {
      const { code, stderr } = await engine.run(args);
      expect([args, code === 0, stderr]).toEqual([args, false, expect.stringContaining(text)]);
    }
    expect(await column(["service", "ls"], "{{.Name}}")).toEqual(["web"]);
  });
});
