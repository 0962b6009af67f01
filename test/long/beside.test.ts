import { beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { listCgroups, makeCovered, OWN_MACHINE, removeNewCgroups } from "../../bench/host.ts";
import { PEER_CGROUPS } from "../../bench/peers.ts";
import type { Found, Moment } from "../fixtures/beside.ts";
import { missingEngine } from "../fixtures/other-engines.ts";

const missing =
  missingEngine("dockerd") ??
  missingEngine("podman") ??
  (Bun.which("firewalld") === null ? "firewalld is not installed" : undefined);
const PATIENCE_MS = 240_000;
const ALL = { lan: true, host: true, out: true };

const result: { found?: Found } = {};

beforeAll(async () => {
  if (missing !== undefined) return;
  const folder = mkdtempSync("/var/tmp/estiba-beside-");
  const cgroups = listCgroups();
  using _covered = makeCovered();
  try {
    const words = [...OWN_MACHINE, process.execPath, join(import.meta.dir, "../fixtures/beside.ts"), folder];
    const child = Bun.spawn(words, {
      stdio: ["ignore", "ignore", "pipe"],
      timeout: PATIENCE_MS,
      killSignal: "SIGKILL",
    });
    const said = await new Response(child.stderr).text();
    if ((await child.exited) !== 0) throw new Error(said);
    result.found = await Bun.file(join(folder, "found.json")).json();
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await removeNewCgroups(cgroups, PEER_CGROUPS);
  }
}, PATIENCE_MS);

const at = (title: string): Moment => result.found?.moments[title] ?? {};

test.skipIf(missing !== undefined)("ports and the way out work beside those of Podman and Docker on one host", () => {
  expect(at("beside podman")).toEqual({ estiba: ALL, podman: ALL });
  expect(at("docker came later")).toEqual({ estiba: ALL, podman: ALL, docker: ALL });
  expect(at("reloaded")).toEqual({ estiba: ALL, podman: ALL, docker: ALL });
});

test.skipIf(missing !== undefined)(
  "a flush of all rules takes ours too, and reload puts them back beside Docker's",
  () => {
    expect(at("flushed")["estiba"]).toEqual({ lan: false, host: false, out: false });
    expect(at("reloaded after the flush")["estiba"]).toEqual(ALL);
  },
);

test.skipIf(missing !== undefined)(
  "firewalld lets published ports through, and the way out once it is told what doctor says",
  () => {
    expect(at("firewalld came later")["estiba"]).toEqual({ lan: true, host: true, out: false });
    expect(result.found?.told?.Fix).toContain("--add-interface=estiba+");
    // Its reload is part of that.
    expect(at("firewalld trusts")["estiba"]).toEqual(ALL);
    expect(result.found?.last).toBeUndefined();
  },
);
