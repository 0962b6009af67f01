import { afterEach, beforeEach, expect, test } from "bun:test";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { freePort } from "../fixtures/etcd.ts";

const engine = useEngine({ images: [{ name: "bb:2", files: { "etc/two": "" } }] });
const QUICK = ["--update-monitor", "300ms", "--rollback-monitor", "300ms", "--stop-grace-period", "0s"];

beforeEach(async () => {
  await engine.ok(["swarm", "init"]);
}, 60_000);
afterEach(async () => {
  await engine.run(["swarm", "leave", "--force"]);
}, 60_000);

async function create(options: readonly string[], ...command: string[]): Promise<void> {
  await engine.ok(["service", "create", "-q", "--name", "web", ...QUICK, ...options, IMAGE, ...command]);
}

/** Name, image, desired and current state of each task, newest of each slot first. */
async function tasks(): Promise<string[]> {
  const format = "{{.Name}} {{.Image}} {{.DesiredState}} {{.CurrentState}}";
  const out = await engine.ok(["service", "ps", "web", "--format", format]);
  return out.split("\n").map((row) => row.trim().replace(/^\\_ /, "").split(" ").slice(0, 4).join(" "));
}

async function inspect(template: string): Promise<string> {
  return await engine.ok(["service", "inspect", "--format", template, "web"]);
}

test("an update replaces the tasks one by one, and a rollback brings the old ones' kind back", async () => {
  await create(["--replicas", "2"], "sleep", "1000");
  await engine.ok(["service", "update", "-q", "--image", "bb:2", "web"]);
  expect(await tasks()).toEqual([
    "web.1 bb:2 Running Running",
    `web.1 ${IMAGE} Shutdown Shutdown`,
    "web.2 bb:2 Running Running",
    `web.2 ${IMAGE} Shutdown Shutdown`,
  ]);
  expect(await inspect("{{.UpdateStatus.State}} {{.UpdateStatus.Message}}")).toBe("completed update completed");
  expect(await inspect("{{.PreviousSpec.TaskTemplate.ContainerSpec.Image}}")).toBe(IMAGE);
  await engine.ok(["service", "rollback", "-q", "web"]);
  expect((await tasks()).filter((row) => row === `web.1 ${IMAGE} Running Running`).length).toBe(1);
  expect(await inspect("{{.UpdateStatus.State}} {{.Spec.TaskTemplate.ContainerSpec.Image}}")).toBe(
    `rollback_completed ${IMAGE}`,
  );
});

test("what tasks do not show is changed without replacing any; what they show is in the new ones", async () => {
  await create(
    ["--env", "A=1", "--env", "B=1", "--limit-memory", "64m", "-p", "published=0,target=80,mode=host"],
    "sleep",
    "1000",
  );
  const before = await engine.ok(["ps", "--no-trunc", "--format", "{{.ID}}"]);
  await engine.ok(["service", "update", "-q", "--label-add", "team=a", "--update-parallelism", "3", "web"]);
  expect(await engine.ok(["ps", "--no-trunc", "--format", "{{.ID}}"])).toBe(before);
  expect(await inspect("{{.Spec.Labels.team}} {{.Spec.UpdateConfig.Parallelism}}")).toBe("a 3");
  const change = ["--env-add", "B=2", "--env-rm", "A", "--env-add", "C=3", "--hostname", "box", "--publish-rm", "80"];
  const more = ["--mount-add", "type=tmpfs,target=/cache", "--container-label-add", "x=y", "--host-add", "db:10.0.0.9"];
  await engine.ok(["service", "update", "-q", ...change, ...more, "--args", 'sleep "2000"', "web"]);
  const [name = ""] = (await engine.ok(["ps", "--format", "{{.Names}}"])).split("\n");
  expect(
    await engine.ok([
      "exec",
      name,
      "sh",
      "-c",
      "echo $A-$B-$C; hostname; grep -c /cache /proc/mounts; grep db /etc/hosts",
    ]),
  ).toBe("-2-3\nbox\n1\n10.0.0.9\tdb");
  expect(
    await engine.ok(["inspect", "--format", "{{.HostConfig.Memory}} {{.Config.Labels.x}} {{.Config.Cmd}}", name]),
  ).toBe(`${64 << 20} y [sleep 2000]`);
  expect(await inspect("{{len .Spec.EndpointSpec.Ports}}")).toBe("0");
});

test("an update whose tasks fail pauses, with the old tasks that are left; the next update goes on from there", async () => {
  await create(["--replicas", "2", "--restart-delay", "30s", "--update-delay", "9s"], "sleep", "1000");
  const { code, stderr } = await engine.run(["service", "update", "-q", "--args", "false", "web"]);
  expect([code, stderr]).toEqual([
    125,
    expect.stringContaining("service update paused: update paused due to failure or early termination of task"),
  ]);
  expect(await inspect("{{.UpdateStatus.State}}")).toBe("paused");
  expect((await tasks()).filter((row) => row.endsWith("Running Running")).length).toBe(1);
  await engine.ok(["service", "update", "-q", "--args", "sleep 3000", "--update-delay", "0s", "web"]);
  expect((await tasks()).filter((row) => row.endsWith("Running Running")).length).toBe(2);
});

test("an update whose tasks fail goes back by itself where it is to, and never below what it may: the old ones ran on", async () => {
  await create(
    ["--replicas", "2", "--update-failure-action", "rollback", "--update-order", "start-first"],
    "sleep",
    "1000",
  );
  const before = await engine.ok(["ps", "--no-trunc", "--format", "{{.ID}}"]);
  await engine.ok(["service", "update", "-q", "--args", "false", "web"]);
  expect(await inspect("{{.UpdateStatus.State}}")).toBe("rollback_completed");
  expect(await engine.ok(["ps", "--no-trunc", "--format", "{{.ID}}"])).toBe(before);
});

test("a start-first update of a service behind a port loses no request, though its tasks take a while to be ready", async () => {
  const serve = "mkdir /w; sleep 0.3; echo ok > /w/index.html; exec httpd -f -p 80 -h /w";
  const health = [
    "--health-cmd",
    "wget -q -O- 127.0.0.1/",
    "--health-interval",
    "100ms",
    "--health-start-period",
    "5s",
  ];
  const port = await freePort();
  await create(["--replicas", "2", "--update-order", "start-first", "-p", `${port}:80`, ...health], "sh", "-c", serve);
  const state = { stop: false, failed: [] as unknown[], answered: 0 };
  const client = async (): Promise<void> => {
    while (!state.stop) {
      try {
        const response = await fetch(`http://127.0.0.1:${port}/`, {
          keepalive: false,
          signal: AbortSignal.timeout(10_000),
        });
        if (!response.ok || (await response.text()) !== "ok\n") state.failed.push(response.status);
        state.answered += 1;
      } catch (error) {
        state.failed.push(error);
      }
    }
  };
  const clients = Promise.all([client(), client()]);
  await engine.ok(["service", "update", "-q", "--force", "web"]);
  state.stop = true;
  await clients;
  expect(state.failed).toEqual([]);
  expect(state.answered).toBeGreaterThan(10);
});

test("a service's log has the lines of all its tasks, each with its task; followed, those of tasks to come, too", async () => {
  await create(["--replicas", "2"], "sh", "-c", "echo from $HOSTNAME; sleep 1000");
  const lines = (await engine.ok(["service", "logs", "web"])).split("\n").toSorted();
  expect(lines.length).toBe(2);
  for (const [index, line] of lines.entries())
    expect(line).toMatch(new RegExp(`^web\\.${index + 1}\\.[0-9a-z]{12}@\\S+ {4}\\| from `));
  const [task = ""] = (await engine.ok(["service", "ps", "-q", "--filter", "name=web.1", "web"])).split("\n");
  expect(await engine.ok(["service", "logs", "--raw", task])).toMatch(/^from [0-9a-f]{12}$/);
  const child = Bun.spawn(engine.argv(["service", "logs", "--follow", "--raw", "web"]), {
    stdout: "pipe",
    stderr: "ignore",
  });
  const seen = { text: "" };
  const reading = (async () => {
    for await (const chunk of child.stdout) seen.text += Buffer.from(chunk).toString();
  })();
  await engine.ok(["service", "scale", "web=3"]);
  await eventually(
    () => seen.text.split("\n").length,
    (count) => count > 3,
  );
  child.kill("SIGKILL");
  await child.exited;
  await reading;
});
