import { expect, test } from "bun:test";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { recordFigure } from "../fixtures/figures.ts";
import { expectNothingLeft, hostSnapshot } from "../fixtures/host-snapshot.ts";
import { makeImage } from "../fixtures/image.ts";
import { runMany } from "../fixtures/load.ts";
import { startScriptedRegistry } from "../fixtures/scripted-registry.ts";

const engine = useEngine();

test("200 runs in a row leave nothing behind", async () => await runMany(engine, { count: 200, atOnce: 1 }));

test("50 runs at once, ten times over, leave nothing behind", async () => {
  for (let round = 0; round < 10; round++) await runMany(engine, { count: 50, atOnce: 50 });
});

test("400 runs, eight at once, with a published port each, leave nothing behind", async () => {
  await runMany(engine, { count: 400, atOnce: 8, options: ["-p", "127.0.0.1::80"] });
  recordFigure("400 runs, 8 at once, a published port each", "each its own output and code, nothing left");
});

test("50 pulls of one image at once bring it once, and all say so", async () => {
  const image = await makeImage(engine.path("pulled"), {
    files: { noise: crypto.getRandomValues(new Uint8Array(65_536)) },
  });
  await using registry = startScriptedRegistry(image);
  const name = `${registry.host}/t/bb:1`;
  const results = await Promise.all(Array.from({ length: 50 }, () => engine.run(["pull", "-q", name])));
  expect(new Set(results.map(({ code, stdout }) => `${code} ${stdout.trim()}`))).toEqual(new Set([`0 ${image.id}`]));
  expect(await engine.ok(["run", "--rm", name, "echo", "whole"])).toBe("whole");
  await engine.expectClean();
  await engine.ok(["rmi", name]);
  recordFigure("50 pulls of one image at once", "all succeed, nothing left");
});

test("100 commands of many kinds at once: lists answer, names have one owner, nothing is left", async () => {
  const before = await hostSnapshot(engine);
  const waits: number[] = [];
  const verbs = (name: string): readonly (readonly string[])[] => [
    ["run", "-d", "--name", name, "-p", "127.0.0.1::80", IMAGE, "sleep", "1000"],
    ["exec", name, "true"],
    ["stop", "-t", "0", name],
    ["start", name],
    ["rm", "-f", name],
    ["volume", "create", name],
    ["volume", "rm", "-f", name],
    ["container", "prune", "-f"],
    ["image", "prune", "-f"],
  ];
  const work = Array.from({ length: 11 }, (_, index) => verbs(`name-${index % 5}`))
    .flat()
    .map(async (args) => await engine.run(args));
  const watching = { done: false };
  const watcher = (async () => {
    while (!watching.done) {
      const since = performance.now();
      await engine.ok(["ps", "-a"]);
      waits.push(performance.now() - since);
    }
  })();
  for (const { code, stderr } of await Promise.all(work)) {
    expect([0, 1, 2, 125, 137]).toContain(code);
    expect(stderr).not.toMatch(/SQLITE|database is locked|EBUSY|undefined|OCI runtime/);
  }
  watching.done = true;
  await watcher;
  await engine.ok(["rm", "-f", "--all"]);
  await engine.ok(["volume", "prune", "-f", "-a"]);
  await engine.expectClean();
  await expectNothingLeft(engine, before);
  recordFigure("slowest of `ps` beside 100 commands of many kinds", `${Math.round(Math.max(...waits))} ms`);
});

test("1,000 containers are created, listed and removed", async () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `many-${index}`);
  const waiting = names.values();
  const worker = async (): Promise<void> => {
    for (const name of waiting) await engine.ok(["create", "--name", name, IMAGE, "true"]);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  expect((await engine.ok(["ps", "-a", "--format", "{{.Names}}"])).split("\n").toSorted()).toEqual(names.toSorted());
  await engine.expectClean();
  await engine.ok(["rm", "--all"]);
  expect(await engine.ok(["ps", "-aq"])).toBe("");
  recordFigure("1,000 containers created, listed, checked and removed", "nothing left");
}, 600_000);
