import { expect, setDefaultTimeout, test } from "bun:test";
import { useEngine } from "../fixtures/engine.ts";
import { processesWith } from "../fixtures/supervision.ts";

const engine = useEngine();
setDefaultTimeout(600_000);

const COUNT = 200;
/** More than the watcher makes at once; each check is two processes of the host for a moment, the runtime's and its child. */
const MOST = 20;

const namesOf = async (health: string) =>
  (await engine.ok(["ps", "--filter", `health=${health}`, "--format", "{{.Names}}"]))
    .split("\n")
    .filter((name) => name !== "");

test("200 containers with a check each second have one watcher, which makes a few checks at once and all of them in time", async () => {
  for (let index = 0; index < COUNT; index++) {
    const check = ["--health-cmd", "test ! -e /ill", "--health-interval", "1s", "--health-retries", "1"];
    await engine.detached(["--name", `box${index}`, "--network", "none", ...check], "sleep", "10000");
  }
  while ((await namesOf("healthy")).length < COUNT) await Bun.sleep(500);
  expect(processesWith(engine.runRoot, "system", "watch")).toHaveLength(1);
  let most = 0;
  for (let round = 0; round < 50; round++) {
    most = Math.max(most, processesWith("exec", "--process").length);
    await Bun.sleep(100);
  }
  expect(most).toBeLessThanOrEqual(MOST);
  // None is forgotten over the others.
  for (const index of [0, COUNT / 2, COUNT - 1]) await engine.ok(["exec", `box${index}`, "touch", "/ill"]);
  while ((await namesOf("unhealthy")).length < 3) await Bun.sleep(500);
});
