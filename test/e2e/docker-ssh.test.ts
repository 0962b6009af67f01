import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type CommandResult, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { NO_DOCKER, TestService } from "../fixtures/service.ts";
import { makeMachine, NO_SSHD, useSshd } from "../fixtures/ssh.ts";

const engine = useEngine();
const why = NO_DOCKER ?? NO_SSHD;
const held = { near: "" };

useSshd();
beforeAll(async () => {
  if (why !== undefined) return;
  // On the far side `docker` is an alias of estiba's.
  held.near = await makeMachine(engine.path("ssh"), { docker: `exec ${engine.argv([]).join(" ")} "$@"` });
}, 60_000);

async function docker(words: readonly string[], stdin?: string): Promise<CommandResult> {
  const env = {
    PATH: `${held.near}:${process.env["PATH"]}`,
    DOCKER_HOST: "ssh://root@box",
    DOCKER_CONFIG: engine.path("docker-config"),
  };
  return await runCommand(["docker", ...words], { env, ...(stdin === undefined ? {} : { stdin }) });
}

describe.skipIf(why !== undefined)(
  `the docker command over ssh${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    test("runs containers on the far side, with input, output and exit code", async () => {
      const service = new TestService(engine, join(engine.runRoot, "estiba.sock"));
      await service.start();
      try {
        const { code, stdout } = await docker(["run", "--rm", "-i", IMAGE, "sh", "-c", "cat; exit 7"], "through\n");
        expect({ code, stdout }).toEqual({ code: 7, stdout: "through\n" });
      } finally {
        await service.end();
      }
    });

    test("finds a service where none has been started", async () => {
      await engine.ok(["create", "--name", "there", IMAGE, "true"]);
      const { code, stdout } = await docker(["ps", "-a", "--format", "{{.Names}}"]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: "there\n" });
    });
  },
);
