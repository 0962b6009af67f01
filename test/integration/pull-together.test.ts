import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { eventually, TestEngine } from "../fixtures/engine.ts";
import { type FixtureImage, makeImage } from "../fixtures/image.ts";
import { type Asked, type ScriptedRegistry, startScriptedRegistry } from "../fixtures/scripted-registry.ts";

const engine = new TestEngine();
const made: { image?: FixtureImage } = {};
const image = (): FixtureImage => made.image as FixtureImage;

beforeAll(async () => {
  made.image = await makeImage(engine.path("layout"), { layers: [{ files: { "etc/top": "top" } }] });
});
afterEach(async () => {
  await engine.ok(["rmi", "--all", "--force"]);
  await engine.expectClean();
});
afterAll(async () => await engine.dispose());

const isLayer = ({ kind, name }: Asked): boolean => kind === "blobs" && image().layerDigests.includes(name as never);
const asks = ({ log }: ScriptedRegistry, what: string): number => log.filter((line) => line.includes(what)).length;
const layerAsks = (registry: ScriptedRegistry): number =>
  image().layerDigests.reduce((sum, digest) => sum + asks(registry, digest), 0);

function pull(registry: ScriptedRegistry): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  return Bun.spawn(engine.argv(["pull", "-q", `${registry.host}/t/bb:1`]), {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

test("commands that pull the same image at once fetch each layer once", async () => {
  await using registry = startScriptedRegistry(image());
  const gate = Promise.withResolvers<undefined>();
  registry.script = async (asked) => {
    if (isLayer(asked)) await gate.promise;
    return registry.honest(asked);
  };
  const pulls = [pull(registry), pull(registry), pull(registry)];
  await eventually(
    () => asks(registry, image().id),
    (count) => count === 3,
  );
  // Who did not wait would ask now.
  await Bun.sleep(300);
  gate.resolve(undefined);
  for (const child of pulls) {
    expect([await child.exited, await child.stderr.text()]).toEqual([0, ""]);
    expect(await child.stdout.text()).toBe(`${image().id}\n`);
  }
  expect(layerAsks(registry)).toBe(image().layerDigests.length);
  expect(readdirSync(join(engine.runRoot, "locks")).filter((name) => name.startsWith("layer-"))).toEqual([]);
});

test("a pull that waits for another goes on by itself when that one is killed", async () => {
  await using registry = startScriptedRegistry(image());
  const stalled = (): Response =>
    new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) }));
  registry.script = (asked) => (isLayer(asked) && asked.before === 0 ? stalled() : undefined);
  const first = pull(registry);
  await eventually(
    () => layerAsks(registry),
    (count) => count === image().layerDigests.length,
  );
  const second = pull(registry);
  await eventually(
    () => asks(registry, image().id),
    (count) => count === 2,
  );
  first.kill("SIGKILL");
  await first.exited;
  expect([await second.exited, await second.stdout.text()]).toEqual([0, `${image().id}\n`]);
  await engine.ok(["system", "check", "--repair"]);
});
