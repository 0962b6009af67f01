import { expect, test } from "bun:test";
import { useEngine } from "../fixtures/engine.ts";
import { seeded } from "../fixtures/kill-at-random.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);
const SEED = 20_261_126;

/** Reads all of an answer that may break off. */
async function exported(): Promise<number> {
  const response = await service.request("GET", "/containers/c/export");
  await response.arrayBuffer().catch(() => undefined);
  return response.status;
}

// One process reads and removes: neither may wait for the other without letting it work.
test("the export of a container that another client removes keeps nobody waiting", async () => {
  const random = seeded(SEED);
  for (let round = 0; round < 40; round++) {
    await engine.detached(["--rm", "--name", "c"], "sleep", "1000");
    const reading = exported();
    await Bun.sleep(random() * 30);
    const stopping = round % 2 === 0 ? service.request("POST", "/containers/c/stop?t=0") : undefined;
    const ending = (await (stopping ?? service.request("DELETE", "/containers/c?force=1"))).status;
    expect([ending, [200, 404].includes(await reading)]).toEqual([204, true]);
    await engine.run(["rm", "-f", "-i", "c"]);
  }
  await engine.expectClean();
}, 60_000);
