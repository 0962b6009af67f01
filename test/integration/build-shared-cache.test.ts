import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, TestEngine, useEngine } from "../fixtures/engine.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";

const engine = useEngine();
const held: { registry: TestRegistry | undefined; other: TestEngine | undefined } = {
  registry: undefined,
  other: undefined,
};
beforeAll(async () => {
  held.registry = await startRegistry();
  held.other = new TestEngine();
  await held.other.load();
});
afterAll(async () => {
  await held.other?.dispose();
  await held.registry?.[Symbol.asyncDispose]();
});

/** An engine that has only the base. */
function other(): TestEngine {
  if (held.other === undefined) throw new Error("no second engine");
  return held.other;
}

function context(name: string): string {
  const folder = engine.path(name);
  mkdirSync(folder);
  const lines = [
    `FROM ${IMAGE} AS one`,
    `RUN echo ${name} > /made; dd if=/dev/zero of=/large bs=1M count=10 2> /dev/null`,
    "RUN true",
    `FROM ${IMAGE}`,
    `WORKDIR /${name}`,
    "COPY f /f",
    "COPY --from=one /made /made",
  ];
  writeFileSync(join(folder, "Containerfile"), lines.join("\n"));
  writeFileSync(join(folder, "f"), name);
  return folder;
}

const cached = (text: string): number => text.split("Using cache").length - 1;

test.each(["registry", "folder"])(
  "steps sent to a %s are found there by another store, and give the same image",
  async (kind) => {
    const folder = context(`shared-${kind}`);
    const place = `${held.registry?.host}/cache/steps`;
    const local = engine.path(`cache-${kind}`);
    const [to, from] = kind === "registry" ? [place, place] : [`type=local,dest=${local}`, `type=local,src=${local}`];
    const first = await engine.run(["build", "--cache-to", to, folder]);
    expect([first.code, cached(first.stderr)]).toEqual([0, 0]);
    const second = await other().run(["build", "--cache-from", from, folder]);
    expect([second.stdout, cached(second.stderr)]).toEqual([first.stdout, 5]);
    await other().expectClean();
    expect(await other().ok(["run", "--rm", second.stdout.trim(), "cat", "/made", "/f"])).toBe(
      `shared-${kind}\nshared-${kind}`,
    );
    // Found once, they are the store's own, and nothing is sent twice.
    expect(cached((await other().run(["build", folder])).stderr)).toBe(5);
    expect((await other().run(["build", "-q", "--cache-to", to, folder])).code).toBe(0);
  },
);

test("an image that tells of its steps is a cache for another store: of its own layers, not of other stages; its files are the same", async () => {
  const folder = context("inline");
  const [from = "", run = "", , ...rest] = readFileSync(join(folder, "Containerfile"), "utf8").split("\n");
  writeFileSync(join(folder, "Containerfile"), [from, run, ...rest].join("\n"));
  const name = `${held.registry?.host}/inline/app:1`;
  await engine.ok(["build", "-q", "-t", name, folder]);
  const plain = await engine.ok(["image", "inspect", "--format", "{{.RootFS.Layers}}", name]);
  await engine.ok(["build", "-q", "-t", name, "--cache-to", "type=inline", folder]);
  expect(await engine.ok(["image", "inspect", "--format", "{{.RootFS.Layers}}", name])).toBe(plain);
  await engine.ok(["push", "-q", name]);
  const second = await other().run(["build", "--cache-from", name, folder]);
  // That of the first stage must be made again.
  expect([second.code, cached(second.stderr)]).toEqual([0, 3]);
  expect(await other().ok(["run", "--rm", second.stdout.trim(), "cat", "/made", "/f"])).toBe("inline\ninline");
  await other().expectClean();
  const argument = ["--build-arg", "BUILDKIT_INLINE_CACHE=1"];
  const again = await engine.run(["build", "-t", name, ...argument, folder]);
  expect([again.code, again.stderr]).toEqual([0, expect.not.stringContaining("not consumed")]);
  expect(again.stdout.trim()).toBe((await engine.ok(["images", "-q", "--no-trunc", name])).replace("sha256:", ""));
  await engine.ok(["rmi", name]);
});

test("what another step has made is not taken, and a place that cannot be asked is told of and left out", async () => {
  const folder = context("changed");
  const place = `${held.registry?.host}/cache/changed`;
  await engine.ok(["build", "-q", "--cache-to", `type=registry,ref=${place},mode=max`, folder]);
  writeFileSync(join(folder, "f"), "another");
  const changed = await other().run(["build", "--cache-from", place, folder]);
  expect([changed.code, cached(changed.stderr)]).toEqual([0, 3]);
  expect(await other().ok(["run", "--rm", changed.stdout.trim(), "cat", "/f"])).toBe("another");
  const lost = await other().run(["build", "--no-cache-filter", "one", "--cache-from", "127.0.0.1:1/none", folder]);
  expect(lost.code).toBe(0);
  writeFileSync(join(folder, "f"), "third");
  const warned = await other().run(["build", "--cache-from", "127.0.0.1:1/none", folder]);
  expect([warned.code, warned.stderr.split("is left out").length]).toEqual([0, 2]);
  writeFileSync(join(folder, "f"), "fourth");
  const short = await other().run(["build", "--cache-from", "app:latest", folder]);
  expect([short.code, short.stderr]).toEqual([0, expect.stringContaining('"app:latest" names no registry')]);
  const failed = await other().run(["build", "-q", "--cache-to", "127.0.0.1:1/none", folder]);
  expect([failed.code, failed.stderr.includes("127.0.0.1:1")]).toEqual([125, true]);
  for (const bad of ["short", "type=gha", "type=local", `type=registry,ref=${place},mode=min`])
    expect((await engine.run(["build", "--cache-to", bad, folder])).code).toBe(125);
}, 60_000);
