import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { useTwoMachines } from "../fixtures/cluster/two-machines.ts";
import { eventually, IMAGE, runCommand, type TestEngine } from "../fixtures/engine.ts";

const machines = useTwoMachines();
const QUICK = ["-q", "--update-monitor", "50ms", "--stop-grace-period", "0s", "--restart-delay", "100ms"];
const SECRET = "hunter2-of-the-cluster";

async function create(options: readonly string[]): Promise<void> {
  await machines.manager.ok(["service", "create", ...QUICK, "--name", "web", ...options, IMAGE, "sleep", "1000"]);
}

/** What a command prints in the one container that runs on a machine. */
async function inTask(engine: TestEngine, ...command: string[]): Promise<string> {
  const names = (await engine.ok(["ps", "--format", "{{.Names}}"])).split("\n");
  return await engine.ok(["exec", names[0] ?? "", ...command]);
}

/** Files of a machine in which a text stands. */
async function filesWith(engine: TestEngine, text: string): Promise<string> {
  return (await runCommand(["grep", "-rlaF", text, engine.root, engine.runRoot])).stdout;
}

test("a secret and a config reach the tasks that have them, as files of their owner and mode, and nothing else", async () => {
  const { manager, worker } = machines;
  await manager.ok(["secret", "create", "--label", "a=b", "password", "-"], { stdin: SECRET });
  writeFileSync(manager.path("conf"), "listen 80\n");
  await manager.ok(["config", "create", "web.conf", manager.path("conf")]);
  expect(await manager.ok(["secret", "ls", "--format", "{{.Name}} {{.Labels}}"])).toBe("password a=b");
  expect(await manager.ok(["config", "inspect", "--format", "{{.Spec.Data}}", "web.conf"])).toBe(
    Buffer.from("listen 80\n").toString("base64"),
  );
  expect(await manager.ok(["secret", "inspect", "password"])).not.toContain("Data");
  const place = ["--constraint", "node.role==worker"];
  const secret = ["--secret", "password", "--secret", "source=password,target=/etc/key,uid=7,gid=8,mode=0400"];
  await create([
    ...place,
    ...secret,
    "--config",
    "source=web.conf,mode=0440",
    "--config",
    "web.conf,target=/etc/web.conf",
  ]);
  expect(await inTask(worker, "cat", "/run/secrets/password")).toBe(SECRET);
  expect(await inTask(worker, "stat", "-c", "%n %a %u:%g", "/etc/key", "/run/secrets/password", "/web.conf")).toBe(
    "/etc/key 400 7:8\n/run/secrets/password 444 0:0\n/web.conf 440 0:0",
  );
  expect(await inTask(worker, "cat", "/etc/web.conf")).toBe("listen 80");
  expect(await inTask(worker, "grep", "/etc/key", "/proc/mounts")).toContain("tmpfs");
  // Encrypted where the state is, and in no file of either machine.
  for (const machine of [manager, worker]) expect(await filesWith(machine, SECRET)).toBe("");
  for (const [kind, name] of [
    ["secret", "password"],
    ["config", "web.conf"],
  ] as const) {
    const { code, stderr } = await manager.run([kind, "rm", name]);
    expect([code, stderr]).toEqual([125, expect.stringContaining("is in use by the following service: web")]);
  }
  await manager.ok(["service", "rm", "web"]);
  expect(await manager.ok(["secret", "rm", "password"])).toMatch(/^[0-9a-z]{25}$/);
  await manager.ok(["config", "rm", "web.conf"]);
  expect(await manager.ok(["config", "ls", "-q"])).toBe("");
});

test("a secret that is replaced comes to its services by an update, which a rollback takes back", async () => {
  const { manager } = machines;
  await manager.ok(["secret", "create", "password", "-"], { stdin: "old" });
  await create(["--constraint", "node.role==manager", "--secret", "password"]);
  expect(await inTask(manager, "cat", "/run/secrets/password")).toBe("old");
  await manager.ok(["secret", "create", "--replace", "password", "-"], { stdin: "new" });
  const status = async (): Promise<string> =>
    await manager.ok(["service", "inspect", "--format", "{{.UpdateStatus.State}}", "web"]);
  await eventually(status, (state) => state === "completed");
  expect(await inTask(manager, "cat", "/run/secrets/password")).toBe("new");
  await manager.ok(["service", "rollback", "-q", "web"]);
  await eventually(
    async () => await inTask(manager, "cat", "/run/secrets/password"),
    (text) => text === "old",
  );
  await manager.ok(["service", "update", "-q", "--secret-rm", "password", "web"]);
  await eventually(
    async () => await inTask(manager, "ls", "/run"),
    (text) => !text.includes("secrets"),
  );
});

test("secrets of the engine's own stand beside the cluster's, under --local", async () => {
  const { manager, worker } = machines;
  await manager.ok(["secret", "create", "--local", "own", "-"], { stdin: "of this machine" });
  expect(await manager.ok(["secret", "ls", "-q"])).toBe("");
  expect(await manager.ok(["secret", "ls", "--local", "--format", "{{.Name}}"])).toBe("own");
  expect(await manager.ok(["run", "--rm", "--secret", "own", IMAGE, "cat", "/run/secrets/own"])).toBe(
    "of this machine",
  );
  expect((await manager.run(["secret", "exists", "own"])).code).toBe(1);
  expect((await manager.run(["secret", "exists", "--local", "own"])).code).toBe(0);
  await manager.ok(["secret", "rm", "--local", "own"]);
  // A worker has only its own.
  await worker.ok(["secret", "create", "mine", "-"], { stdin: "x" });
  await worker.ok(["secret", "rm", "mine"]);
  for (const [args, text] of [
    [["secret", "create", "no/name", "-"], "is no name of a secret"],
    [["config", "create", "big", "/dev/zero"], "from 1 to"],
    [["config", "inspect", "nothing"], "config nothing not found"],
    [["service", "create", "--secret", "nothing", IMAGE], "secret nothing not found"],
    [["service", "create", "--secret", "password,type=env", IMAGE], "is not a file"],
    [["secret", "inspect", "--showsecret", "password"], "told to its tasks only"],
  ] as const) {
    const { code, stderr } = await manager.run(args, { stdin: "x" });
    expect([args, code === 0, stderr]).toEqual([args, false, expect.stringContaining(text)]);
  }
});
