import { expect, test } from "bun:test";
import { TestEngine } from "../../fixtures/engine.ts";
import { judge, readDifferences } from "./differences.ts";
import { estibaPlayer, play, prepare, readStory, storyNames } from "./play.ts";
import { keysOf } from "./story.ts";

const names = storyNames();
const stories = await Promise.all(names.map(readStory));
const differences = await readDifferences();

test.each(stories)(
  "the commands of $name answer as Podman did, but for what is listed",
  async (recorded) => {
    const engine = new TestEngine();
    try {
      const player = estibaPlayer(engine);
      await prepare(player);
      const { faults } = judge(recorded, await play(recorded, player), differences);
      expect(faults.join("\n\n")).toBe("");
      await engine.expectClean();
    } finally {
      await engine.dispose();
    }
  },
  60_000,
);

test("at least 150 command lines are compared, and every difference is of one of them and justified", () => {
  const keys = new Set(stories.flatMap((story) => [...keysOf(story).keys()]));
  expect(keys.size).toBeGreaterThan(150);
  const wrong = [...differences].filter(([key, { why }]) => !keys.has(key) || why === "" || why.startsWith("TODO"));
  expect(wrong.map(([key]) => key)).toEqual([]);
});
