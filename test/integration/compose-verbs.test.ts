import { expect, test } from "bun:test";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { TestProject } from "../fixtures/compose.ts";
import { BINARY, runCommand, useEngine } from "../fixtures/engine.ts";
import { freePort } from "../fixtures/free-port.ts";

const engine = useEngine();

const SLEEPER = `{image: "bb:1", command: sleep 1000, stop_signal: SIGKILL}`;

test("create, start, pause, unpause, kill, restart, stop and rm act on the services named", async () => {
  await using project = new TestProject(engine, "verbs", {
    "compose.yaml": `services: {a: ${SLEEPER}, b: ${SLEEPER}}`,
  });
  const states = async (): Promise<string> =>
    (await project.ok(["ps", "-a", "--format", "{{.Service}}={{.State}}"])).replace("\n", " ");
  await project.ok(["create"]);
  expect(await states()).toBe("a=created b=created");
  await project.ok(["start", "a"]);
  expect(await states()).toBe("a=running b=created");
  await project.ok(["start"]);
  await project.ok(["pause", "a"]);
  expect(await states()).toBe("a=paused b=running");
  const twice = await project.run(["pause", "a"]);
  expect(twice.code).toBe(1);
  expect(twice.stderr).toContain("already paused");
  await project.ok(["unpause", "a"]);
  await project.ok(["kill", "b"]);
  expect(await states()).toBe("a=running b=exited");
  const ids = await project.ids();
  await project.ok(["restart"]);
  expect(await states()).toBe("a=running b=running");
  expect(await project.ids()).toEqual(ids);
  await project.ok(["stop", "a"]);
  expect(await states()).toBe("a=exited b=running");
  await project.ok(["rm", "-f"]);
  expect(await states()).toBe("b=running");
  expect((await project.run(["pause", "c"])).stderr).toContain("no such service: c");
});

test("exec and run give the command's exit code; run starts what the service depends on and leaves its containers alone", async () => {
  const port = await freePort();
  await using project = new TestProject(engine, "runs", {
    "compose.yaml": `
services:
  db: ${SLEEPER}
  web:
    image: bb:1
    command: sleep 1000
    stop_signal: SIGKILL
    depends_on: [db]
    environment: {A: file}
    ports: ["${port}:80"]
`,
    ".env": "FROM_PROJECT=dotenv\n",
  });
  const run = await project.run([
    "run",
    "--rm",
    "-e",
    "FROM_PROJECT",
    "web",
    "sh",
    "-c",
    "echo $A $FROM_PROJECT; exit 3",
  ]);
  expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 3, stdout: "file dotenv\n" });
  expect(Object.keys(await project.ids())).toEqual(["runs-db-1"]);
  await project.ok(["up", "-d"]);
  const name = await project.ok(["run", "-d", "--name", "aside", "web", "sleep", "1000"]);
  expect(name).toBe("aside");
  const exec = await project.run(["exec", "web", "sh", "-c", "exit 7"]);
  expect(exec.code).toBe(7);
  const missing = await project.run(["exec", "--index", "4", "web", "true"]);
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain('service "web" is not running container #4');
  expect(await project.ok(["port", "web", "80"])).toBe(`0.0.0.0:${port}`);
});

test("cp writes into every replica and reads from the first; commit, export, images, top and volumes know the service", async () => {
  await using project = new TestProject(engine, "files", {
    "compose.yaml": `services: {web: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL, scale: 2, volumes: ["data:/d"]}}\nvolumes: {data: {}}`,
    "here.txt": "hello",
  });
  await project.ok(["up", "-d"]);
  await project.ok(["cp", "here.txt", "web:/tmp/there.txt"]);
  expect(await engine.ok(["exec", "files-web-2", "cat", "/tmp/there.txt"])).toBe("hello");
  await project.ok(["cp", "web:/tmp/there.txt", "back.txt"]);
  expect(readFileSync(join(project.folder, "back.txt"), "utf8")).toBe("hello");
  await project.ok(["commit", "--index", "2", "web", "committed:1"]);
  expect(await engine.ok(["run", "--rm", "committed:1", "cat", "/tmp/there.txt"])).toBe("hello");
  await project.ok(["export", "-o", "root.tar", "web"]);
  expect(existsSync(join(project.folder, "root.tar"))).toBe(true);
  expect(await project.ok(["images"])).toContain("files-web-1");
  expect(await project.ok(["top"])).toMatch(/web\s+2\s.*sleep 1000/);
  expect(await project.ok(["volumes", "-q"])).toBe("files_data");
  expect(JSON.parse(await project.ok(["ls", "--format", "json"]))).toMatchObject([
    { Name: "files", Status: "running(2)" },
  ]);
  await engine.ok(["rmi", "committed:1"]);
});

test("wait gives the exit code of the container that ended", async () => {
  await using project = new TestProject(engine, "waits", {
    "compose.yaml": `services: {job: {image: "bb:1", command: sh -c "sleep 0.3; exit 9"}}`,
  });
  await project.ok(["up", "-d"]);
  const { code, stdout } = await project.run(["wait", "job"]);
  expect({ code, stdout }).toEqual({ code: 9, stdout: 'container "waits-job-1" exited with status code 9\n' });
});

test("under the name docker-compose it is compose by itself, and a plugin of Docker's CLI", async () => {
  const link = engine.path("docker-compose");
  symlinkSync(BINARY, link);
  const call = async (...words: string[]): Promise<string> => (await runCommand([link, ...words])).stdout;
  expect(JSON.parse(await call("docker-cli-plugin-metadata"))).toMatchObject({ SchemaVersion: "0.1.0" });
  expect(await call("compose", "version", "--short")).toBe(await call("version", "--short"));
});
