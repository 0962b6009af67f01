import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT_LABEL, startedByUnits, unitFolder } from "./project-units.ts";

test("units lie in the system's folder, the user's, or where systemd itself is told to look", () => {
  expect(unitFolder({ user: false, environment: {} })).toBe("/etc/systemd/system");
  expect(unitFolder({ user: true, environment: { HOME: "/home/a" } })).toBe("/home/a/.config/systemd/user");
  expect(unitFolder({ user: true, environment: { HOME: "/h", XDG_CONFIG_HOME: "/c" } })).toBe("/c/systemd/user");
  expect(unitFolder({ user: false, environment: { SYSTEMD_UNIT_PATH: "/a:/b" } })).toBe("/a");
});

test("a project whose units are there is left to them, but only where systemd runs", () => {
  const folder = mkdtempSync(join(tmpdir(), "estiba-units-"));
  using _folder = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  writeFileSync(join(folder, "estiba-compose-shop.target"), "");
  const owner = { user: false, environment: { SYSTEMD_UNIT_PATH: folder } };
  const left = (project: string, systemd: boolean): boolean =>
    startedByUnits(owner, systemd)({ [PROJECT_LABEL]: project });
  expect([left("shop", true), left("shop-2", true), left("shop", false)]).toEqual([true, false, false]);
  expect(startedByUnits(owner, true)({})).toBe(false);
});
