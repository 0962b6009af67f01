import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { hostPlatform } from "../../src/oci/platform.ts";
import { TestEngine, useEngine } from "../fixtures/engine.ts";
import { runTool } from "../fixtures/image.ts";
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

// What test/e2e/image-peers.test.ts does, for every format and with a large layer.
const engine = useEngine();
/** Where what comes back goes: it has nothing of the image. */
const fresh = new TestEngine();
const OWN = "exchanged:1";
const SMALL = "exchanged:small";
/** More than a layer that is packed as it is built, and several members of gzip. */
const NOISE_BYTES = 40_000_000;
const held: { registry?: TestRegistry; seen?: Seen; small?: Seen; digest: string } = { digest: "" };

beforeAll(async () => {
  held.registry = await startRegistry();
  held.seen = await buildExchanged(engine, OWN, { noiseBytes: NOISE_BYTES });
  held.small = await buildExchanged(engine, SMALL);
  held.digest = await push(OWN, "own:1");
}, 60_000);
afterAll(async () => {
  await fresh.dispose();
  await held.registry?.[Symbol.asyncDispose]();
}, 60_000);

const repacked = (kind: string, level: string): readonly string[] => [
  "--force-compression",
  "--compression-format",
  kind,
  "--compression-level",
  level,
];
const remote = (name: string): string => `${held.registry?.host}/${name}`;
const seen = (): Seen => held.seen ?? expect.unreachable();

async function push(image: string, name: string, ...options: string[]): Promise<string> {
  const file = engine.path(`digest-${crypto.randomUUID()}`);
  await engine.ok(["push", "-q", ...options, "--digestfile", file, image, remote(name)]);
  return await Bun.file(file).text();
}

/** What has come is the image that went out; afterwards there is nothing of it. */
async function expectBack(image: string, wanted: Seen = seen()): Promise<void> {
  expect(await seenBy(fresh, image)).toEqual(wanted);
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

  test.skipIf(missing !== undefined)("an archive of several images, layers packed or not", async () => {
    for (const options of [[], ["--uncompressed"]]) {
      const names = [OWN, SMALL].map((image) => `docker.io/library/${image}`);
      await engine.ok(["tag", OWN, names[0] ?? ""]);
      await engine.ok(["tag", SMALL, names[1] ?? ""]);
      await engine.ok(["save", ...options, "-o", at("two.tar"), ...names]);
      await peer().load(at("two.tar"));
      expect(await peer().see(names[0] ?? "")).toEqual(seen());
      expect(await peer().see(names[1] ?? "")).toEqual(held.small as Seen);
      await peer().ok("rmi", ...names);
      await engine.ok(["rmi", ...names]);
    }
  });

  test
    .skipIf(missing !== undefined)
    .each([
      ["oci", []],
      ["v2s2", ["--format", "v2s2"]],
      ...["1", "6", "9"].map((level) => [`gzip of level ${level}`, repacked("gzip", level)] as const),
      ["zstd", ["--force-compression", "--compression-format", "zstd"]],
      ...["1", "12"].map((level) => [`zstd of level ${level}`, repacked("zstd", level)] as const),
    ] as const)("pulls what was pushed as %s, and what it pushes of that is the same image", async (kind, options) => {
    // Docker unpacks it since version 23 only.
    if (
      kind.startsWith("zstd") &&
      name === "docker" &&
      !(await peer().ok("version", "--format", "{{.Server.Version}}")).match(/^(2[3-9]|[3-9]\d)/)
    )
      return;
    const there = remote(`${name}-${kind.replaceAll(" ", "-")}:1`);
    const digest = await push(OWN, there.slice(remote("").length), ...options);
    expect(await peer().pull(there)).toBe(digest);
    expect(await peer().see(there)).toEqual(seen());
    const back = remote(`${name}-back:1`);
    await peer().ok("tag", there, back);
    await expectPulled(back, await peer().push(back));
    await peer().ok("rmi", there, back);
  });

  test.skipIf(missing !== undefined)("takes its platform's image of a pushed list", async () => {
    const arch = hostPlatform().architecture;
    const other = arch === "arm64" ? "amd64" : "arm64";
    const list = remote(`${name}-list:1`);
    await engine.ok(["manifest", "create", "list:1", OWN]);
    const folder = engine.path(`${name}-other`);
    await Bun.write(join(folder, "Containerfile"), "FROM scratch\nCOPY f /f\n");
    await Bun.write(join(folder, "f"), "other");
    await engine.ok(["build", "-q", "--platform", `linux/${other}`, "--manifest", "list:1", folder]);
    await engine.ok(["manifest", "push", "list:1", `docker://${list}`]);
    await peer().pull(list);
    expect(await peer().see(list)).toEqual(seen());
    await peer().ok("rmi", list);
    await engine.ok(["manifest", "rm", "list:1"]);
  });

  test.skipIf(missing !== undefined || name === "docker")("OCI archives go both ways with their digest", async () => {
    await engine.ok(["save", "--format", "oci-archive", "-o", at("oci.tar"), OWN]);
    await peer().load(at("oci.tar"));
    const there = "localhost/exchanged:1";
    expect(await peer().see(there)).toEqual(seen());
    await peer().save(there, at("oci-back.tar"), "oci-archive");
    await fresh.ok(["load", "-q", "-i", at("oci-back.tar")]);
    await expectBack(there);
    await peer().ok("rmi", there);
  });
});

test("skopeo copies it from archive, folder and registry with its digest, and back into archives that are loaded", async () => {
  const copy = async (from: string, to: string, ...options: string[]): Promise<string> =>
    await runTool(["skopeo", "--insecure-policy", "copy", "-q", ...options, from, to]);
  for (const [format, transport] of [
    ["oci-archive", "oci-archive"],
    ["oci-dir", "oci"],
    ["docker-archive", "oci-archive"],
  ] as const) {
    const place = engine.path(`${format}-there`);
    await engine.ok(["save", "--format", format, "-o", place, SMALL]);
    const digest = await engine.ok(["image", "inspect", "--format", "{{.Digest}}", SMALL]);
    const name = remote(`${format}:1`);
    await copy(`${transport}:${place}`, `docker://${name}`, "--preserve-digests", "--dest-tls-verify=false");
    const shown = JSON.parse(await runTool(["skopeo", "inspect", "--tls-verify=false", `docker://${name}`]));
    expect(shown).toMatchObject({ Digest: digest });
    await fresh.ok(["pull", "-q", name]);
    await expectBack(name, held.small);
  }
  for (const transport of ["docker-archive", "oci-archive", "oci", "dir"]) {
    const place = join(fresh.folder, transport);
    const named = transport === "dir" ? place : `${place}:back:1`;
    await copy(`docker://${remote("own:1")}`, `${transport}:${named}`, "--src-tls-verify=false");
    await fresh.ok(["load", "-q", "-i", place]);
    await expectBack(seen().id);
  }
});
