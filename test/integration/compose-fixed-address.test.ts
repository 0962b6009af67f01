import { expect, test } from "bun:test";
import { TestProject } from "../fixtures/compose.ts";
import { eventually, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

const ADDRESS = "10.213.41.10";
const MAC = "02:00:00:00:41:10";

/** It answers requests with its version, and the lines of a connection that stays open. */
const file = (version: string): string => `
services:
  web:
    image: bb:1
    command: sh -c "echo ${version} > /index.html; nc -ll -p 81 -e sh -c 'while read line; do echo ${version}; done' & sleep 0.3; exec httpd -f -p 80 -h /"
    stop_signal: SIGKILL
    # It serves on until the test has seen enough.
    pre_stop: [{command: [sh, -c, "while [ ! -e /enough ]; do sleep 0.1; done"]}]
    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://${ADDRESS}/"], interval: 200ms, retries: 20}
    networks: {n: {ipv4_address: ${ADDRESS}, mac_address: "${MAC}"}}
    deploy: {update_config: {order: start-first}}
  asker: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL, networks: [n]}
networks: {n: {ipam: {config: [{subnet: 10.213.41.0/24}]}}}
`;

test("start-first: an address that the file fixes goes over to the new container when it is well; no request fails, and open connections go on", async () => {
  await using project = new TestProject(engine, "fixed", { "compose.yaml": file("one") });
  await project.ok(["up", "-d", "--wait"]);
  const before = await project.ids();
  const inAsker = async (script: string): Promise<string> =>
    await engine.ok(["exec", "fixed-asker-1", "sh", "-c", script]);
  const asking = inAsker(
    `while [ ! -e /done ]; do wget -q -O - http://${ADDRESS}/ || echo failed; done | tee /answers`,
  );
  const talking = inAsker(`while [ ! -e /done ]; do echo ping; sleep 0.1; done | nc ${ADDRESS} 81 | tee /flow`);
  const state = { done: false };
  const fromHost: string[] = [];
  const askingHere = (async () => {
    while (!state.done) fromHost.push((await (await fetch(`http://${ADDRESS}/`, { keepalive: false })).text()).trim());
  })();
  const linesOf = async (name: string): Promise<string[]> => (await inAsker(`cat /${name} || true`)).split("\n");
  await eventually(
    async () => (await linesOf("flow")).length,
    (count) => count > 3,
  );
  project.write("compose.yaml", file("two"));
  const up = project.ok(["up", "-d"]);
  await eventually(
    async () => await linesOf("answers"),
    (answers) => answers.includes("two"),
  );
  // The old one still has its connection.
  const held = (await linesOf("flow")).length;
  await eventually(
    async () => (await linesOf("flow")).length,
    (count) => count > held + 5,
  );
  await engine.ok(["exec", before["fixed-web-1"] ?? "", "touch", "/enough"]);
  await up;
  await engine.ok(["exec", "fixed-web-1", "touch", "/enough"]);
  await inAsker("touch /done");
  state.done = true;
  await askingHere;
  await talking;
  for (const answers of [(await asking).split("\n"), fromHost]) {
    expect(new Set(answers)).toEqual(new Set(["one", "two"]));
    expect(answers.lastIndexOf("one")).toBeLessThan(answers.indexOf("two"));
  }
  expect(new Set(await linesOf("flow"))).toEqual(new Set(["one"]));
  const now = await project.ids();
  expect(Object.keys(now)).toEqual(Object.keys(before));
  expect(now["fixed-web-1"]).not.toBe(before["fixed-web-1"]);
  const has = async (): Promise<string> =>
    await engine.ok([
      "inspect",
      "--format",
      "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}}{{end}}",
      "fixed-web-1",
    ]);
  expect(await has()).toBe(`${ADDRESS} ${MAC}`);
  // What it begins comes from there, too.
  expect(await engine.ok(["exec", "fixed-web-1", "ip", "-4", "route", "get", "10.213.41.1"])).toContain(
    `src ${ADDRESS}`,
  );
  expect((await project.run(["plan"])).code).toBe(0);
  await engine.ok(["restart", "-t", "0", "fixed-web-1"]);
  expect(await has()).toBe(`${ADDRESS} ${MAC}`);
});
