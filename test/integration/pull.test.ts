import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MEDIA_TYPE } from "../../src/oci/descriptor.ts";
import { digestHex, digestOf } from "../../src/oci/digest.ts";
import { TestEngine } from "../fixtures/engine.ts";
import { freePort } from "../fixtures/free-port.ts";
import { type FixtureImage, makeImage, runTool } from "../fixtures/image.ts";
import { startRegistry, type TestRegistry } from "../fixtures/registry.ts";

const engine = new TestEngine();
const shared: { registry?: TestRegistry; image?: FixtureImage } = {};

function registry(): TestRegistry {
  if (shared.registry === undefined) throw new Error("the registry has not started");
  return shared.registry;
}

function image(): FixtureImage {
  if (shared.image === undefined) throw new Error("there is no image yet");
  return shared.image;
}

const inspect = async (name: string, format: string) => await engine.ok(["image", "inspect", "--format", format, name]);

beforeAll(async () => {
  shared.registry = await startRegistry();
  shared.image = await makeImage(engine.path("layout"), {
    files: { "etc/base": "base" },
    layers: [
      { files: { "etc/middle": "zstd" }, compression: "zstd" },
      { files: { "etc/top": "plain" }, compression: "none" },
    ],
  });
  await registry().push(`oci:${image().layout}:bb:1`, "t/bb:1");
});

afterEach(async () => {
  await engine.ok(["rmi", "--all", "--force"]);
  await engine.ok(["system", "check", "--repair"]).catch(() => undefined);
  await engine.expectClean();
});

afterAll(async () => {
  await engine.dispose();
  await registry()[Symbol.asyncDispose]();
});

describe("from a real registry", () => {
  test("--pull newer keeps what is here where the registry does not answer; always does not", async () => {
    await engine.ok(["pull", "-q", `${registry().host}/t/bb:1`]);
    const port = await freePort();
    const away = `127.0.0.1:${port}/t/bb:latest`;
    await engine.ok(["tag", `${registry().host}/t/bb:1`, away]);
    expect((await engine.run(["run", "--rm", "--pull", "newer", away, "cat", "/etc/base"])).stdout).toBe("base");
    expect((await engine.run(["run", "--rm", "--pull", "always", away, "true"])).code).toBe(125);
    expect((await engine.run(["run", "--rm", "--pull", "newer", `${away}r`, "true"])).code).toBe(125);
  });

  test("a pull by tag prints the id alone on stdout, and the image is there", async () => {
    const { code, stdout, stderr } = await engine.run(["pull", `${registry().host}/t/bb:1`]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${image().id}\n` });
    expect(stderr).toContain("Trying to pull");
    expect(await inspect(`${registry().host}/t/bb:1`, "{{.Id}} {{.Digest}}")).toBe(
      `${image().id} ${image().manifestDigest}`,
    );
    expect(JSON.parse(await inspect(image().id.slice(0, 6), "{{json .RootFS.Layers}}"))).toEqual(image().diffIds);
  });

  test("gzip, zstd and plain layers of one image come out as what was packed", async () => {
    await engine.ok(["pull", "-q", `${registry().host}/t/bb:1`]);
    const driver = JSON.parse(await inspect(image().id, "{{json .GraphDriver.Data}}")) as {
      UpperDir: string;
      LowerDir: string;
    };
    const [middle = "", base = ""] = driver.LowerDir.split(":");
    expect(readFileSync(join(driver.UpperDir, "etc/top"), "utf8")).toBe("plain");
    expect(readFileSync(join(middle, "etc/middle"), "utf8")).toBe("zstd");
    expect(readFileSync(join(base, "etc/base"), "utf8")).toBe("base");
  });

  test("a pull by digest gives no name, and the digest finds it", async () => {
    const name = `${registry().host}/t/bb@${image().manifestDigest}`;
    expect(await engine.ok(["pull", "-q", name])).toBe(image().id);
    expect(await inspect(name, "{{.RepoTags}} {{.RepoDigests}}")).toBe(`[] [${name}]`);
    expect(await engine.ok(["images", "-n"])).toStartWith("<none>");
  });

  test("Docker's schema 2 is as good as OCI", async () => {
    const plain = await makeImage(engine.path("docker"), { name: "docker:1", compression: "none" });
    await registry().push(`oci:${plain.layout}:docker:1`, "t/docker:1", ["--format", "v2s2"]);
    await engine.ok(["pull", "-q", `${registry().host}/t/docker:1`]);
    expect(await inspect(`${registry().host}/t/docker:1`, "{{.ManifestType}}")).toBe(MEDIA_TYPE.dockerManifest);
  });

  test("an index gives the image of the platform: the host's, or the one asked for", async () => {
    const { host, arm } = await pushIndex();
    expect(await engine.ok(["pull", "-q", `${host}/t/multi:1`])).toBe(image().id);
    expect(await engine.ok(["pull", "-q", "--platform", "linux/arm/v7", `${host}/t/multi:1`])).toBe(arm.id);
    expect(await engine.ok(["pull", "-q", "--arch", "arm", `${host}/t/multi:1`])).toBe(arm.id);
    const { code, stderr } = await engine.run(["pull", "-q", "--platform", "linux/s390x", `${host}/t/multi:1`]);
    expect(code).toBe(125);
    expect(stderr).toContain("not there for linux/s390x");
    expect(stderr).toContain("linux/arm/v7");
  });

  test("what is here is not fetched again, and policies are kept", async () => {
    const name = `${registry().host}/t/bb:1`;
    expect((await engine.run(["pull", "--policy", "never", name])).code).toBe(125);
    await engine.ok(["pull", "-q", name]);
    const { stderr } = await engine.run(["pull", name]);
    expect(stderr.match(/already exists/g)?.length).toBe(3);
    expect((await engine.run(["pull", "--policy", "missing", name])).stderr).toBe("");
    expect((await engine.run(["pull", "--policy", "never", name])).stdout).toBe(`${image().id}\n`);
  });

  test("four commands that pull the same image at once all succeed", async () => {
    const name = `${registry().host}/t/bb:1`;
    const results = await Promise.all(Array.from({ length: 4 }, () => engine.run(["pull", "-q", name])));
    expect(results.map(({ code, stdout, stderr }) => ({ code, stdout, stderr }))).toEqual(
      results.map(() => ({ code: 0, stdout: `${image().id}\n`, stderr: "" })),
    );
  });

  test("pulls and removals of the same image at once end with an image that is whole, or with none", async () => {
    const name = `${registry().host}/t/bb:1`;
    const pulls = Array.from({ length: 6 }, () => engine.run(["pull", "-q", name]));
    const removals = Array.from({ length: 6 }, async (_, index) => {
      await Bun.sleep(index * 40);
      return await engine.run(["rmi", "-f", image().id]);
    });
    for (const { code, stderr } of await Promise.all([...pulls, ...removals]))
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    await engine.ok(["pull", "-q", name]);
    await engine.expectClean();
  });

  test.each([
    ["a tag that is not there", () => `${registry().host}/t/bb:none`, 'there is no tag "none"'],
    ["a repository that is not there", () => `${registry().host}/none/none`, "there is no"],
    ["a port where nobody listens", () => "127.0.0.1:1/t/bb", "cannot reach 127.0.0.1:1: connection refused"],
    ["a name that does not resolve", () => "registry.invalid/t/bb", "cannot reach registry.invalid:443"],
    ["a malformed name", () => "Bad/Name:", "invalid image reference"],
  ])("%s: one error that says what and where, exit code 125", async (_title, name, message) => {
    const { code, stdout, stderr } = await engine.run(["pull", "-q", name()]);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toStartWith("Error: ");
    expect(stderr).toContain(message);
    expect(stderr.match(/^Error:/gm)?.length).toBe(1);
  });

  test("a disk that is full is told as such, and nothing half-made is left", async () => {
    const root = engine.path("small");
    const disk = engine.path("small.ext4");
    mkdirSync(root, { recursive: true });
    await runTool(["truncate", "-s", "12M", disk]);
    await runTool(["mkfs.ext4", "-q", disk]);
    await runTool(["mount", "-o", "loop", disk, root]);
    try {
      const big = await makeImage(engine.path("big"), {
        name: "big:1",
        files: { big: crypto.getRandomValues(new Uint8Array(65_536)).toHex().repeat(128) },
        compression: "none",
      });
      await registry().push(`oci:${big.layout}:big:1`, "t/big:1");
      const free = () => statfsSync(root).bavail;
      await engine.run(["--root", root, "images"]);
      const before = free();
      const { code, stderr } = await engine.run(["--root", root, "pull", "-q", `${registry().host}/t/big:1`]);
      expect(code).toBe(125);
      expect(stderr).toMatch(/no space|ENOSPC/);
      expect(await engine.ok(["--root", root, "images", "-q"])).toBe("");
      expect(before - free()).toBeLessThan(100);
    } finally {
      await runTool(["umount", root]);
    }
  });
});

describe("from a registry that wants a login", () => {
  test("credentials come from --creds or an auth file; without or with wrong ones the error says what to do", async () => {
    await using closed = await startRegistry({ users: { user: "pass:word" } });
    await closed.push(`oci:${image().layout}:bb:1`, "t/bb:1");
    const name = `${closed.host}/t/bb:1`;
    for (const wrong of [[], ["--creds", "user:wrong"]]) {
      const { code, stderr } = await engine.run(["pull", "-q", ...wrong, name]);
      expect(code).toBe(125);
      expect(stderr).toContain("wants a login");
      expect(stderr).toContain("--creds");
      expect(stderr).not.toContain("wrong");
    }
    expect(await engine.ok(["pull", "-q", "--creds", "user:pass:word", name])).toBe(image().id);
    const file = engine.path("auth.json");
    writeFileSync(file, JSON.stringify({ auths: { [closed.host]: { auth: btoa("user:pass:word") } } }));
    expect(await engine.ok(["pull", "-q", "--authfile", file, name])).toBe(image().id);
    expect(await engine.ok(["pull", "-q", name], { env: { REGISTRY_AUTH_FILE: file } })).toBe(image().id);
  });
});

/** Pushes two images and an index that has both; returns the second. */
async function pushIndex(): Promise<{ host: string; arm: FixtureImage }> {
  const { host } = registry();
  const arm = await makeImage(engine.path("arm"), { name: "arm:1", files: { arch: "arm" }, architecture: "arm" });
  await registry().push(`oci:${image().layout}:bb:1`, "t/multi:host");
  await registry().push(`oci:${arm.layout}:arm:1`, "t/multi:arm");
  const entry = ({ layout, manifestDigest }: FixtureImage, platform: object) => ({
    mediaType: MEDIA_TYPE.ociManifest,
    digest: manifestDigest,
    size: readFileSync(join(layout, "blobs/sha256", digestHex(manifestDigest))).byteLength,
    platform,
  });
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.ociIndex,
    manifests: [
      entry(arm, { os: "linux", architecture: "arm", variant: "v7" }),
      entry(image(), { os: "linux", architecture }),
    ],
  });
  const answer = await fetch(`http://${host}/v2/t/multi/manifests/1`, {
    method: "PUT",
    body: index,
    headers: { "Content-Type": MEDIA_TYPE.ociIndex },
  });
  expect({ status: answer.status, digest: answer.headers.get("docker-content-digest") }).toEqual({
    status: 201,
    digest: digestOf(index),
  });
  return { host, arm };
}
