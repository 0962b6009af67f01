import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCgroupMode, readCgroupSetup } from "./cgroup-mode.ts";

test("this host's mode agrees with what its mount table says", async () => {
  const mounts = await Bun.file("/proc/self/mountinfo").text();
  const at = (path: string, type: string): boolean =>
    mounts.split("\n").some((line) => line.split(" ")[4] === path && line.includes(` - ${type} `));
  const mode = readCgroupMode();
  expect(mode === "v2").toBe(at("/sys/fs/cgroup", "cgroup2"));
  expect(mode === "hybrid").toBe(at("/sys/fs/cgroup/unified", "cgroup2"));
});

test("a folder that is no cgroup mount, or is not there, has mode none and no controllers", () => {
  const folder = mkdtempSync(join(tmpdir(), "estiba-cgroup-"));
  try {
    expect(readCgroupSetup(join(folder, "missing"))).toMatchObject({ mode: "none", unifiedControllers: [] });
    expect(readCgroupMode("/proc")).toBe("none");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
