import { test } from "bun:test";
import { useEngine } from "../fixtures/engine.ts";
import { runMany } from "../fixtures/load.ts";

const engine = useEngine();

test("200 runs in a row leave nothing behind", async () => await runMany(engine, { count: 200, atOnce: 1 }));

test("50 runs at once, ten times over, leave nothing behind", async () => {
  for (let round = 0; round < 10; round++) await runMany(engine, { count: 50, atOnce: 50 });
});

test("400 runs, eight at once, with a published port each, leave nothing behind", async () => {
  await runMany(engine, { count: 400, atOnce: 8, options: ["-p", "127.0.0.1::80"] });
});
