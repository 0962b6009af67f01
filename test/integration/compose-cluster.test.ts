import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { type CommandResult, eventually, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

beforeEach(async () => void (await engine.ok(["swarm", "init"])), 60_000);
afterEach(async () => void (await engine.run(["swarm", "leave", "--force"])), 60_000);

const FAST = "stop_grace_period: 0s";
const NO_NETWORK = "network_mode: none";

/** The words of `compose` for a project `shop` of this text. */
function shop(text: string): string[] {
  mkdirSync(engine.path("shop"), { recursive: true });
  writeFileSync(engine.path("shop/compose.yaml"), text);
  return ["compose", "--project-directory", engine.path("shop"), "-f", engine.path("shop/compose.yaml")];
}

async function tasksOf(service: string): Promise<string> {
  return await engine.ok(["service", "ps", "-q", "--no-trunc", "--filter", "desired-state=running", service]);
}

const SHOP = `
services:
  migrate:
    image: bb:1
    command: sh -c "sleep 0.2; echo migrated"
    ${NO_NETWORK}
  db:
    image: bb:1
    command: sh -c "echo listens; touch /ready; exec sleep 1000"
    ${FAST}
    ${NO_NETWORK}
    restart: always
    healthcheck: { test: [CMD, test, -e, /ready], interval: 50ms }
    deploy: { update_config: { monitor: 100ms } }
  web:
    image: bb:1
    command: sleep 1000
    ${FAST}
    ${NO_NETWORK}
    restart: always
    depends_on:
      db: { condition: service_healthy, restart: true }
      migrate: { condition: service_completed_successfully }
    deploy: { update_config: { monitor: 100ms } }
  idle: { image: bb:1, command: sleep 1000, ${FAST}, ${NO_NETWORK}, profiles: [extra] }
`;

test("compose up --cluster deploys the project as a stack of its name: what waits for others' health and end does so; ps, logs and down are of the stack", async () => {
  const words = shop(SHOP);
  const tried = await engine.run([...words, "--dry-run", "up", "--cluster"]);
  expect(tried.code).toBe(0);
  expect(tried.stdout).toMatch(/^differs: .*services\.migrate: others wait for its end, so it is a job/m);
  expect(tried.stderr).toContain("DRY-RUN MODE -  Creating service shop_web");
  expect(await engine.ok(["stack", "ls"])).not.toContain("shop");
  const up = await engine.run([...words, "--cluster", "up"]);
  expect(up.code).toBe(0);
  expect(up.stderr).toContain("things are not as on one machine");
  const said = up.stdout.split("\n").filter((line) => /^Creating service|^job progress: 1|tasks$/.test(line));
  const before = said.slice(0, said.indexOf("Creating service shop_web"));
  expect(before.toSorted()).toEqual([
    "Creating service shop_db",
    "Creating service shop_migrate",
    "job progress: 1 out of 1 complete",
    "overall progress: 0 out of 1 tasks",
    "overall progress: 1 out of 1 tasks",
  ]);
  const listed = await engine.ok([...words, "ps", "--cluster", "--format", "{{.Name}} {{.DesiredState}}"]);
  expect(listed.split("\n").toSorted()).toEqual(["shop_db.1 Running", "shop_web.1 Running"]);
  expect(await engine.ok([...words, "ps", "--cluster", "--all", "--format", "{{.Name}}", "migrate"])).toBe(
    "shop_migrate.1",
  );
  expect(await engine.ok([...words, "logs", "--cluster", "--no-log-prefix", "migrate"])).toBe("migrated");
  expect(await engine.ok([...words, "logs", "--cluster"])).toMatch(/^shop_db\.1\.\w+@\S+ +\| listens$/m);
  // What asked to be restarted with what it depends on has new tasks when that is changed, and only then.
  const first = [await tasksOf("shop_web"), await tasksOf("shop_db")];
  await engine.ok([...words, "up", "--cluster", "--wait"]);
  expect([await tasksOf("shop_web"), await tasksOf("shop_db")]).toEqual(first);
  await engine.ok([...shop(SHOP.replace("echo listens", "echo again")), "up", "--cluster", "--scale", "db=2"]);
  const second = [await tasksOf("shop_web"), await tasksOf("shop_db")];
  expect(second[0]).not.toBe(first[0] ?? "");
  expect(second[1]?.split("\n")).toHaveLength(2);
  // A service that only a profile has is nobody's orphan.
  await engine.ok([...words, "--profile", "extra", "up", "-d", "--cluster", "idle"]);
  await engine.ok([...shop(SHOP.replaceAll("migrate", "other")), "up", "-d", "--cluster", "--remove-orphans"]);
  expect(await engine.ok([...words, "ps", "--cluster", "--services"])).toBe("shop_db\nshop_idle\nshop_other\nshop_web");
  expect(await engine.ok([...words, "down", "--cluster"])).toContain("Removing service shop_web");
  const again = await engine.run([...words, "down", "--cluster"]);
  expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("no resource found")]);
}, 60_000);

/** A project whose `web` waits for a `first`. */
function waiting(first: string, dependency: string): string[] {
  const web = `web: { image: bb:1, command: sleep 1000, ${FAST}, ${NO_NETWORK}, depends_on: { first: { ${dependency} } } }`;
  return shop(`services:\n  first: { image: bb:1, ${FAST}, ${NO_NETWORK}, ${first} }\n  ${web}\n`);
}

test("a dependency that fails is given up with the reason, and what waits for it is not created, unless it is optional", async () => {
  const up = async (words: readonly string[]): Promise<CommandResult> =>
    await engine.run([...words, "up", "-d", "--cluster", "--wait-timeout", "30"]);
  const fails = 'command: sh -c "exit 3"';
  const failed = await up(waiting(fails, "condition: service_completed_successfully"));
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining("job shop_first has failed for good")]);
  expect(await engine.ok(["service", "ls", "--format", "{{.Name}}"])).toBe("shop_first");
  const optional = await up(waiting(fails, "condition: service_completed_successfully, required: false"));
  expect([optional.code, optional.stderr]).toEqual([0, expect.stringContaining('optional dependency "first" failed')]);
  expect(await engine.ok(["service", "ls", "--format", "{{.Name}}"])).toBe("shop_first\nshop_web");
  await engine.ok(["stack", "rm", "shop"]);
  const policy = "deploy: { restart_policy: { delay: 10ms } }";
  const ill = `command: sleep 1000, healthcheck: { test: [CMD, "false"], interval: 50ms, retries: 1 }, ${policy}`;
  const never = await up(waiting(ill, "condition: service_healthy"));
  expect([never.code, never.stderr]).toEqual([1, expect.stringMatching(/shop_first, .*does not start: .*unhealthy/)]);
  const started = waiting(ill, "condition: service_started");
  const late = await engine.run([...started, "up", "--cluster", "--wait", "--wait-timeout", "1"]);
  expect([late.code, late.stderr]).toEqual([1, expect.stringContaining("by the end of the time it was given")]);
  await engine.ok(["stack", "rm", "shop"]);
  await eventually(
    async () => await engine.ok(["ps", "-aq"]),
    (ids) => ids === "",
  );
}, 60_000);

test("verbs and options of one machine are refused with --cluster by their names; what has a schedule is a job", async () => {
  const words = shop(SHOP);
  for (const [asked, told] of [
    [["exec", "--cluster", "web", "ls"], "compose exec works on one machine only"],
    [["up", "--cluster", "--build"], "compose up --build works on one machine only"],
    [["down", "--cluster", "--volumes"], "compose down --volumes works on one machine only"],
    [["down", "--cluster", "web"], "estiba service rm shop_web"],
    [["ps", "--cluster", "nothing"], "no such service: nothing"],
  ] as const) {
    const { code, stderr } = await engine.run([...words, ...asked]);
    expect([asked, code, stderr]).toEqual([asked, 1, expect.stringContaining(told)]);
  }
  const report = `report: { image: bb:1, ${NO_NETWORK}, x-estiba: { schedule: "0 3 1 1 *" } }`;
  await engine.ok([...shop(`services:\n  ${report}\n`), "up", "-d", "--cluster"]);
  expect(await engine.ok(["service", "ls", "--format", "{{.Name}} {{.Mode}}"])).toBe("shop_report scheduled");
  await engine.ok(["stack", "rm", "shop"]);
  const endless = SHOP.replace("command: sh -c", "deploy: { mode: replicated }\n    command: sh -c");
  const refused = await engine.run([...shop(endless), "up", "--cluster"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("its tasks are not to end")]);
});
