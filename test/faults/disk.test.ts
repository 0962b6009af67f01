import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TestProject } from "../fixtures/compose.ts";
import { IMAGE, runCommand, TestEngine } from "../fixtures/engine.ts";
import { expectNothingLeft, hostSnapshot } from "../fixtures/host-snapshot.ts";

/** An engine on a small file system of its own. */
function onSmallDisk(which: "root" | "runRoot", size: string): TestEngine {
  const engine = new TestEngine();
  beforeAll(async () => {
    mkdirSync(engine[which], { recursive: true });
    const mounted = await runCommand(["mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", engine[which]]);
    expect(mounted).toMatchObject({ code: 0 });
    await engine.load();
    await engine.ok(["run", "--rm", IMAGE, "true"]);
  });
  afterAll(async () => {
    await engine.ok(["system", "reset", "--force"]);
    await runCommand(["umount", engine[which]]);
    await engine.dispose();
  });
  return engine;
}

function fill(folder: string): void {
  for (const bytes of [1 << 20, 1 << 16, 4096]) {
    for (let number = 0; ; number++) {
      try {
        writeFileSync(join(folder, `fill-${bytes}-${number}`), Buffer.alloc(bytes, 1));
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOSPC") break;
        throw error;
      }
    }
  }
}

function empty(folder: string): void {
  for (const name of new Bun.Glob("fill-*").scanSync(folder)) rmSync(join(folder, name));
}

describe.each([["root"], ["runRoot"]] as const)("when the disk of the %s is full", (which) => {
  const engine = onSmallDisk(which, which === "root" ? "48m" : "8m");

  test("a run says so, leaves nothing, and works again when there is room", async () => {
    const before = await hostSnapshot(engine);
    fill(engine[which]);
    for (const options of [["--rm"], ["-d", "--rm"]]) {
      const { code, stdout, stderr } = await engine.run(["run", ...options, IMAGE, "sh", "-c", "echo x"]);
      // With the last pages of a database still free, a run may get through.
      if (code === 0) continue;
      expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
      expect(stderr).toMatch(/no space left|disk is full|disk I\/O/i);
    }
    await engine.ok(["ps", "-a"]);
    empty(engine[which]);
    expect((await engine.run(["system", "check", "--repair"])).code).toBe(0);
    await engine.expectClean();
    expect(await engine.ok(["run", "--rm", IMAGE, "echo", "room"])).toBe("room");
    await expectNothingLeft(engine, before);
  });

  test("rm, rmi, volume rm and prune work, as often as the disk is full", async () => {
    for (let round = 0; round < 2; round++) {
      const before = await hostSnapshot(engine);
      await engine.ok([
        "run",
        "-d",
        "--name",
        "stuck",
        "-v",
        "data:/data",
        "-p",
        "127.0.0.1::80",
        IMAGE,
        "sleep",
        "1000",
      ]);
      await engine.ok(["run", "--name", "ended", IMAGE, "true"]);
      await engine.ok(["volume", "create", "unused"]);
      await engine.ok(["network", "create", "net"]);
      await engine.ok(["tag", IMAGE, "second:1"]);
      fill(engine[which]);
      for (const args of [
        ["rm", "-f", "-v", "stuck"],
        ["volume", "rm", "data"],
        ["network", "rm", "net"],
        ["rmi", "second:1"],
        ["system", "prune", "-f", "--volumes"],
        ["system", "check", "--repair"],
      ])
        await engine.ok(args);
      expect(await engine.ok(["ps", "-aq"])).toBe("");
      empty(engine[which]);
      // With room again, what was reserved is reserved again.
      await engine.ok(["volume", "prune", "-f"]);
      await engine.expectClean();
      await expectNothingLeft(engine, before);
    }
  });
});

describe.each([["root"], ["runRoot"]] as const)("when the disk of the %s is full, for Compose", (which) => {
  const engine = onSmallDisk(which, which === "root" ? "48m" : "8m");

  test("up says so, what is there can be seen and taken down, and the next up finishes the job", async () => {
    const before = await hostSnapshot(engine);
    const service = `image: "${IMAGE}", command: sleep 1000, stop_signal: SIGKILL`;
    const file = (services: string): string => `services: {${services}}\nvolumes: {v: {}}\n`;
    const project = new TestProject(engine, "full", { "compose.yaml": file(`a: {${service}, volumes: ["v:/v"]}`) });
    await project.ok(["up", "-d"]);
    project.write("compose.yaml", file(`a: {${service}, volumes: ["v:/v"]}, b: {${service}, scale: 2}`));
    fill(engine[which]);
    const { code, stderr } = await project.run(["up", "-d"]);
    // With the last pages of a database still free, an up may get through.
    if (code !== 0)
      expect([code, stderr]).toEqual([1, expect.stringMatching(/no space left|disk is full|disk I\/O/i)] as never);
    expect(await project.ok(["ps", "--services"])).toContain("a");
    await project.ok(["stop", "-t", "0", "a"]);
    empty(engine[which]);
    // With room again, what was reserved is reserved again.
    await project.ok(["stop", "-t", "0"]);
    await project.ok(["up", "-d"]);
    expect((await project.ok(["ps", "-q"])).split("\n")).toHaveLength(3);
    fill(engine[which]);
    await project.ok(["down", "-v", "-t", "0"]);
    expect(await engine.ok(["ps", "-aq"])).toBe("");
    empty(engine[which]);
    await engine.ok(["volume", "prune", "-f"]);
    await engine.expectClean();
    await expectNothingLeft(engine, before);
  });
});

describe("when the root has no inodes left", () => {
  const engine = onSmallDisk("root", "64m,nr_inodes=600");

  test("rm and prune work", async () => {
    await engine.ok(["run", "-d", "--name", "stuck", IMAGE, "sleep", "1000"]);
    for (let number = 0; makes(join(engine.root, `fill-${number}`)); number++);
    expect((await engine.run(["run", "--rm", IMAGE, "true"])).code).toBe(125);
    for (const args of [
      ["rm", "-f", "stuck"],
      ["system", "prune", "-f"],
      ["system", "check", "--repair"],
    ])
      await engine.ok(args);
    empty(engine.root);
    await engine.expectClean();
  });
});

function makes(path: string): boolean {
  try {
    writeFileSync(path, "");
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOSPC") return false;
    throw error;
  }
}
