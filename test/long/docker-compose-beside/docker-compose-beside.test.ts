import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { type CommandResult, IMAGE, runCommand, useEngine } from "../../fixtures/engine.ts";
import { type Docker, dockerArchive, missingEngine, openDocker } from "../../fixtures/other-engines.ts";
import { type Side, STEPS } from "./steps.ts";

const FILE = `
services:
  web:
    image: ${IMAGE}
    command: sh -c 'echo hello; echo oops >&2; exec sleep 1000'
    stop_signal: SIGKILL
    ports: ["127.0.0.1::80", "8125/udp"]
    environment: {A: "1"}
    volumes: ["data:/data"]
  app:
    image: ${IMAGE}
    command: sh -c 'echo one; echo two; exec sleep 1000'
    stop_signal: SIGKILL
    depends_on: [web]
  job:
    image: ${IMAGE}
    command: sh -c 'echo working; exit 3'
volumes: {data: {}}
`;

const engine = useEngine();
const missing = Bun.which("docker-compose") === null ? "docker-compose is not installed" : missingEngine("dockerd");
const started: { docker?: Docker } = {};

function textOf(stdout: string): string {
  return stdout
    .replaceAll(/\b[0-9a-f]{64}\b/g, "ID")
    .replaceAll(/(\d):\d{4,5}\b/g, "$1:PORT")
    .trimEnd();
}

async function run(which: Side["which"], words: readonly string[]): Promise<CommandResult> {
  const cwd = engine.path("side");
  const env = { COMPOSE_PROJECT_NAME: "side", DOCKER_HOST: which === "docker" ? (started.docker?.socket ?? "") : "" };
  // 1.29 joins names by _, which --compatibility still does.
  return which === "docker"
    ? await runCommand(["docker-compose", "--ansi", "never", ...words], { cwd, env })
    : await engine.run(["compose", "--compatibility", ...words], { cwd, env: { COMPOSE_PROJECT_NAME: "side" } });
}

describe.skipIf(missing !== undefined)(
  `docker-compose 1.29 on dockerd, and estiba compose beside${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    beforeAll(async () => {
      mkdirSync(engine.path("side"), { recursive: true });
      writeFileSync(engine.path("side/docker-compose.yml"), FILE);
      started.docker = await openDocker(engine.path("docker"), { networks: true });
      const archive = await dockerArchive(engine.images.get(IMAGE)?.layout ?? "", IMAGE, engine.path("image.tar"));
      await started.docker.ok("load", "-i", archive);
    }, 60_000);

    afterAll(async () => await started.docker?.[Symbol.asyncDispose](), 60_000);

    test("on the same file they do the same, print the same and end with the same codes, but for what is listed", async () => {
      const seen: unknown[] = [];
      for (const { run: words, differs, facts } of STEPS) {
        const sides: Side[] = [];
        for (const which of ["docker", "estiba"] as const) sides.push({ which, result: await run(which, words) });
        const [docker, estiba] = sides.map(({ result: { code, stdout } }) => ({ words, code, stdout: textOf(stdout) }));
        if (differs === undefined) expect(estiba).toEqual(docker as never);
        // What is listed and is the same by now has to leave the list.
        else expect(estiba).not.toEqual(docker as never);
        if (facts === undefined) continue;
        const [theirs, ours] = sides.map((side) => ({ words, facts: facts(side) }));
        expect(ours).toEqual(theirs as never);
        seen.push(ours?.facts);
      }
      // Facts that find nothing anywhere would be the same, too.
      const found = seen.flat(4);
      for (const fact of [
        "side_app_1 Up",
        "side_job_1 Exit 3",
        "side_web_1 Paused",
        "app_1  | two",
        "side_web_1: sleep 1000",
      ])
        expect(found).toContain(fact);
    }, 400_000);

    test("what 1.29 prints as its configuration means here what the file does", async () => {
      const theirs = await run("docker", ["config"]);
      const ours = await run("estiba", ["config"]);
      const cwd = engine.path("side");
      const again = await engine.run(["compose", "-p", "side", "-f", "-", "config"], { cwd, stdin: theirs.stdout });
      expect(again.stdout).toBe(ours.stdout);
    }, 60_000);
  },
);
