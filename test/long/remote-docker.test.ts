import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Engine, isEstibaError } from "../../src/index.ts";
import { BINARY, type CommandOptions, type CommandResult, eventually, runCommand } from "../fixtures/engine.ts";
import { makeImage } from "../fixtures/image.ts";
import { type Docker, dockerArchive, missingEngine, openDocker } from "../fixtures/other-engines.ts";

const MISSING = missingEngine("dockerd");
const folder = mkdtempSync(join(tmpdir(), "estiba-dockerd-"));
const IMAGE = "bb:1";
const STARTS_MS = 60_000;

const held: { docker?: Docker } = {};
const host = (): string => held.docker?.socket ?? "";

beforeAll(async () => {
  if (MISSING !== undefined) return;
  held.docker = await openDocker(folder, { networks: true });
  const { layout } = await makeImage(join(folder, "image"));
  await ok(["load", "-i", await dockerArchive(`${layout}:bb:1`, IMAGE, join(folder, "image.tar"))]);
}, STARTS_MS);

afterAll(async () => {
  await held.docker?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}, STARTS_MS);

async function far(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return await runCommand([BINARY, "-H", host(), ...args], options);
}

async function ok(args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await far(args, options);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}${stdout}`);
  return stdout.trim();
}

describe.skipIf(MISSING !== undefined)("Debian's dockerd as the engine elsewhere", () => {
  test("containers run there: output, input, exit codes, names, ports, logs", async () => {
    expect(await far(["run", "--rm", IMAGE, "sh", "-c", "echo out; echo err >&2; exit 7"])).toMatchObject({
      code: 7,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect(await far(["run", "--rm", "-i", IMAGE, "cat"], { stdin: "in\n" })).toMatchObject({
      code: 0,
      stdout: "in\n",
    });
    expect((await far(["run", "--rm", IMAGE, "no-such-program"])).code).toBe(127);
    const options = [
      "--memory",
      "64m",
      "-e",
      "A=b",
      "--label",
      "k=v",
      "-p",
      "8080",
      "-v",
      "data:/data",
      "--tmpfs",
      "/t",
    ];
    await ok(["run", "-d", "--name", "web", ...options, IMAGE, "sh", "-c", "echo up; sleep 1000"]);
    expect(await ok(["ps", "--format", "{{.Names}} {{.State}}"])).toBe("web running");
    expect(await ok(["exec", "web", "sh", "-c", "echo $A; exit 0"])).toBe("b");
    expect((await far(["exec", "web", "sh", "-c", "exit 4"])).code).toBe(4);
    await eventually(
      async () => await ok(["logs", "web"]),
      (text) => text === "up",
    );
    expect(await ok(["port", "web"])).toMatch(/^8080\/tcp -> /);
    expect(await ok(["inspect", "-f", "{{.HostConfig.Memory}}", "web"])).toBe(String(64 * 1024 * 1024));
    expect(await ok(["stats", "--no-stream", "--format", "{{.Name}}", "web"])).toBe("web");
    expect(await ok(["top", "web"])).toContain("sleep 1000");
    writeFileSync(join(folder, "file"), "content");
    await ok(["cp", join(folder, "file"), "web:/tmp/copied"]);
    expect(await ok(["exec", "web", "cat", "/tmp/copied"])).toBe("content");
    await ok(["cp", "web:/tmp/copied", join(folder, "back")]);
    expect(await Bun.file(join(folder, "back")).text()).toBe("content");
    expect(await ok(["pause", "web"])).toBe("web");
    expect(await ok(["unpause", "web"])).toBe("web");
    expect((await far(["rm", "web"])).code).toBe(2);
    expect(await ok(["stop", "-t", "0", "web"])).toBe("web");
    expect(await ok(["wait", "web"])).toBe("137");
    expect(await ok(["rm", "web"])).toBe("web");
  });

  test("images are built, saved, committed and removed; networks, volumes and events are as here", async () => {
    const context = join(folder, "context");
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, ".dockerignore"), "*.secret\n");
    writeFileSync(join(context, "kept"), "");
    writeFileSync(join(context, "a.secret"), "");
    const file = join(folder, "Recipe");
    writeFileSync(
      file,
      `FROM ${IMAGE}\nARG WHO\nCOPY . /all\nRUN echo "for $WHO" > /who\nCMD ["sh", "-c", "ls -A /all; cat /who"]\n`,
    );
    await ok(["build", "-f", file, "-t", "built:1", "--build-arg", "WHO=me", context]);
    expect(await ok(["run", "--rm", "built:1"])).toBe(".dockerignore\nkept\nfor me");
    writeFileSync(file, `FROM ${IMAGE}\nRUN exit 11\n`);
    expect((await far(["build", "-f", file, context])).code).toBe(11);
    await ok(["save", "-o", join(folder, "saved.tar"), "built:1"]);
    expect(await ok(["rmi", "built:1"])).toContain("Untagged: built:1");
    expect(await ok(["load", "-i", join(folder, "saved.tar")])).toContain("built:1");
    expect(await ok(["images", "--format", "{{.Repository}}:{{.Tag}}", "built"])).toBe("built:1");
    await ok(["network", "create", "net"]);
    await ok(["volume", "create", "vol"]);
    const since = String(Date.now() / 1000 - 1);
    await ok(["run", "--rm", "--name", "brief", "--network", "net", "-v", "vol:/v", IMAGE, "true"]);
    const events = [
      "events",
      "--since",
      since,
      "--stream=false",
      "--filter",
      "container=brief",
      "--format",
      "{{.Status}}",
    ];
    expect((await ok(events)).split("\n")).toContain("died");
    expect(await ok(["network", "rm", "net"])).toBe("net");
    expect(await ok(["volume", "rm", "vol"])).toBe("vol");
    expect(await ok(["system", "df", "--format", "{{.Type}}"])).toContain("Images");
    expect(await ok(["system", "prune", "-f"])).toContain("Total reclaimed space");
  });

  test("the library speaks to it as to its own service", async () => {
    await using engine = await Engine.open({ host: host() });
    const said = await engine.containers.output({ image: IMAGE, command: ["sh", "-c", "echo hello; exit 3"] });
    expect([said.exitCode, said.text]).toEqual([3, "hello\n"]);
    await using net = await engine.networks.create({ name: "lib" });
    await using box = await engine.containers.run({
      image: IMAGE,
      command: ["sh", "-c", "echo ready; sleep 1000"],
      network: [net.name],
      health: { test: ["CMD", "true"], intervalMs: 200 },
    });
    await box.waitUntil({ log: "ready", health: true });
    expect(await box.status()).toBe("running");
    expect((await box.exec(["cat"], { input: "in" })).text).toBe("in");
    const missing = await box.exec(["no-such-program"]).catch((error: unknown) => error);
    expect(isEstibaError(missing) && missing.reason).toBe("runtime.command_not_found");
    const busy = await net.remove().catch((error: unknown) => error);
    expect(isEstibaError(busy, "in_use")).toBe(true);
    const none = await engine.containers.get("nobody").catch((error: unknown) => error);
    expect(isEstibaError(none, "not_found")).toBe(true);
  });
});
