import { expect, test } from "bun:test";
import { readReachTable } from "../../scripts/reach-table.ts";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { measureReach } from "../fixtures/reach.ts";

const engine = useEngine();

test("who resolves and reaches whom on two networks is what the table of docs/networks.md says", async () => {
  const [first, ...others] = await readReachTable();
  expect([first?.length, others.length]).toEqual([9, 4]);
  const written = [first ?? [], ...others].map(([, from, resolves, , , reaches]) => ({ from, resolves, reaches }));
  const found = await measureReach(async (...words) => await engine.ok(words), IMAGE);
  const shown = (text: string): string => (text === "" ? "-" : text);
  expect(
    found.map(({ from, resolves, reaches }) => ({
      from: `\`${from}\``,
      resolves: shown(resolves),
      reaches: shown(reaches),
    })),
  ).toEqual(written as never);
});
