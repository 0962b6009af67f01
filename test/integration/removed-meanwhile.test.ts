import { expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const estiba = useEngine();
const ROUNDS = 6;

const VERBS: Readonly<Record<string, readonly string[]>> = {
  commit: ["commit", "-q", "c", "made:1"],
  "cp into": ["cp", estiba.path("file"), "c:/file"],
  "cp out of": ["cp", "c:/bin", estiba.path("copy")],
  diff: ["diff", "c"],
  export: ["export", "-o", estiba.path("c.tar"), "c"],
  init: ["init", "c"],
  mount: ["mount", "c"],
  rename: ["rename", "c", "d"],
  start: ["start", "c"],
  update: ["update", "--memory", "64m", "c"],
};

test.each(Object.keys(VERBS))(
  "%s of a container that is removed meanwhile is done, or says so, and leaves nothing",
  async (verb) => {
    writeFileSync(estiba.path("file"), "x".repeat(10_000));
    for (let round = 0; round < ROUNDS; round++) {
      const id = await estiba.ok(["create", "--name", "c", IMAGE, "sleep", "1000"]);
      const working = estiba.run([...(VERBS[verb] ?? [])]);
      // From well before it to well after it has begun.
      await Bun.sleep(round * 8);
      const removing = estiba.run(["rm", "-f", "-t", "0", id]);
      const [worked, removed] = await Promise.all([working, removing]);
      expect([removed.code, removed.stderr]).toEqual([0, ""]);
      if (worked.code !== 0)
        expect(worked).toMatchObject({ code: 125, stderr: expect.stringContaining("no such container") });
      await estiba.run(["rmi", "-i", "made:1"]);
      await estiba.expectClean();
      expect(readdirSync(join(estiba.root, "containers"))).toEqual([]);
    }
  },
  60_000,
);
