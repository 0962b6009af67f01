import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEngine } from "../engine.ts";
import { diagnose } from "./doctor.ts";

const folder = mkdtempSync(join(tmpdir(), "estiba-doctor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const findings = diagnose(openEngine({ root: join(folder, "root"), runRoot: join(folder, "run") }));

test("everything that containers need is looked at", () => {
  const checks = findings.map(({ check }) => check.split(" ")[0]);
  for (const check of [
    "cgroups",
    "runtime",
    "conmon",
    "seccomp",
    "apparmor",
    "cdi",
    "overlay",
    "storage",
    "nft",
    "firewall",
    "tun",
    "subuid",
    "limits",
    "clock",
    "configuration",
  ]) {
    expect(checks).toContain(check);
  }
});

test("what is not well says what follows from it and what mends it, what is well says neither", () => {
  for (const { level, what, why, fix } of findings) {
    expect(what).not.toBe("");
    expect(why === undefined).toBe(level === "ok");
    expect(fix === undefined).toBe(level === "ok");
  }
});

test("looking leaves nothing behind", () => {
  expect(readdirSync(folder)).toEqual([]);
  expect(existsSync(join(folder, "root"))).toBe(false);
});
