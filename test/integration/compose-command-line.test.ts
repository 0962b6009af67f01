import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TestProject } from "../fixtures/compose.ts";
import { eventually, useEngine } from "../fixtures/engine.ts";

const CONVERTER = "converter:1";
const engine = useEngine({
  images: [
    {
      name: CONVERTER,
      process: {
        cmd: [
          "sh",
          "-c",
          "cp /in/compose.yaml /out/; id -u > /out/uid; ls /templates > /out/templates; exit $(grep -c FAIL /in/compose.yaml)",
        ],
      },
    },
    { name: "exposing:1", process: { exposedPorts: ["9000/tcp"] } },
  ],
});

const SLEEP = 'image: "bb:1", command: sleep 1000, stop_signal: SIGKILL';

test("bridge convert runs an image on the whole project, with ports of images and texts of secrets, and asks before it empties a folder", async () => {
  const project = new TestProject(engine, "bridged", {
    "compose.yaml": `
services:
  web: {image: "exposing:1", ports: ["8080:80"], secrets: [s]}
  built: {build: .}
secrets: {s: {file: ./s.txt}}
`,
    "s.txt": "hush",
    "t/one.tmpl": "",
  });
  const words = ["bridge", "convert", "-t", CONVERTER, "--templates", "t"];
  const first = await project.run(words);
  expect([first.code, first.stderr]).toEqual([0, expect.stringContaining("bridged-built of service")] as never);
  const text = (name: string): string => readFileSync(join(project.folder, "out", name), "utf8");
  expect(text("compose.yaml")).toContain('    expose:\n      - "9000"\n      - "80"\n');
  expect(text("compose.yaml")).toContain("content: hush\n");
  expect(text("compose.yaml")).toContain("image: bridged-built\n");
  expect([text("uid"), text("templates")]).toEqual([`${process.getuid?.()}\n`, "one.tmpl\n"]);
  project.write("out/mine", "kept");
  const denied = await project.run(words, { stdin: "n\n" });
  expect([denied.code, denied.stderr]).toEqual([130, expect.stringContaining("nobody said that it may go")] as never);
  expect(existsSync(join(project.folder, "out/mine"))).toBe(true);
  project.write("compose.yaml", `services: {web: {image: "bb:1", labels: {a: FAIL}}}`);
  expect((await project.run([...words, "-y"])).code).toBe(1);
  expect(existsSync(join(project.folder, "out/mine"))).toBe(false);
  expect((await project.run(["--dry-run", ...words])).stderr).toContain("compose bridge convert cannot be tried out");
  expect((await project.run(["bridge", "nothing"])).stderr).toContain(
    'unknown docker command: "compose bridge"\n  did you mean "bridge convert"?',
  );
  await engine.ok(["volume", "prune", "--force"]);
});

test("alpha viz prints the services as a graph", async () => {
  const project = new TestProject(engine, "drawn", {
    "compose.yaml": `services: {web: {${SLEEP}, depends_on: [db]}, db: {${SLEEP}}}`,
  });
  const { code, stdout, stderr } = await project.run(["alpha", "viz", "--spaces", "--indentation-size=2"]);
  expect([code, stderr]).toEqual([0, "viz command is EXPERIMENTAL\n"]);
  expect(stdout).toContain('digraph "drawn" {\n  layout=dot;\n');
  expect(stdout).toContain('\n  "web" -> "db";\n');
});

test("variables say what options do: names, files and what parts them, progress, colours, orphans, pulls at once", async () => {
  await using project = new TestProject(engine, "told", {
    "a.yaml": `services: {a: {${SLEEP}}}`,
    "b.yaml": `services: {b: {image: "bb:1", command: echo words}}`,
  });
  const env = {
    COMPOSE_FILE: "a.yaml,b.yaml",
    COMPOSE_PATH_SEPARATOR: ",",
    COMPOSE_COMPATIBILITY: "true",
    COMPOSE_PROGRESS: "json",
    COMPOSE_PARALLEL_LIMIT: "1",
  };
  const up = await project.run(["up", "-d"], { env });
  expect(up.code).toBe(0);
  const steps = up.stderr
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; text?: string });
  expect(steps.map(({ id }) => id)).toContain("Container told_a_1");
  await eventually(
    async () => await project.ok(["logs", "b"], { env }),
    (text) => text.includes("words"),
  );
  expect(await project.ok(["logs", "b"], { env: { ...env, COMPOSE_ANSI: "always" } })).toContain("\u001b[");
  expect(await project.ok(["logs", "b"], { env: { ...env, COMPOSE_ANSI: "never" } })).not.toContain("\u001b[");
  const one = { ...env, COMPOSE_FILE: "a.yaml", COMPOSE_PROGRESS: "plain" };
  expect((await project.run(["up", "-d"], { env: one })).stderr).toContain("Found orphan containers ([told_b_1])");
  const silent = { ...one, COMPOSE_IGNORE_ORPHANS: "true", COMPOSE_CONVERT_WINDOWS_PATHS: "1" };
  const { stderr } = await project.run(["up", "-d"], { env: silent });
  expect(stderr).not.toContain("orphan");
  expect(stderr).toContain("COMPOSE_CONVERT_WINDOWS_PATHS has no effect");
  await project.ok(["down", "-t", "0"], { env });
  expect(await engine.ok(["ps", "-aq"])).toBe("");
  project.write("compose.yaml", `services: {a: {${SLEEP}}}`);
});

test("compose alone, with --help or with help lists its own verbs; help and a verb shows that one", async () => {
  for (const words of [[], ["--help"], ["help"]]) {
    const { code, stdout } = await engine.run(["compose", ...words]);
    expect({ code, first: stdout.split("\n")[0] }).toEqual({
      code: 0,
      first: "Run projects that Compose files describe.",
    });
    expect(stdout).toMatch(/^ {2}up +Create and start/m);
    expect(stdout).toContain("--project-name");
  }
  expect((await engine.run(["compose", "help", "up"])).stdout).toContain("Usage: estiba compose up [OPTIONS]");
  expect(await engine.run(["compose", "help", "upp"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('did you mean "up"?'),
  });
});
