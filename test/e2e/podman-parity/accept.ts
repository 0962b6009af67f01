// Plays the stories on dist/estiba and writes differences.txt anew: `bun test/e2e/podman-parity/accept.ts`, as root. Justify what it adds.
import { TestEngine } from "../../fixtures/engine.ts";
import { acceptDifferences } from "./differences.ts";
import { estibaPlayer, play, prepare, readStory, storyNames } from "./play.ts";

const pairs = [];
for (const name of storyNames()) {
  const recorded = await readStory(name);
  const engine = new TestEngine();
  try {
    const player = estibaPlayer(engine);
    await prepare(player);
    pairs.push({ recorded, played: await play(recorded, player) });
  } finally {
    await engine.dispose();
  }
}
await acceptDifferences(pairs);
