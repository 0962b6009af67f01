import { expect, test } from "bun:test";
import { TestProject } from "../fixtures/compose.ts";
import { eventually, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

test("an up that is killed after the new container has begun to serve: it serves on, and the next up finishes the job without a failed request", async () => {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = probe;
  probe.stop(true);
  const file = (version: string): string => `
services:
  web:
    image: bb:1
    command: sh -c "echo ${version} > /index.html; exec httpd -f -p 80 -h /"
    stop_grace_period: 60s
    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/"], interval: 200ms, retries: 20}
    deploy: {update_config: {order: start-first}}
    ports: ["${port}:80"]
`;
  await using project = new TestProject(engine, "taken", { "compose.yaml": file("one") });
  const get = async (): Promise<string> =>
    (await (await fetch(`http://127.0.0.1:${port}/`, { keepalive: false })).text()).trim();
  await project.ok(["up", "-d", "--wait"]);
  project.write("compose.yaml", file("two"));
  const up = Bun.spawn(engine.argv(["compose", "up", "-d"]), {
    cwd: project.folder,
    stdio: ["ignore", "ignore", "ignore"],
  });
  await eventually(get, (text) => text === "two");
  up.kill("SIGKILL");
  await up.exited;
  expect(Object.keys(await project.ids())).toHaveLength(2);
  const state = { done: false };
  const answers: string[] = [];
  const asking = (async () => {
    while (!state.done) answers.push(await get());
  })();
  expect((await project.run(["plan"])).stdout).toContain(
    "taken-web-1: its replacement, which was cut off, is finished",
  );
  await project.ok(["up", "-d", "--timeout", "0"]);
  state.done = true;
  await asking;
  expect(new Set(answers)).toEqual(new Set(["two"]));
  expect(Object.keys(await project.ids())).toEqual(["taken-web-1"]);
  expect((await project.run(["plan"])).code).toBe(0);
});
