import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { type CommandResult, runCommand, useEngine } from "../fixtures/engine.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);
const COMPOSE = Bun.which("docker-compose");

const PROJECT = `
version: "3.8"
services:
  web:
    image: bb:1
    command: sh -c 'echo hello from web; exec sleep 1000'
    volumes: ["data:/data"]
    networks: [front]
    environment: {A: "1"}
  app:
    image: bb:1
    command: sh -c 'nslookup web; exec sleep 1000'
    depends_on: [web]
    networks: {front: {aliases: [theapp]}}
volumes: {data: {}}
networks: {front: {}}
`;

// Debian's docker-compose is 1.29: the one in Python, whose clients are many.
describe.skipIf(COMPOSE === null)("docker-compose 1.29 as a client", () => {
  test("a project goes up, is shown, entered, left as it is, stopped, started and taken down", async () => {
    const folder = engine.path("project");
    mkdirSync(folder);
    await Bun.write(`${folder}/docker-compose.yml`, PROJECT);
    const compose = async (...args: string[]): Promise<CommandResult> =>
      await runCommand([COMPOSE ?? "", "--no-ansi", ...args], {
        cwd: folder,
        env: { DOCKER_HOST: `unix://${service.socket}`, COMPOSE_PROJECT_NAME: "proj" },
      });
    const ok = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await compose(...args);
      expect({ args, code, stderr: code === 0 ? "" : stderr }).toEqual({ args, code: 0, stderr: "" });
      return `${stdout}${stderr}`;
    };
    await ok("up", "-d");
    expect(await ok("ps")).toMatch(/proj_web_1 .* Up /);
    expect(await ok("exec", "-T", "web", "sh", "-c", "echo in $A")).toContain("in 1");
    expect(await ok("exec", "-T", "web", "nslookup", "theapp")).toContain("Address");
    // What is as the file says is not made anew.
    expect(await ok("up", "-d")).toContain("proj_web_1 is up-to-date");
    expect(await ok("logs", "web")).toContain("hello from web");
    await ok("stop", "-t", "0");
    await ok("start");
    expect(await ok("run", "--rm", "-T", "web", "echo", "once")).toContain("once");
    await ok("down", "-v", "-t", "0");
    expect(await service.json<unknown[]>("GET", "/containers/json?all=1")).toEqual([]);
    expect(await service.json<{ Volumes: unknown[] }>("GET", "/volumes")).toEqual({
      Volumes: [],
      Warnings: null,
    } as never);
  });
});
