import { expect, test } from "bun:test";
import { TestProject } from "../fixtures/compose.ts";
import { useEngine } from "../fixtures/engine.ts";
import { freePorts } from "../fixtures/free-port.ts";

const engine = useEngine();

const SLEEP = "exec sleep 1000";

test("up makes network, volume and containers in their order, ps shows them, and down takes all away", async () => {
  const project = new TestProject(engine, "plain", {
    "compose.yaml": `
services:
  db:
    image: bb:1
    command: sh -c "touch /ready; ${SLEEP}"
    stop_signal: SIGKILL
    healthcheck: {test: [CMD, test, -f, /ready], interval: 500ms}
  web:
    image: bb:1
    command: sh -c "${SLEEP}"
    stop_signal: SIGKILL
    depends_on: {db: {condition: service_healthy}}
    volumes: ["data:/data"]
volumes: {data: {}}
`,
  });
  const { code, stderr } = await project.run(["up", "-d"]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  for (const line of ["Network plain_default Created", "Volume plain_data Created", "Container plain-db-1 Healthy"])
    expect(stderr).toContain(` ${line}\n`);
  expect(stderr.indexOf("plain-db-1 Healthy")).toBeLessThan(stderr.indexOf("plain-web-1 Starting"));
  expect((await project.ok(["ps", "--format", "{{.Service}} {{.State}} {{.Health}}"])).split("\n")).toEqual([
    "db running healthy",
    "web running",
  ]);
  expect(await project.ok(["ps", "--services"])).toBe("db\nweb");
  await project.ok(["down", "-v"]);
  expect(await engine.ok(["ps", "-aq"])).toBe("");
  expect(await engine.ok(["volume", "ls", "-q"])).toBe("");
  expect(await engine.ok(["network", "ls", "-q", "--filter", "label=com.docker.compose.project=plain"])).toBe("");
});

test("projects that come up at once take one port each out of the same range", async () => {
  const first = await freePorts(4);
  const file = `
services:
  web:
    image: bb:1
    command: sleep 1000
    stop_signal: SIGKILL
    ports: ["127.0.0.1:${first}-${first + 3}:80"]
    deploy: {replicas: 2}
`;
  await using one = new TestProject(engine, "one", { "compose.yaml": file });
  await using other = new TestProject(engine, "other", { "compose.yaml": file });
  await Promise.all([one.ok(["up", "-d"]), other.ok(["up", "-d"])]);
  const names = [...Object.keys(await one.ids()), ...Object.keys(await other.ids())];
  const ports = await Promise.all(names.map(async (name) => await engine.ok(["port", name, "80"])));
  expect(ports.toSorted()).toEqual([0, 1, 2, 3].map((offset) => `127.0.0.1:${first + offset}`).toSorted());
});

test("a second up changes nothing; a changed attribute makes only its service anew, and is named", async () => {
  const file = (debug: string): string => `
services:
  web:
    image: bb:1
    command: sleep 1000
    stop_signal: SIGKILL
    environment: {DEBUG: "${debug}"}
  other: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL}
`;
  await using project = new TestProject(engine, "again", { "compose.yaml": file("0") });
  await project.ok(["up", "-d"]);
  const first = await project.ids();
  await project.ok(["up", "-d"]);
  expect(await project.ids()).toEqual(first);
  project.write("compose.yaml", file("1"));
  const { stderr } = await project.run(["up", "-d"]);
  expect(stderr).toContain('Container again-web-1 Recreate (environment.DEBUG: "0" -> "1")');
  const now = await project.ids();
  expect(now["again-other-1"]).toBe(first["again-other-1"]);
  expect(now["again-web-1"]).not.toBe(first["again-web-1"]);
  expect(Object.keys(now).toSorted()).toEqual(["again-other-1", "again-web-1"]);
});

test("anonymous volumes go over to the container that takes another's place, unless -V is given", async () => {
  const project = new TestProject(engine, "anon", {
    "compose.yaml": `services: {web: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL, volumes: [/kept]}}`,
  });
  await project.ok(["up", "-d"]);
  await engine.ok(["exec", "anon-web-1", "touch", "/kept/here"]);
  await project.ok(["up", "-d", "--force-recreate"]);
  expect(await engine.ok(["exec", "anon-web-1", "ls", "/kept"])).toBe("here");
  await project.ok(["up", "-d", "--force-recreate", "-V"]);
  expect(await engine.ok(["exec", "anon-web-1", "ls", "/kept"])).toBe("");
  await project.ok(["down", "-v"]);
  await engine.ok(["volume", "prune", "--force"]);
});

test("scale makes and removes replicas, and keeps those that are there", async () => {
  await using project = new TestProject(engine, "scaled", {
    "compose.yaml": `services: {web: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL}}`,
  });
  await project.ok(["up", "-d", "--scale", "web=3"]);
  const three = await project.ids();
  expect(Object.keys(three)).toEqual(["scaled-web-1", "scaled-web-2", "scaled-web-3"]);
  await project.ok(["up", "-d"]);
  expect(await project.ids()).toEqual({ "scaled-web-1": three["scaled-web-1"] ?? "" });
});

test("an up that is killed between making a replacement and removing its predecessor is finished by the next one", async () => {
  await using project = new TestProject(engine, "killed", {
    "compose.yaml": `services: {web: {image: "bb:1", command: sh -c "trap '' TERM; sleep 1000", stop_grace_period: 60s}}`,
  });
  await project.ok(["up", "-d"]);
  const child = Bun.spawn(engine.argv(["compose", "up", "-d", "--force-recreate"]), {
    cwd: project.folder,
    stdio: ["ignore", "ignore", "ignore"],
  });
  const deadline = Date.now() + 20_000;
  while (Object.keys(await project.ids()).length < 2 && Date.now() < deadline) await Bun.sleep(20);
  child.kill("SIGKILL");
  await child.exited;
  expect(Object.keys(await project.ids())).toHaveLength(2);
  await project.ok(["up", "-d", "--timeout", "0"]);
  expect(Object.keys(await project.ids())).toEqual(["killed-web-1"]);
});

test(".env says how the command line works, too: orphans, where progress goes, the platform of images", async () => {
  await using project = new TestProject(engine, "dotenv", {
    "compose.yaml": `services: {a: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL}}`,
    "more.yaml": `services: {b: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL}}`,
  });
  await project.ok(["-f", "compose.yaml", "-f", "more.yaml", "up", "-d"]);
  const { stdout } = await project.run(["up", "-d"], { env: { COMPOSE_STATUS_STDOUT: "1" } });
  expect(stdout).toContain("Found orphan containers ([dotenv-b-1])");
  project.write(".env", "COMPOSE_REMOVE_ORPHANS=true\nDOCKER_DEFAULT_PLATFORM=no/such/thing/here\n");
  await project.ok(["up", "-d"]);
  expect(Object.keys(await project.ids())).toEqual(["dotenv-a-1"]);
  const { code, stderr } = await project.run(["pull", "a"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("no/such/thing/here")] as never);
});
