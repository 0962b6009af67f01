import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand, useEngine } from "../fixtures/engine.ts";
import { cutPower } from "../fixtures/power-cut.ts";
import { look, until } from "../fixtures/supervision.ts";

const engine = useEngine();
setDefaultTimeout(60_000);

const sleeper = async (name: string, ...options: string[]) =>
  await engine.detached(["--name", name, "--stop-timeout", "0", ...options], "sleep", "1000");
const statuses = async () =>
  (await engine.ok(["ps", "-a", "--sort", "names", "--format", "{{.Names}} {{.State}}"])).split("\n");

const reboot = async (): Promise<void> => await cutPower(engine);

test("after a reboot, boot starts what policies ask for and tells what it did", async () => {
  await sleeper("always", "--restart", "always");
  await sleeper("failing", "--restart", "on-failure");
  await sleeper("unless", "--restart", "unless-stopped");
  await sleeper("plain");
  await engine.ok(["create", "--name", "unused", "--restart", "always", "bb:1", "sleep", "1000"]);
  await reboot();
  expect(await statuses()).toEqual([
    "always created",
    "failing created",
    "plain created",
    "unless created",
    "unused created",
  ]);
  expect((await engine.ok(["system", "boot"])).split("\n")).toEqual([
    "always (always): started",
    "failing (on-failure): started",
    "unless (unless-stopped): started",
    "unused (always): left: it was never started",
  ]);
  expect(await statuses()).toEqual([
    "always running",
    "failing running",
    "plain created",
    "unless running",
    "unused created",
  ]);
  expect(await look(engine, "always", "RestartCount")).toBe("0");
});

test("a user's stop counts beyond the reboot for unless-stopped and on-failure, not for always", async () => {
  await sleeper("always", "--restart", "always");
  await sleeper("failing", "--restart", "on-failure");
  await sleeper("unless", "--restart", "unless-stopped");
  await sleeper("again", "--restart", "unless-stopped");
  await engine.ok(["stop", "always", "failing", "unless", "again"]);
  await engine.ok(["start", "again"]);
  await reboot();
  expect((await engine.ok(["system", "boot"])).split("\n")).toEqual([
    "always (always): started",
    "failing (on-failure): left: a user has stopped it",
    "unless (unless-stopped): left: a user has stopped it",
    "again (unless-stopped): started",
  ]);
});

test("what was stopped during a back-off, and what has ended for good, stays so", async () => {
  await engine.detached(["--name", "loop", "--restart", "unless-stopped"], "false");
  await engine.detached(["--name", "done", "--restart", "on-failure"], "true");
  await until(engine, "loop", ["RestartCount", "State.Status"], /^[3-9] restarting$/);
  await engine.ok(["stop", "loop"]);
  await until(engine, "done", ["State.Status"], "exited");
  await reboot();
  expect((await engine.ok(["system", "boot"])).split("\n")).toEqual([
    "loop (unless-stopped): left: a user has stopped it",
    "done (on-failure): left: it has ended",
  ]);
});

test("boot leaves alone what runs or has run in this boot, and can be repeated", async () => {
  await sleeper("box", "--restart", "always");
  await sleeper("ended", "--restart", "always");
  await engine.ok(["stop", "ended"]);
  const pid = await look(engine, "box", "State.Pid");
  for (let round = 0; round < 2; round++)
    expect((await engine.ok(["system", "boot"])).split("\n")).toEqual([
      "box (always): runs already",
      "ended (always): left: a user has stopped it",
    ]);
  expect(await look(engine, "box", "State.Pid")).toBe(pid);
});

test("boot --shutdown stops all, without a restart, and without counting as a user's stop", async () => {
  await sleeper("unless", "--restart", "unless-stopped");
  await sleeper("plain");
  expect((await engine.ok(["system", "boot", "--shutdown"])).split("\n").sort()).toEqual([
    "plain: stopped",
    "unless: stopped",
  ]);
  expect(await statuses()).toEqual(["plain exited", "unless exited"]);
  await reboot();
  expect(await engine.ok(["system", "boot"])).toBe("unless (unless-stopped): started");
});

test("what cannot be started at boot is told, does not keep the others, and is tried again", async () => {
  const folder = engine.path("data");
  await Bun.write(`${folder}/file`, "");
  await sleeper("lacking", "--restart", "always", "-v", `${folder}:/data`);
  await sleeper("other", "--restart", "always");
  await reboot();
  await runCommand(["mv", folder, `${folder}.away`]);
  const { code, stdout, stderr } = await engine.run(["system", "boot"]);
  expect(code).toBe(125);
  expect(stdout).toBe("other (always): started\n");
  expect(stderr).toMatch(/^Error: lacking \(always\): could not be started, and will be tried again: .*data/);
  await runCommand(["mv", `${folder}.away`, folder]);
  await until(engine, "lacking", ["State.Status"], "running");
});

test("health checks go on after boot", async () => {
  await sleeper("box", "--restart", "always", "--health-cmd", "true", "--health-interval", "200ms");
  await reboot();
  await engine.ok(["system", "boot", "--quiet"]);
  await until(engine, "box", ["State.Health.Status"], "healthy");
});

const prefix = mkdtempSync(join(tmpdir(), "estiba-prefix-"));
beforeAll(() => rmSync(prefix, { recursive: true }));
afterAll(() => rmSync(prefix, { recursive: true, force: true }));

test("install:bin places the unit with the binary's path", async () => {
  const script = join(import.meta.dir, "../../scripts/install-bin.ts");
  const { code, stderr } = await runCommand([process.execPath, script], { env: { PREFIX: prefix } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const unit = readFileSync(join(prefix, "lib/systemd/system/estiba-boot.service"), "utf8");
  const commands = [...unit.matchAll(/^Exec\w+=(\S+) (.*)$/gm)].map(([, binary = "", words = ""]) => ({
    binary,
    words,
  }));
  expect(commands.map(({ words }) => words)).toEqual(["system boot", "system boot --shutdown"]);
  for (const { binary } of commands) expect(existsSync(binary)).toBe(true);
});

test("after a reboot a pod with a policy is there again at once, its members in the namespaces of its infra container", async () => {
  await engine.ok(["pod", "create", "--restart", "always", "web"]);
  for (const name of ["a", "b", "c"]) await sleeper(name, "--pod", "web");
  await sleeper("own", "--pod", "web", "--restart", "no");
  await engine.ok(["pod", "create", "still"]);
  await sleeper("stays", "--pod", "still");
  await reboot();
  expect(await engine.ok(["pod", "ps", "--sort", "name", "--format", "{{.Name}} {{.Status}}"])).toBe(
    "still Created\nweb Created",
  );
  await engine.ok(["system", "boot"]);
  const infra = await engine.ok(["pod", "inspect", "-f", "{{.InfraContainerID}}", "web"]);
  expect(await engine.ok(["pod", "inspect", "-f", "{{.State}}", "web"])).toBe("Degraded");
  const namespace = async (name: string) =>
    readlinkSync(`/proc/${await engine.ok(["inspect", "-f", "{{.State.Pid}}", name])}/ns/net`);
  const shared = await namespace(infra);
  for (const name of ["a", "b", "c"]) {
    expect(await look(engine, name, "State.Status")).toBe("running");
    expect(await namespace(name)).toBe(shared);
  }
  expect(await engine.ok(["pod", "inspect", "-f", "{{.State}}", "still"])).toBe("Created");
  await engine.ok(["pod", "start", "web", "still"]);
  expect(await engine.ok(["pod", "ps", "--sort", "name", "--format", "{{.Name}} {{.Status}}"])).toBe(
    "still Running\nweb Running",
  );
  await engine.ok(["pod", "rm", "-f", "-t", "0", "web", "still"]);
});
