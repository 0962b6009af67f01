import { expect, test } from "bun:test";
import { comeDue, dueTime, TestProject } from "../fixtures/compose.ts";
import { eventually, useEngine } from "../fixtures/engine.ts";
import { killHard, watcherOf } from "../fixtures/supervision.ts";

const engine = useEngine();

test("restart_unhealthy: a container whose health check fails is restarted by itself, and up without any check is refused", async () => {
  const file = (check: string): string => `
services:
  web:
    image: bb:1
    init: true
    command: sleep 1000
    tmpfs: [/run]
    ${check}
    x-estiba: {restart_unhealthy: true}
`;
  await using project = new TestProject(engine, "healing", {
    "compose.yaml": file('healthcheck: {test: ["CMD-SHELL", "test ! -e /run/sick"], interval: 200ms, retries: 1}'),
  });
  await project.ok(["up", "-d", "--wait"]);
  await engine.ok(["exec", "healing-web-1", "touch", "/run/sick"]);
  const restarts = async (): Promise<number> =>
    Number(await engine.ok(["inspect", "--format", "{{.RestartCount}}", "healing-web-1"]));
  await eventually(restarts, (count) => count > 0);
  await eventually(
    async () => await project.ok(["ps", "--format", "{{.State}} {{.Health}}"]),
    (text) => text === "running healthy",
  );
  project.write("compose.yaml", file("stop_signal: SIGKILL"));
  const refused = await project.run(["up", "-d"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain(
    "compose.yaml:9:35: services.web.x-estiba.restart_unhealthy: neither the service nor its image has a health check",
  );
});

test("replica: each container has its own name, host name, variable and volume by its number, and keeps them over up and scale", async () => {
  await using project = new TestProject(engine, "shards", {
    "compose.yaml": `
services:
  db:
    image: bb:1
    command: sh -c "hostname >> /data/seen; exec sleep 1000"
    stop_signal: SIGKILL
    scale: 2
    environment: {SHARD: none}
    volumes: ["data:/data", "common:/common"]
    x-estiba:
      replica:
        container_name: shard-{{.Index}}
        hostname: db-{{.Index}}
        environment: {SHARD: "{{.Index}} of {{.Project}}"}
        volumes: [data]
volumes: {data: {}, common: {}}
`,
  });
  expect((await project.run(["plan"])).stdout).toContain("+ volume shards_data-2");
  await project.ok(["up", "-d"]);
  expect(Object.keys(await project.ids())).toEqual(["shard-1", "shard-2"]);
  const inside = async (name: string): Promise<string> =>
    await engine.ok([
      "exec",
      name,
      "sh",
      "-c",
      'cat /data/seen; echo "$SHARD"; nslookup db-1 >/dev/null && echo found',
    ]);
  expect(await inside("shard-2")).toMatch(/^db-2\n2 of shards\nfound$/);
  expect(await project.ok(["volumes", "-q"])).toBe("shards_common\nshards_data-1\nshards_data-2");
  // The number that has become free is taken again, with its volume.
  await engine.ok(["rm", "--force", "shard-1"]);
  await project.ok(["up", "-d"]);
  expect(await inside("shard-1")).toMatch(/^db-1\ndb-1\n1 of shards\nfound$/);
  expect((await project.run(["plan"])).code).toBe(0);
  await project.ok(["up", "-d", "--scale", "db=1"]);
  expect(Object.keys(await project.ids())).toEqual(["shard-1"]);
  await project.ok(["down", "--volumes"]);
  expect(await engine.ok(["volume", "ls", "-q"])).toBe("");
});

test("schedule: up does not start the service, the watcher does at its time; a run that goes on is not doubled, and stop ends it", async () => {
  const file = (cron: string): string => `
services:
  job:
    image: bb:1
    command: sh -c "echo ran; exec sleep 1000"
    stop_signal: SIGKILL
    x-estiba: {schedule: {cron: "${cron}", timezone: Europe/Berlin}}
  late: {image: "bb:1", command: echo made up, x-estiba: {schedule: {cron: "@yearly", missed: run}}}
  web: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL}
`;
  await using project = new TestProject(engine, "timed", { "compose.yaml": file("0 3 * * *") });
  const planned = await project.run(["plan"]);
  expect(planned.stdout).toContain("@ container timed-job-1 is started by its schedule  (compose.yaml:4)");
  expect(planned.stdout).toMatch(
    /^job runs at 0 3 \* \* \* \(Europe\/Berlin\), next 20\S+T0[12]:00:00.000Z {2}\(compose.yaml:7\)$/m,
  );
  await project.ok(["up", "-d", "--wait"]);
  const status = async (): Promise<string> => await project.ok(["ps", "--format", "{{.Status}}", "job"]);
  expect(await status()).toMatch(/^Scheduled, next run in /);
  expect((await project.run(["plan"])).code).toBe(0);
  const due = (): number | undefined => dueTime(engine, "timed-job-1");
  comeDue(engine, "timed-job-1");
  await eventually(status, (text) => text.startsWith("Up "));
  const said = async (): Promise<string> => await project.ok(["logs", "--no-log-prefix", "job"]);
  await eventually(said, (text) => text === "ran");
  // Another time is put in force, and the run goes on.
  const before = await project.ids();
  project.write("compose.yaml", file("30 4 * * *"));
  expect((await project.run(["plan"])).stdout).toContain(
    'x-estiba.schedule.cron: "0 3 * * *" -> "30 4 * * *"  (compose.yaml:7)',
  );
  await project.ok(["up", "-d"]);
  expect(await project.ids()).toEqual(before);
  expect(await status()).toStartWith("Up ");
  expect(new Date(due() ?? 0).toISOString()).toMatch(/T0[23]:30:00/);
  // Its next time comes while it still runs.
  comeDue(engine, "timed-job-1");
  await eventually(due, (time) => time !== undefined && time > Date.now());
  expect(await said()).toBe("ran");
  // A time that has passed long ago, as after a night without power, is left out.
  await engine.ok(["kill", "timed-job-1"]);
  comeDue(engine, "timed-job-1", 3_600_000);
  await eventually(due, (time) => time !== undefined && time > Date.now());
  expect(await status()).toMatch(/^Exited \(137\) .*, next run in /);
  comeDue(engine, "timed-late-1", 3_600_000);
  await eventually(
    async () => await project.ok(["logs", "--no-log-prefix", "late"]),
    (text) => text === "made up",
  );
  await engine.ok(["container", "prune", "--force"]);
  expect(Object.keys(await project.ids())).toEqual(["timed-job-1", "timed-late-1", "timed-web-1"]);
  // Without the watcher nothing would be started: check says so, and what a boot calls starts it again.
  await killHard(watcherOf(engine) ?? 0);
  const found = await engine.run(["system", "check", "--quick"]);
  expect(found.stdout).toContain("nobody starts container timed-job-1 (");
  await engine.ok(["system", "boot"]);
  await eventually(
    () => watcherOf(engine),
    (pid) => pid !== undefined,
  );
  await project.ok(["stop"]);
  expect(due()).toBeUndefined();
  await project.ok(["start"]);
  expect(await status()).toMatch(/, next run in /);
});

test("start-first: a name leads to the old container until the new one is well, then to the new one only; no request by name fails", async () => {
  const file = (version: string): string => `
services:
  web:
    image: bb:1
    hostname: site
    command: sh -c "echo ${version} > /index.html; sleep 0.5; exec httpd -f -p 80 -h /"
    # It has no handler for its stop signal: it serves on for so long.
    stop_grace_period: 2s
    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/"], interval: 200ms, retries: 20}
    networks: {default: {aliases: [shop]}}
    deploy: {update_config: {order: start-first}}
  asker: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL}
`;
  await using project = new TestProject(engine, "named", { "compose.yaml": file("one") });
  await project.ok(["up", "-d", "--wait"]);
  // Each name in turn, found anew each time.
  const script = `while [ ! -e /done ]; do for name in web shop site named-web-1; do
    for address in $(nslookup $name | sed -n '/^Name/,$ s/^Address[^:]*: *\\([0-9.]*\\)$/\\1/p'); do
      wget -q -O - http://$address:80/ || echo failed; done; done; done`;
  const asking = engine.ok(["exec", "named-asker-1", "sh", "-c", script]);
  project.write("compose.yaml", file("two"));
  await project.ok(["up", "-d"]);
  await engine.ok(["exec", "named-asker-1", "touch", "/done"]);
  const answers = (await asking).split("\n");
  expect(new Set(answers)).toEqual(new Set(["one", "two"]));
  expect(answers.lastIndexOf("one")).toBeLessThan(answers.indexOf("two"));
  expect(answers.filter((one) => one === "one").length).toBeGreaterThan(3);
});
