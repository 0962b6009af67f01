import { expect, test } from "bun:test";
import { TestProject } from "../fixtures/compose.ts";
import { useEngine } from "../fixtures/engine.ts";
import { freePort } from "../fixtures/free-port.ts";

const engine = useEngine();
const SERVE = "exec httpd -f -p 80 -h /";

test("plan tells what up would do with the place in the file, changes nothing, and ends with 100, 0 or 1", async () => {
  const file = (debug: string): string =>
    `services:\n  web:\n    image: bb:1\n    command: sleep 1000\n    stop_signal: SIGKILL\n    environment:\n      DEBUG: "${debug}"\n`;
  await using project = new TestProject(engine, "planned", { "compose.yaml": file("0") });
  const first = await project.run(["plan"]);
  expect(first.code).toBe(100);
  expect(first.stdout).toContain("+ container planned-web-1  (compose.yaml:3)");
  expect(await engine.ok(["ps", "-aq"])).toBe("");
  await project.ok(["up", "-d"]);
  expect(await project.ok(["plan"])).toBe("Nothing to do: the project is as the files say.");
  project.write("compose.yaml", file("1"));
  const changed = await project.run(["plan"]);
  expect(changed.code).toBe(100);
  expect(changed.stdout).toContain('environment.DEBUG: "0" -> "1"  (compose.yaml:7)');
  const json = JSON.parse((await project.run(["plan", "--json"])).stdout) as {
    changes: boolean;
    steps: { id: string }[];
  };
  expect(json.changes).toBe(true);
  expect(json.steps.map(({ id }) => id)).toEqual(["create:planned-web-1", "start:planned-web-1"]);
  expect((await project.run(["plan", "nobody"])).code).toBe(1);
});

test("start-first: the new container is well before the old one stops, and no request fails while the port moves", async () => {
  const port = await freePort();
  const file = (version: string, serve: string): string => `
services:
  web:
    image: bb:1
    init: true
    command: sh -c "echo ${version} > /index.html; sleep 0.3; ${serve}"
    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/"], interval: 200ms, retries: 10}
    deploy: {update_config: {order: start-first}}
    ports: ["${port}:80"]
`;
  await using project = new TestProject(engine, "rolling", { "compose.yaml": file("one", SERVE) });
  await project.ok(["up", "-d", "--wait"]);
  const before = await project.ids();
  project.write("compose.yaml", file("two", SERVE));
  const state = { done: false };
  const answers: string[] = [];
  const asking = (async () => {
    while (!state.done)
      answers.push((await (await fetch(`http://127.0.0.1:${port}/`, { keepalive: false })).text()).trim());
  })();
  await project.ok(["up", "-d"]);
  state.done = true;
  await asking;
  expect(new Set(answers)).toEqual(new Set(["one", "two"]));
  expect(answers.lastIndexOf("one")).toBeLessThan(answers.indexOf("two"));
  const now = await project.ids();
  expect(Object.keys(now)).toEqual(["rolling-web-1"]);
  expect(now).not.toEqual(before);
  // One that never becomes well: the old one serves on.
  project.write("compose.yaml", file("three", "sleep 1000"));
  const failed = await project.run(["up", "-d"]);
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain("is unhealthy");
  expect(await project.ids()).toEqual(now);
  expect((await (await fetch(`http://127.0.0.1:${port}/`)).text()).trim()).toBe("two");
});

test("replicas share one published port, and each gets its part of the requests", async () => {
  const port = await freePort();
  await using project = new TestProject(engine, "shared", {
    "compose.yaml": `
services:
  web:
    image: bb:1
    init: true
    command: sh -c "hostname > /index.html; exec httpd -f -p 80 -h /"
    healthcheck: {test: [CMD, test, -f, /index.html], interval: 200ms}
    ports: ["${port}:80"]
`,
  });
  await project.ok(["up", "-d", "--wait"]);
  await project.ok(["up", "-d", "--wait", "--scale", "web=3"]);
  const names = new Set<string>();
  const deadline = Date.now() + 20_000;
  while (names.size < 3 && Date.now() < deadline)
    names.add((await (await fetch(`http://127.0.0.1:${port}/`, { keepalive: false })).text()).trim());
  expect(names.size).toBe(3);
});
