import { afterAll, expect, test } from "bun:test";
import { copyFileSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { heldProgram, lentProgram } from "./sealed-program.ts";

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

test("a copy that another process is lent is whole and sealed as soon as it is completed, and is made once", () => {
  const crun = join(folder, "lent", "crun");
  mkdirSync(join(folder, "lent"));
  copyFileSync("/bin/cat", crun);
  const { path, complete } = lentProgram(crun);
  expect(readFileSync(path).length).toBe(0);
  complete();
  complete();
  expect(readFileSync(path)).toEqual(readFileSync("/bin/cat"));
  const fd = Number(path.slice(path.lastIndexOf("/") + 1));
  expect(() => writeSync(fd, "x", 0)).toThrow("EPERM");
  expect(heldProgram(crun).pass).toEqual([fd]);
});

test("a copy that cannot be completed is begun anew by the next one", () => {
  const crun = join(folder, "later", "crun");
  mkdirSync(join(folder, "later"));
  const { complete } = lentProgram(crun);
  expect(complete).toThrow("ENOENT");
  copyFileSync("/bin/cat", crun);
  expect(heldProgram(crun).pass.length).toBe(1);
});

test("another runtime is called by its path", () => {
  expect(heldProgram("/usr/bin/runc")).toEqual({ path: "/usr/bin/runc", pass: [] });
});
