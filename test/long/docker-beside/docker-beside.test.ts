import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { type CommandResult, IMAGE, runCommand, useEngine } from "../../fixtures/engine.ts";
import { type Docker, dockerArchive, missingEngine, openDocker } from "../../fixtures/other-engines.ts";
import { NO_DOCKER, useService } from "../../fixtures/service.ts";
import { STEPS, type Step } from "./steps.ts";

const engine = useEngine();
const service = useService(engine);
const missing = NO_DOCKER ?? missingEngine("dockerd");
const started: { docker?: Docker } = {};

/** Without what is another one each time. */
function plain(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{64}\b/g, "ID")
    .replaceAll(/\b[0-9a-f]{12}\b/g, "id")
    .replaceAll(/Less than a second|About a minute|\d+ (?:second|minute)s?\b/g, "TIME")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replaceAll(/^\s*\d+\s+(?=sleep)/gm, "PID ")
    .replaceAll(/\d+(?:\.\d+)?[kM]?B$/gm, "SIZE")
    .trimEnd();
}

async function run(host: string, { run: words, stdin }: Step): Promise<object> {
  const context = engine.path("context");
  const argv = ["docker", "-H", host, ...words.map((word) => (word === "CONTEXT" ? context : word))];
  const env = { DOCKER_BUILDKIT: "0", DOCKER_CONFIG: engine.path("docker-config"), HOME: engine.folder };
  // A relative name is one of the context.
  const cwd = context;
  const result: CommandResult = await runCommand(argv, { env, cwd, ...(stdin === undefined ? {} : { stdin }) });
  return { words, code: result.code, stdout: plain(result.stdout), stderr: plain(result.stderr) };
}

describe.skipIf(missing !== undefined)(
  `the docker command on Estiba, and on Debian's dockerd beside${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    beforeAll(async () => {
      mkdirSync(engine.path("context"));
      const write = (name: string, text: string): void => writeFileSync(engine.path(`context/${name}`), text);
      write("Dockerfile", `FROM ${IMAGE}\nENV A=1\nRUN echo built > /f\nCOPY file /\nCMD ["cat", "/f", "/file"]\n`);
      write("Broken", `FROM ${IMAGE}\nRUN exit 3\n`);
      write("Wrong", "FROM\n");
      write("file", "copied\n");
      started.docker = await openDocker(engine.path("docker"), { networks: true });
      const archive = await dockerArchive(engine.images.get(IMAGE)?.layout ?? "", IMAGE, engine.path("image.tar"));
      await started.docker.ok("load", "-i", archive);
      // By the same way here, so that it has the same name.
      await engine.ok(["rmi", IMAGE]);
      await service.dockerOk(["load", "-i", archive]);
    }, 60_000);

    afterAll(async () => await started.docker?.[Symbol.asyncDispose](), 60_000);

    test("the same lines print the same and end with the same codes, but for what is listed", async () => {
      const wrong: unknown[] = [];
      for (const step of STEPS) {
        const theirs = await run(started.docker?.socket ?? "", step);
        const ours = await run(`unix://${service.socket}`, step);
        const same = Bun.deepEquals(theirs, ours);
        // What is listed and is the same by now has to leave the list.
        if (same !== (step.differs === undefined)) wrong.push({ theirs, ours, differs: step.differs });
      }
      expect(wrong).toEqual([]);
    }, 300_000);
  },
);
