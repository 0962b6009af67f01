import { afterAll, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { heldProgram } from "./sealed-program.ts";

const folder = mkdtempSync(join(tmpdir(), "estiba-sealed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("crun is started from a copy in memory that nobody can write to, behind the descriptors that it gets", async () => {
  const crun = join(folder, "crun");
  copyFileSync("/bin/cat", crun);
  const { path, pass } = heldProgram(crun, 1);
  expect([path, pass.length]).toEqual(["/proc/self/fd/4", 1]);
  const file = openSync("/dev/null", "r");
  const child = Bun.spawn({ cmd: [path], argv0: crun, stdio: [Buffer.from("here"), "pipe", "inherit", file, ...pass] });
  expect(await new Response(child.stdout).text()).toBe("here");
  expect(() => writeSync(pass[0] ?? -1, "x", 0)).toThrow("EPERM");
  expect(heldProgram(crun).pass).toEqual(pass);
});

test("another runtime is called by its path", () => {
  expect(heldProgram("/usr/bin/runc")).toEqual({ path: "/usr/bin/runc", pass: [] });
});
