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
        // diff takes images, too: where the container was gone before it looked, it says so of both.
        expect(worked).toMatchObject({
          code: 125,
          stderr: expect.stringMatching(/no such container|no container or image/),
        });
      await estiba.run(["rmi", "-i", "made:1"]);
      await estiba.expectClean();
      expect(readdirSync(join(estiba.root, "containers"))).toEqual([]);
    }
  },
  60_000,
);

test.each(["export", "import"])(
  "volume %s beside its removal: one of both is done, the other says why not, and nothing is left",
  async (verb) => {
    const archive = estiba.path("volume.tar");
    const fill = "for i in $(seq 400); do echo $i >/data/$i; done";
    await estiba.ok(["run", "--rm", "-v", "full:/data", IMAGE, "sh", "-c", fill]);
    await estiba.ok(["volume", "export", "-o", archive, "full"]);
    await estiba.ok(["volume", "rm", "full"]);
    const words = verb === "export" ? ["export", "-o", estiba.path("copy.tar"), "v"] : ["import", "v", archive];
    for (let round = 0; round < ROUNDS; round++) {
      await estiba.ok(["volume", "create", "v"]);
      await estiba.ok(["volume", "import", "v", archive]);
      const working = estiba.run(["volume", ...words]);
      await Bun.sleep(round * 8);
      const [worked, removed] = await Promise.all([working, estiba.run(["volume", "rm", "v"])]);
      if (worked.code !== 0)
        expect(worked).toMatchObject({ code: 125, stderr: expect.stringContaining("no such volume") });
      if (removed.code !== 0) {
        expect(removed).toMatchObject({ code: 2, stderr: expect.stringContaining("volume is being used") });
        expect(worked.code).toBe(0);
        await estiba.ok(["volume", "rm", "v"]);
      }
      expect(readdirSync(join(estiba.root, "volumes"))).toEqual([]);
      await estiba.expectClean();
    }
  },
  60_000,
);
