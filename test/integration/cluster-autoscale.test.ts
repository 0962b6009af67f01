import { afterEach, expect, test } from "bun:test";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

afterEach(async () => {
  await engine.run(["swarm", "leave", "--force"]);
}, 60_000);

test("a service has as many tasks as a metric asks for, within its bounds, and says why; without the metric it stays as it is", async () => {
  const metric = { answer: "49" };
  using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(metric.answer) });
  const replicas = async (count: number): Promise<string> =>
    await eventually(
      async () => await engine.ok(["service", "ls", "--format", "{{.Replicas}}"]),
      (text) => text === `${count}/${count}`,
      20_000,
    );
  const explained = async (part: string): Promise<string> =>
    await eventually(
      async () => await engine.ok(["service", "ps", "--explain", "web"]),
      (text) => text.includes(part),
      20_000,
    );
  await engine.ok(["swarm", "init"]);
  const scale = ["--autoscale-max", "3", "--autoscale-window", "0s", "--autoscale-target", "10"];
  const url = `http://127.0.0.1:${server.port}/`;
  const options = ["-d", "--name", "web", "--stop-grace-period", "0s", "--autoscale-metric", url, ...scale];
  await engine.ok(["service", "create", ...options, IMAGE, "sleep", "1000"]);
  await replicas(3);
  metric.answer = "no";
  await explained(`3 tasks (unknown): metric: ${url} answers no number`);
  const refused = await engine.run(["service", "scale", "web=1"]);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("are counted by what they use")]);
  metric.answer = "11";
  await replicas(2);
  await explained("web: autoscale: 2 tasks (steady): metric is 11, 10 for each task: 2 are right");
  const format = "{{.AutoscaleStatus.Replicas}} {{.Spec.Mode.Replicated.Replicas}}";
  expect(await engine.ok(["service", "inspect", "--format", format, "web"])).toBe("2 1");
  const bad = await engine.run(["service", "update", "--autoscale-min", "9", "web"]);
  expect([bad.code, bad.stderr]).toEqual([125, expect.stringContaining("at least 9 and at most 3 tasks")]);
});
