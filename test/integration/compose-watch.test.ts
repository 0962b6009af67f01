import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestProject } from "../fixtures/compose.ts";
import { eventually, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

test("watch brings changed files into the container, takes deleted ones away, and builds anew where a rule says so", async () => {
  await using project = new TestProject(engine, "watched", {
    "compose.yaml": `
services:
  web:
    build: .
    init: true
    develop:
      watch:
        - {path: ./app, action: sync, target: /app}
        - {path: ./first, action: sync, target: /first, initial_sync: true}
        - {path: ./version, action: rebuild}
        - path: ./conf
          action: sync+exec
          target: /conf
          include: ["*.conf"]
          exec:
            command: [sh, -c, "echo $$(id -u) $$(pwd) $$WORD $$(grep -c 'CapEff:.*ffff' /proc/self/status) > /tmp/told"]
            user: "0"
            working_dir: /etc
            environment: {WORD: changed}
            privileged: true
`,
    Containerfile: 'FROM bb:1\nCOPY app /app\nCOPY version /version\nCMD ["sleep", "1000"]\n',
    "app/a.txt": "one",
    "first/there.txt": "before anything changed",
    version: "1",
    "conf/here.txt": "",
  });
  const watch = Bun.spawn(engine.argv(["compose", "watch"]), {
    cwd: project.folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const reader = watch.stdout.getReader();
  let output = "";
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    output += Buffer.from(next.value).toString();
    if (output.includes("Watch enabled")) break;
  }
  expect(output).toContain("Watch enabled");
  const shows = async (path: string, wanted: string): Promise<void> => {
    const deadline = Date.now() + 20_000;
    let text: string | undefined;
    while (text !== wanted && Date.now() < deadline) {
      if (text !== undefined) await Bun.sleep(50);
      text = (await engine.run(["exec", "watched-web-1", "cat", path])).stdout.trim();
    }
    expect(text).toBe(wanted);
  };
  await shows("/first/there.txt", "before anything changed");
  project.write("app/a.txt", "two");
  project.write("app/new/b.txt", "b");
  await shows("/app/a.txt", "two");
  await shows("/app/new/b.txt", "b");
  rmSync(join(project.folder, "app/a.txt"));
  await shows("/app/a.txt", "");
  project.write("conf/none.txt", "not included");
  project.write("conf/a.conf", "included");
  await shows("/tmp/told", "0 /etc changed 1");
  await shows("/conf/a.conf", "included");
  await shows("/conf/none.txt", "");
  const before = await project.ids();
  project.write("version", "2");
  await shows("/version", "2");
  expect(await project.ids()).not.toEqual(before);
  // The image that was replaced goes.
  await eventually(
    async () => await engine.ok(["images", "-q", "--filter", "dangling=true"]),
    (ids) => ids === "",
  );
  watch.kill("SIGINT");
  expect(await watch.exited).toBe(130);
  await project.ok(["down", "--rmi", "all", "--timeout", "0"]);
});

test("watch ends with an error when the engine's own files are removed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "estiba-watched-"));
  using _folder = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
  for (const name of ["root", "run", "app"]) mkdirSync(join(folder, name));
  writeFileSync(
    join(folder, "compose.yaml"),
    "services: {web: {image: x, develop: {watch: [{path: ./app, action: sync, target: /app}]}}}",
  );
  const roots = ["--root", join(folder, "root"), "--runroot", join(folder, "run")];
  const watch = Bun.spawn([engine.argv([])[0] ?? "", ...roots, "compose", "watch", "--no-up"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const reader = watch.stdout.getReader();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toContain("Watch enabled");
  rmSync(join(folder, "root"), { recursive: true });
  expect(await watch.exited).toBe(1);
  expect(await new Response(watch.stderr).text()).toContain("the containers are gone with the engine that had them");
});
