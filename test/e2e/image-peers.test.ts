import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { TestEngine, useEngine } from "../fixtures/engine.ts";
import {
  buildExchanged,
  type ImagePeer,
  missingPeer,
  openPeer,
  PEERS,
  type Seen,
  seenBy,
} from "../fixtures/image-peers.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";

// Every format is exchanged in test/long/image-peers.test.ts.
const engine = useEngine();
/** Where what comes back goes: it has nothing of the image. */
const fresh = new TestEngine();
const OWN = "exchanged:1";
const held: { registry?: TestRegistry; seen?: Seen; digest: string } = { digest: "" };

beforeAll(async () => {
  held.registry = await startRegistry();
  held.seen = await buildExchanged(engine, OWN);
  await engine.ok(["push", "-q", "--digestfile", engine.path("digest"), OWN, remote("own:1")]);
  held.digest = await Bun.file(engine.path("digest")).text();
}, 60_000);
afterAll(async () => {
  await fresh.dispose();
  await held.registry?.[Symbol.asyncDispose]();
}, 60_000);

const remote = (name: string): string => `${held.registry?.host}/${name}`;
const seen = (): Seen => held.seen ?? expect.unreachable();

/** What has come is the image that went out; afterwards there is nothing of it. */
async function expectBack(image: string): Promise<void> {
  expect(await seenBy(fresh, image)).toEqual(seen());
  await fresh.ok(["rmi", "--all", "--force"]);
  await fresh.expectClean();
}

async function expectPulled(image: string, digest: string): Promise<void> {
  await fresh.ok(["pull", "-q", image]);
  const [repository] = image.split(/:[^:]*$/);
  const shown = await fresh.ok(["image", "inspect", "--format", "{{.Digest}} {{.RepoDigests}}", image]);
  expect(shown).toBe(`${digest} [${repository}@${digest}]`);
  await expectBack(image);
}

describe.each([...PEERS])("%s", (name) => {
  const missing = missingPeer(name);
  const use: { peer?: ImagePeer } = {};
  const peer = (): ImagePeer => use.peer ?? expect.unreachable();
  const at = (file: string): string => engine.path(`${name}-${file}`);

  beforeAll(async () => {
    if (missing === undefined) use.peer = await openPeer(name, at("roots"));
  }, 60_000);
  afterAll(async () => await use.peer?.[Symbol.asyncDispose](), 60_000);

  test.skipIf(missing !== undefined)("loads and runs what was saved; what it saves is the same image", async () => {
    const named = `docker.io/library/${name}:1`;
    await engine.ok(["tag", OWN, named]);
    await engine.ok(["save", "-o", at("there.tar"), named]);
    await engine.ok(["rmi", named]);
    await peer().load(at("there.tar"));
    expect(await peer().see(named)).toEqual(seen());
    await peer().save(named, at("back.tar"));
    await peer().ok("rmi", named);
    await fresh.ok(["load", "-q", "-i", at("back.tar")]);
    await expectBack(named);
  });

  test.skipIf(missing !== undefined)("pulls and runs what was pushed; what it pushes is the same image", async () => {
    expect(await peer().pull(remote("own:1"))).toBe(held.digest);
    expect(await peer().see(remote("own:1"))).toEqual(seen());
    const back = remote(`${name}:1`);
    await peer().ok("tag", remote("own:1"), back);
    await expectPulled(back, await peer().push(back));
    await peer().ok("rmi", back, remote("own:1"));
  });
});
