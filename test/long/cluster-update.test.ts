import { expect, test } from "bun:test";
import { useWebService } from "../fixtures/cluster/web-service.ts";
import { eventually } from "../fixtures/engine.ts";

const web = useWebService();

test("an update whose tasks fail pauses, with the old tasks that are left; the next update goes on from there", async () => {
  await web.create(["--replicas", "2", "--restart-delay", "30s", "--update-delay", "9s"], "sleep", "1000");
  const { code, stderr } = await web.engine.run(["service", "update", "-q", "--args", "false", "web"]);
  expect([code, stderr]).toEqual([
    125,
    expect.stringContaining("service update paused: update paused due to failure or early termination of task"),
  ]);
  expect(await web.inspect("{{.UpdateStatus.State}}")).toBe("paused");
  expect((await web.tasks()).filter((row) => row.endsWith("Running Running")).length).toBe(1);
  await web.engine.ok(["service", "update", "-q", "--args", "sleep 3000", "--update-delay", "0s", "web"]);
  expect((await web.tasks()).filter((row) => row.endsWith("Running Running")).length).toBe(2);
});

test("an update whose tasks fail goes back by itself where it is to, and never below what it may: the old ones ran on", async () => {
  await web.create(
    ["--replicas", "2", "--update-failure-action", "rollback", "--update-order", "start-first"],
    "sleep",
    "1000",
  );
  const before = await web.engine.ok(["ps", "--no-trunc", "--format", "{{.ID}}"]);
  const { code, stderr } = await web.engine.run(["service", "update", "-q", "--args", "false", "web"]);
  const why = "service rolled back: rollback completed: update rolled back due to failure or early termination of task";
  expect([code, stderr]).toEqual([125, expect.stringContaining(why)]);
  expect(await web.inspect("{{.UpdateStatus.State}}")).toBe("rollback_completed");
  expect(await web.engine.ok(["ps", "--no-trunc", "--format", "{{.ID}}"])).toBe(before);
});

test("a service's log has the lines of all its tasks, each with its task; followed, those of tasks to come, too", async () => {
  await web.create(["--replicas", "2"], "sh", "-c", "echo from $HOSTNAME; sleep 1000");
  const lines = (await web.engine.ok(["service", "logs", "web"])).split("\n").toSorted();
  expect(lines.length).toBe(2);
  for (const [index, line] of lines.entries())
    expect(line).toMatch(new RegExp(`^web\\.${index + 1}\\.[0-9a-z]{12}@\\S+ {4}\\| from `));
  const [task = ""] = (await web.engine.ok(["service", "ps", "-q", "--filter", "name=web.1", "web"])).split("\n");
  expect(await web.engine.ok(["service", "logs", "--raw", task])).toMatch(/^from [0-9a-f]{12}$/);
  const child = Bun.spawn(web.engine.argv(["service", "logs", "--follow", "--raw", "web"]), {
    stdout: "pipe",
    stderr: "ignore",
  });
  const seen = { text: "" };
  const reading = (async () => {
    for await (const chunk of child.stdout) seen.text += Buffer.from(chunk).toString();
  })();
  await web.engine.ok(["service", "scale", "web=3"]);
  await eventually(
    () => seen.text.split("\n").length,
    (count) => count > 3,
  );
  child.kill("SIGKILL");
  await child.exited;
  await reading;
});
