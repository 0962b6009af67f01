import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEngine } from "../../engine/engine.ts";
import { insertVolume } from "../../state/volumes.ts";
import { namesOf } from "./names.ts";

test("existing names are offered, and asking makes no root", () => {
  const folder = mkdtempSync(join(tmpdir(), "estiba-names-"));
  try {
    const engine = openEngine({ root: join(folder, "root"), runRoot: join(folder, "run") });
    expect(namesOf("volume", engine)).toEqual([]);
    expect(existsSync(join(folder, "root"))).toBe(false);
    insertVolume(engine.store, {
      name: "data",
      anonymous: false,
      createdAt: 1,
      labels: {},
    });
    expect(namesOf("volume", engine)).toEqual([["data", ""]]);
    expect(namesOf("mount-source", engine)).toEqual([["data", ""]]);
    expect(namesOf("container", engine)).toEqual([]);
    expect(namesOf("network-mode", engine)).toEqual([]);
    expect(namesOf("platform", engine)).toContainEqual(["linux/amd64", ""]);
    expect(namesOf("signal", engine)).toContainEqual(["SIGTERM", "15"]);
    expect(namesOf("image", engine)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
