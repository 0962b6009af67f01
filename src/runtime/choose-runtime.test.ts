import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CgroupSetup } from "../host/cgroup-mode.ts";
import { chooseRuntime, findRuntime, listRuntimes, obstacleTo, type RuntimeProgram } from "./choose-runtime.ts";

const folder = mkdtempSync(join(tmpdir(), "estiba-runtime-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const crun: RuntimeProgram = { name: "crun", path: "/usr/bin/crun", kind: "crun" };
const runc: RuntimeProgram = { name: "runc", path: "/usr/sbin/runc", kind: "runc" };
const v2: CgroupSetup = { mode: "v2", unified: "/x", unifiedControllers: ["memory", "pids"], swapAccounting: true };

function program(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, "#!/bin/sh\n");
  chmodSync(path, 0o755);
  return path;
}

test("crun works on v1, v2 and on hybrid hosts whose v2 hierarchy is empty", () => {
  expect(obstacleTo(crun, v2)).toBeUndefined();
  expect(obstacleTo(crun, { ...v2, mode: "v1", unified: undefined, unifiedControllers: [] })).toBeUndefined();
  expect(obstacleTo(crun, { ...v2, mode: "hybrid", unifiedControllers: [] })).toBeUndefined();
});

test("a hybrid host whose v2 hierarchy holds a controller is refused for crun with the command that mends it, not for runc", () => {
  const hybrid: CgroupSetup = { ...v2, mode: "hybrid", unifiedControllers: ["hugetlb"] };
  expect(obstacleTo(crun, hybrid)).toEqual({
    why: "crun refuses hybrid cgroups while the v2 hierarchy holds a controller (hugetlb)",
    fix: "mkdir -p /sys/fs/cgroup/hugetlb && mount -t cgroup -o hugetlb hugetlb /sys/fs/cgroup/hugetlb",
  });
  expect(obstacleTo(runc, hybrid)).toBeUndefined();
});

test("no runtime works without cgroups", () => {
  expect(obstacleTo(runc, { ...v2, mode: "none" })?.why).toContain("no cgroups are mounted");
});

test("a runtime is taken by its absolute path, and its file name tells the kind", () => {
  const path = program("crun");
  expect(findRuntime(path)).toEqual({ name: "crun", path, kind: "crun" });
  expect(findRuntime(program("my-runtime"))?.kind).toBe("other");
});

test("a configured name is looked up at its own paths first", () => {
  const path = program("special");
  const config = { runtimes: { fast: ["/nonexistent/fast", path] } };
  expect(findRuntime("fast", config)).toEqual({ name: "fast", path, kind: "other" });
  expect(listRuntimes(config).map(({ name }) => name)).toContain("fast");
});

test("a missing runtime is unsupported, with the package or the name that was meant", () => {
  expect(() => chooseRuntime({ wanted: "crum" })).toThrow('the OCI runtime "crum" is not installed');
  expect(() => chooseRuntime({ wanted: "/nonexistent/crun" })).toThrow('"/nonexistent/crun" is not an executable file');
  expect(() => chooseRuntime({ wanted: "./crun" })).toThrow('the OCI runtime "./crun" is not installed');
});
