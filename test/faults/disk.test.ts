import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

  test("rm of a running container says so at worst, and works when there is room", async () => {
    const before = await hostSnapshot(engine);
    await engine.ok(["run", "-d", "--name", "stuck", IMAGE, "sleep", "1000"]);
    fill(engine[which]);
    const { code, stderr } = await engine.run(["rm", "-f", "stuck"]);
    empty(engine[which]);
    if (code !== 0) expect(stderr).toMatch(/^Error: .*(no space left|disk is full)/i);
    await engine.ok(["rm", "-f", "--ignore", "stuck"]);
    expect((await engine.run(["system", "check", "--repair"])).code).toBe(0);
    await expectNothingLeft(engine, before);
  });
});
