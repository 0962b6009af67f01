import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
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

const ADDRESSES = ["10.213.43.10", ...(existsSync("/proc/net/if_inet6") ? ["[fd00:43::10]"] : [])];
const ROUNDS = 12;

test(`${ROUNDS} times, an up that hands fixed addresses over is killed at a random moment: no request fails, and the next up finishes the job`, async () => {
  const file = (version: number): string => `
services:
  web:
    image: bb:1
    command: sh -c "echo ${version} > /index.html; exec httpd -f -p 80 -h /"
    stop_grace_period: 1s
    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/"], interval: 200ms, retries: 20}
    networks: {n: {ipv4_address: 10.213.43.10, ipv6_address: "fd00:43::10", mac_address: "02:00:00:00:43:10"}}
    deploy: {update_config: {order: start-first}}
  asker: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL, networks: [n]}
networks: {n: {enable_ipv6: true, ipam: {config: [{subnet: 10.213.43.0/24}, {subnet: "fd00:43::/64"}]}}}
`;
  await using project = new TestProject(engine, "moved", { "compose.yaml": file(0) });
  await project.ok(["up", "-d", "--wait"]);
  const inAsker = async (script: string): Promise<string> =>
    await engine.ok(["exec", "moved-asker-1", "sh", "-c", script]);
  for (let round = 1; round <= ROUNDS; round += 1) {
    await inAsker("rm -f /done");
    const asking = ADDRESSES.map(
      async (address) => await inAsker(`while [ ! -e /done ]; do wget -q -O - http://${address}/ || echo failed; done`),
    );
    project.write("compose.yaml", file(round));
    const delayMs = Math.floor(Math.random() * 3000);
    const up = Bun.spawn(engine.argv(["compose", "up", "-d"]), {
      cwd: project.folder,
      stdio: ["ignore", "ignore", "ignore"],
    });
    await Bun.sleep(delayMs);
    up.kill("SIGKILL");
    await up.exited;
    const { code, stderr } = await project.run(["up", "-d"]);
    await inAsker("touch /done");
    const answers = (await Promise.all(asking)).flatMap((text) => text.split("\n"));
    expect({
      round,
      delayMs,
      code,
      stderr: code === 0 ? "" : stderr,
      answers: [...new Set(answers)].toSorted(),
    }).toEqual({
      round,
      delayMs,
      code: 0,
      stderr: "",
      answers: [String(round - 1), String(round)].toSorted(),
    });
    expect(Object.keys(await project.ids()).toSorted()).toEqual(["moved-asker-1", "moved-web-1"]);
    expect((await project.run(["plan"])).code).toBe(0);
    const shown = await engine.ok([
      "inspect",
      "--format",
      "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}}{{end}}",
      "moved-web-1",
    ]);
    expect({ round, delayMs, shown }).toEqual({ round, delayMs, shown: "10.213.43.10 02:00:00:00:43:10" });
  }
  // What was forgotten and not yet freed is all that a kill may leave.
  await eventually(
    async () => (await engine.run(["system", "check"])).stdout,
    (findings) => findings.split("\n").every((line) => line === "" || /^(volume|snapshot): /.test(line)),
  );
  await engine.run(["system", "check", "--repair"]);
}, 600_000);
