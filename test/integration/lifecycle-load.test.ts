import { expect, test } from "bun:test";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";
import { expectNothingLeft, hostSnapshot } from "../fixtures/host-snapshot.ts";
import { runMany } from "../fixtures/load.ts";

const engine = useEngine();

test("50 runs at once leave nothing behind", async () => await runMany(engine, { count: 50, atOnce: 50 }));

test("30 runs in a row leave nothing behind", async () => await runMany(engine, { count: 30, atOnce: 1 }));

test("30 runs without a network, with volumes and a read-only root, ten at once, leave nothing behind", async () => {
  await runMany(engine, { count: 30, atOnce: 10, options: ["--network", "none", "--read-only", "-v", "/data"] });
});

test("of 30 that create one name at once, exactly one wins, and the others say whose it is", async () => {
  const results = await Promise.all(
    Array.from({ length: 30 }, () => engine.run(["create", "--name", "wanted", IMAGE, "true"])),
  );
  const won = results.filter(({ code }) => code === 0);
  expect(won).toHaveLength(1);
  const id = won[0]?.stdout.trim() ?? "";
  for (const { code, stderr } of results.filter((result) => result.code !== 0)) {
    expect(code).toBe(125);
    expect(stderr).toContain(`"wanted" is already in use by ${id.slice(0, 12)}`);
  }
  expect(await engine.ok(["ps", "-aq", "--no-trunc"])).toBe(id);
});

test("20 detached containers started, used and removed at once leave nothing behind", async () => {
  await engine.ok(["run", "--rm", IMAGE, "true"]);
  const before = await hostSnapshot(engine);
  const ids = await Promise.all(
    Array.from({ length: 20 }, () => engine.detached(["-p", "127.0.0.1::80"], "sleep", "1000")),
  );
  expect(new Set((await engine.ok(["ps", "-q", "--no-trunc"])).split("\n"))).toEqual(new Set(ids));
  await engine.expectClean();
  const addresses = await engine.ok(["inspect", "--format", "{{.NetworkSettings.IPAddress}}", ...ids]);
  expect(new Set(addresses.split("\n")).size).toBe(20);
  expect((await engine.ok(["rm", "-f", ...ids])).split("\n")).toEqual(ids);
  await engine.expectClean();
  await expectNothingLeft(engine, before);
});

test("run, stop, start and rm of one name by many at once end in order", async () => {
  const before = await hostSnapshot(engine);
  const verbs = [
    ["run", "-d", "--name", "contested", IMAGE, "sleep", "1000"],
    ["stop", "-t", "0", "contested"],
    ["start", "contested"],
    ["rm", "-f", "contested"],
    ["run", "-d", "--name", "contested", "--replace", IMAGE, "sleep", "1000"],
    ["ps", "-a"],
    ["inspect", "contested"],
  ];
  const results = await Promise.all(Array.from({ length: 42 }, (_, index) => engine.run(verbs[index % 7] ?? [])));
  for (const { code, stderr } of results) {
    expect([0, 125]).toContain(code);
    // Only what the order of the others makes so, never a failure from the depths.
    expect(stderr).not.toMatch(/SQLITE|database is locked|ENOENT|EBUSY|undefined|OCI runtime/);
  }
  await engine.run(["rm", "-f", "contested"]);
  expect(await engine.ok(["ps", "-aq"])).toBe("");
  await eventually(
    () => engine.run(["system", "check"]),
    ({ code }) => code === 0,
  );
  await expectNothingLeft(engine, before);
});

test("system check beside running commands finds nothing", async () => {
  const runs = runMany(engine, { count: 40, atOnce: 4, options: ["-p", "127.0.0.1::80"] });
  const checks = (async () => {
    for (let round = 0; round < 20; round++) await engine.expectClean();
  })();
  await Promise.all([runs, checks]);
});
