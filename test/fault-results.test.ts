import { expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { faultFigures, openShard } from "./fixtures/faults/results.ts";

const STEPS = 4;

/** Goes through a shard of four faults; gives those that were made. */
async function goThrough(
  folder: string,
  goesOn: boolean,
  broken?: number,
): Promise<{ made: number[]; failed: number }> {
  const made: number[] = [];
  const failures = await openShard("every-step", "rm -f kill", { folder, goesOn }).each(
    (at) => {
      made.push(at);
      if (at === broken) throw new Error("a name is stuck");
      return Promise.resolve(at > STEPS ? undefined : { faults: 1, hit: "rename" });
    },
    () => Promise.resolve(),
  );
  return { made, failed: failures.length };
}

test("a run of faults that was cut off goes on where it was, and makes those anew that broke a promise", async () => {
  const folder = mkdtempSync(join(tmpdir(), "estiba-results-"));
  try {
    expect(await goThrough(folder, true, 2)).toEqual({ made: [1, 2, 3, 4, 5], failed: 1 });
    expect(Object.values(faultFigures({ folder }))[0]).toBe("4: 1 broke a promise");
    expect(await goThrough(folder, true)).toEqual({ made: [2], failed: 0 });
    expect(Object.values(faultFigures({ folder }))[0]).toBe("4: 0 orphans, 0 stuck names, 0 lost acknowledged writes");
    expect(await goThrough(folder, true)).toEqual({ made: [], failed: 0 });
    // A line that a kill has cut off is none.
    expect(await goThrough(folder, false, 4)).toEqual({ made: [1, 2, 3, 4, 5], failed: 1 });
    appendFileSync(join(folder, "every-step/rm-f-kill.jsonl"), '{"at":4,"ms":1');
    expect(await goThrough(folder, true)).toEqual({ made: [4], failed: 0 });
    expect(await goThrough(folder, true)).toEqual({ made: [], failed: 0 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
