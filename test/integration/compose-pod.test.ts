import { expect, test } from "bun:test";
import { TestProject } from "../fixtures/compose.ts";
import { useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

const FILE = `
services:
  web:
    image: bb:1
    command: sh -c "echo from web > /index.html; exec httpd -f -p 80 -h /"
    stop_signal: SIGKILL
    ports: ["127.0.0.1::80"]
    depends_on: {api: {condition: service_healthy}}
    x-estiba: {pod: app}
  api:
    image: bb:1
    command: sh -c "echo from api > /index.html; exec httpd -f -p 8080 -h /"
    stop_signal: SIGKILL
    hostname: shop
    healthcheck: {test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:8080/"], interval: 200ms}
    networks: {default: {aliases: [backend]}}
    x-estiba: {pod: app}
  other: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL}
`;

/** The contents of a page as a container sees it; by address, since the box's own wget finds no names. */
async function page(from: string, name: string, port: number): Promise<string> {
  const script = `address=$(nslookup ${name} | sed -n '/^Name/,$ s/^Address.*: \\([0-9.]*\\).*/\\1/p' | head -n 1); wget -q -O - "http://$address:${port}/"`;
  return await engine.ok(["exec", from, "sh", "-c", script]);
}

test("services of a pod share one network and host name, every name of theirs leads there, and down takes the pod away", async () => {
  await using project = new TestProject(engine, "podded", { "compose.yaml": FILE });
  expect((await project.run(["plan"])).stdout).toContain("+ pod podded-app");
  await project.ok(["up", "-d", "--wait"]);
  expect(Object.keys(await project.ids())).toEqual(["podded-api-1", "podded-other-1", "podded-web-1"]);
  expect(await engine.ok(["pod", "ps", "--format", "{{.Name}} {{.Status}} {{.NumberOfContainers}}"])).toBe(
    "podded-app Running 3",
  );
  expect(await engine.ok(["exec", "podded-web-1", "hostname"])).toBe("shop");
  const get = async (from: string, port: number): Promise<string> =>
    await engine.ok(["exec", from, "wget", "-q", "-O", "-", `http://127.0.0.1:${port}/`]);
  expect(await get("podded-web-1", 8080)).toBe("from api");
  for (const name of ["web", "podded-web-1"]) expect(await page("podded-other-1", name, 80)).toBe("from web");
  for (const name of ["api", "backend", "shop"]) expect(await page("podded-other-1", name, 8080)).toBe("from api");
  const published = await project.ok(["port", "web", "80"]);
  expect(await (await fetch(`http://${published}/`)).text()).toBe("from web\n");
  expect(await project.ok(["ps", "--format", "{{.Ports}}", "web"])).toContain("->80/tcp");
  const map = (await project.ok(["map"])).split("\n");
  expect(map.filter((line) => line.length > 80)).toEqual([]);
  expect(map[3]).toMatch(/^└─ api, healthy +1 running, healthy$/);
  expect(map.join("\n")).toContain("pod podded-app  Running, shares ipc, net, uts");
  expect(await engine.ok(["compose", "-p", "podded", "map", "--svg", "-"])).toContain("web needs api healthy");
  // One service alone: the pod is as it was.
  expect((await project.run(["plan", "web"])).code).toBe(0);
  expect((await project.run(["up", "-d", "--scale", "web=2"])).stderr).toContain(
    'service "web" is in the pod "app", and a pod has one of each service',
  );
  await project.ok(["down", "--timeout", "0"]);
  expect(await engine.ok(["pod", "ps", "-q"])).toBe("");
});

test("a changed service of a pod is made anew alone; what the pod itself has, with the whole pod; stop stops it, start starts it", async () => {
  await using project = new TestProject(engine, "repodded", { "compose.yaml": FILE });
  await project.ok(["up", "-d"]);
  const first = await project.ids();
  const pod = await engine.ok(["pod", "ps", "-q"]);
  project.write("compose.yaml", FILE.replace("echo from web", "echo again"));
  const { stderr } = await project.run(["up", "-d"]);
  expect(stderr).toContain("Container repodded-web-1 Recreate (command");
  const second = await project.ids();
  expect(second["repodded-api-1"]).toBe(first["repodded-api-1"] ?? "");
  expect(second["repodded-web-1"]).not.toBe(first["repodded-web-1"]);
  expect(await page("repodded-other-1", "web", 80)).toBe("again");
  expect(await engine.ok(["pod", "ps", "-q"])).toBe(pod);
  await project.ok(["stop", "web"]);
  expect(await engine.ok(["pod", "ps", "--format", "{{.Status}}"])).toBe("Degraded");
  await project.ok(["stop"]);
  expect(await engine.ok(["pod", "ps", "--format", "{{.Status}}"])).toBe("Exited");
  await project.ok(["start", "--wait"]);
  expect(await page("repodded-other-1", "web", 80)).toBe("again");
  project.write("compose.yaml", FILE.replace("hostname: shop", "hostname: store"));
  expect((await project.run(["up", "-d", "web"])).code).toBe(0);
  const third = await project.ids();
  expect(third["repodded-api-1"]).not.toBe(second["repodded-api-1"]);
  expect(third["repodded-other-1"]).toBe(second["repodded-other-1"] ?? "");
  expect(await engine.ok(["exec", "repodded-web-1", "hostname"])).toBe("store");
  // Without what it depends on, another service of the pod would lose its place.
  project.write("compose.yaml", FILE.replace("hostname: shop", "hostname: third"));
  expect((await project.run(["up", "-d", "--no-deps", "web"])).stderr).toContain(
    "the pod repodded-app has changed, and so has to be made anew with api, which were not asked for",
  );
  expect(await project.ids()).toEqual(third);
});
