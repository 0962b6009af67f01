import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandResult, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { NO_DOCKER, useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);
const CLI: string = join(import.meta.dir, "../../node_modules/@devcontainers/cli/devcontainer.js");

/** A folder with a devcontainer.json and files beside it. */
function workspace(name: string, config: object, files: Readonly<Record<string, string>> = {}): string {
  const folder = engine.path(name);
  mkdirSync(join(folder, ".devcontainer"), { recursive: true });
  writeFileSync(join(folder, ".devcontainer/devcontainer.json"), JSON.stringify(config));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, ".devcontainer", path), text);
  return folder;
}

async function devcontainer(...words: readonly string[]): Promise<CommandResult> {
  // It asks containers.dev for a list of its own; here that ends at once.
  const env = {
    DOCKER_HOST: `unix://${service.socket}`,
    DOCKER_CONFIG: engine.path("docker-config"),
    HOME: engine.path("home"),
    https_proxy: "http://127.0.0.1:9",
  };
  return await runCommand(["node", CLI, ...words], { env });
}

/** Brings a workspace up; gives what it says at its end. */
async function up(folder: string, ...options: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await devcontainer("up", "--workspace-folder", folder, ...options);
  if (code !== 0) throw new Error(`devcontainer up ended with ${code}: ${stdout}${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
}

async function exec(folder: string, script: string): Promise<Pick<CommandResult, "code" | "stdout">> {
  const words = ["exec", "--workspace-folder", folder, "--docker-path", "docker", "sh", "-c", script];
  const { code, stdout } = await devcontainer(...words);
  return { code, stdout };
}

describe.skipIf(NO_DOCKER !== undefined)("the devcontainer command as a client", () => {
  test("up from an image: mounts, environment, commands after it; exec ends with its command's code", async () => {
    const folder = workspace("image", {
      image: IMAGE,
      containerEnv: { A: "1" },
      remoteEnv: { B: "2" },
      mounts: ["source=devcontainer-cache,target=/cache,type=volume"],
      postCreateCommand: "echo created > /cache/created",
    });
    const first = await up(folder);
    expect(first).toMatchObject({ outcome: "success", remoteWorkspaceFolder: "/workspaces/image" });
    const script = "echo $A $B; cat /cache/created; ls -d .devcontainer; exit 7";
    expect(await exec(folder, script)).toEqual({ code: 7, stdout: "1 2\ncreated\n.devcontainer\n" });
    // The second time it is found by its labels.
    expect((await up(folder))["containerId"]).toBe(first["containerId"]);
    await engine.ok(["rm", "-f", String(first["containerId"])]);
    await engine.ok(["volume", "rm", "devcontainer-cache"]);
  });

  test("up from a Dockerfile builds it with the classic builder", async () => {
    const dockerfile = `FROM ${IMAGE}\nARG WHAT\nRUN echo built $WHAT > /built\n`;
    const config = { build: { dockerfile: "Dockerfile", args: { WHAT: "here" } } };
    const folder = workspace("built", config, { Dockerfile: dockerfile });
    await up(folder, "--buildkit", "never");
    expect(await exec(folder, "cat /built")).toEqual({ code: 0, stdout: "built here\n" });
  });
});
