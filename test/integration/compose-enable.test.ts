import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { splitWords } from "../../src/lib/unit-words.ts";
import { TestProject } from "../fixtures/compose.ts";
import { runCommand, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const ANALYZE = Bun.which("systemd-analyze");

const FILE = `
services:
  web:
    image: bb:1
    command: ["sleep", "1000"]
    stop_signal: SIGKILL
    depends_on: {api: {condition: service_healthy}, mail: {condition: service_started, required: false}}
  api:
    image: bb:1
    command: sh -c "sleep 0.3; touch /ready; exec sleep 1000"
    stop_signal: SIGKILL
    healthcheck: {test: [CMD, test, -f, /ready], interval: 200ms}
    depends_on: {migrate: {condition: service_completed_successfully}}
  migrate: {image: "bb:1", command: "true"}
  mail: {image: "bb:1", command: sleep 1000, stop_signal: SIGKILL}
`;

/** A project whose folder has what systemd gives a meaning to in its name. */
function projectOf(name: string): { project: TestProject; units: string; env: Record<string, string> } {
  const project = new TestProject(engine, name, { "100% $HOME/compose.yaml": FILE });
  const units = join(project.folder, "units");
  return { project, units, env: { SYSTEMD_UNIT_PATH: units } };
}

test("enable writes a unit for each service, after what it depends on, and a target that boot starts; disable removes them", async () => {
  const { project, units, env } = projectOf("booted");
  const options = { env, cwd: join(project.folder, "100% $HOME") };
  const words = ["-p", "booted"];
  const { code, stdout, stderr } = await project.run([...words, "enable", "--reload-systemd=false"], options);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const names = ["api", "mail", "migrate", "web"].map((name) => `estiba-compose-booted.${name}.service`);
  expect(readdirSync(units).toSorted()).toEqual(
    [...names, "estiba-compose-booted.target", "multi-user.target.wants"].toSorted(),
  );
  const link = join(units, "multi-user.target.wants/estiba-compose-booted.target");
  expect(readlinkSync(link)).toBe("../estiba-compose-booted.target");
  expect(stdout.trim().split("\n").toSorted()).toEqual(
    [...names.map((name) => join(units, name)), join(units, "estiba-compose-booted.target"), link].toSorted(),
  );
  const text = (name: string): string => readFileSync(join(units, `estiba-compose-booted.${name}`), "utf8");
  for (const name of names) expect(text("target")).toContain(`Wants=${name}\n`);
  const unit = (name: string): string => `estiba-compose-booted.${name}.service`;
  expect(text("web.service")).toContain(`Requires=${unit("api")}\nAfter=${unit("api")}\n`);
  expect(text("web.service")).toContain(`Wants=${unit("mail")}\nAfter=${unit("mail")}\n`);
  expect(text("api.service")).toMatch(/^ExecStart=.* --wait api$/m);
  expect(text("web.service")).not.toContain("--wait");
  expect(text("migrate.service")).toMatch(/^ExecStart=.* wait migrate$/m);
  // As printed, and without a file.
  const printed = await project.run([...words, "--dry-run", "enable"], options);
  expect(printed.stdout).toContain(`---estiba-compose-booted.web.service---\n${text("web.service")}`);
  await project.ok([...words, "disable", "--reload-systemd=false"], { env, cwd: engine.path(".") });
  expect(readdirSync(units)).toEqual(["multi-user.target.wants"]);
  expect(existsSync(link)).toBe(false);
  expect((await project.run([...words, "disable", "--reload-systemd=false"], options)).code).toBe(1);
});

test("the units are ones that systemd reads without a word", async () => {
  if (ANALYZE === null) return console.warn("skipped: systemd-analyze is not installed");
  const { project, units, env } = projectOf("verified");
  await project.ok(["-p", "verified", "enable", "--reload-systemd=false"], {
    env,
    cwd: join(project.folder, "100% $HOME"),
  });
  const path = { SYSTEMD_UNIT_PATH: `${units}:/usr/lib/systemd/system:/lib/systemd/system` };
  const files = readdirSync(units).filter((name) => !name.endsWith(".wants"));
  const verified = await runCommand([ANALYZE, "verify", "--man=no", ...files.map((name) => join(units, name))], {
    env: path,
  });
  // Of systemd's own units, on a machine without some of them, it may have something to say.
  expect(verified.stderr.split("\n").filter((line) => line.includes("estiba-compose"))).toEqual([]);
});

test("what the units run brings the project up in its order, stops it, and changes nothing that is there", async () => {
  const { project, units, env } = projectOf("run-by-units");
  await project.ok(["-p", "run-by-units", "enable", "--reload-systemd=false"], {
    env,
    cwd: join(project.folder, "100% $HOME"),
  });
  const run = async (service: string, key: string): Promise<void> => {
    const text = readFileSync(join(units, `estiba-compose-run-by-units.${service}.service`), "utf8");
    for (const [, line = ""] of text.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))) {
      // What systemd would have filled in.
      const words = (splitWords(line) ?? []).map((word) => word.replaceAll("%%", "%").replaceAll("$$", "$"));
      expect(await runCommand(words, { cwd: "/" })).toMatchObject({ code: 0 });
    }
  };
  for (const service of ["migrate", "api", "mail", "web"]) await run(service, "ExecStart");
  const states = async (): Promise<string> =>
    await engine.ok(["compose", "-p", "run-by-units", "ps", "-a", "--format", "{{.Service}} {{.State}} {{.Health}}"]);
  expect((await states()).split("\n").map((line) => line.trim())).toEqual([
    "api running healthy",
    "mail running",
    "migrate exited",
    "web running",
  ]);
  const ids = await engine.ok(["ps", "-q", "--no-trunc"]);
  await run("web", "ExecStart");
  expect(await engine.ok(["ps", "-q", "--no-trunc"])).toBe(ids);
  await run("web", "ExecStop");
  expect(await states()).toContain("web exited");
  await engine.ok(["compose", "-p", "run-by-units", "down", "--timeout", "0"]);
});
