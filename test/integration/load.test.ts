import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { digestHex, digestOf } from "../../src/oci/digest.ts";
import { TestEngine } from "../fixtures/engine.ts";
import { type FixtureImage, makeImage, runTool } from "../fixtures/image.ts";
import { archive } from "../fixtures/make-tar.ts";

const engine = new TestEngine();
const made: { image?: FixtureImage } = {};
const image = (): FixtureImage => made.image as FixtureImage;
const inspect = async (name: string, format: string) => await engine.ok(["image", "inspect", "--format", format, name]);

beforeAll(async () => {
  made.image = await makeImage(engine.path("layout"), { layers: [{ files: { "etc/top": "top" } }] });
  const source = `oci:${image().layout}:bb:1`;
  await runTool([
    "skopeo",
    "copy",
    "-q",
    "--insecure-policy",
    source,
    `docker-archive:${engine.path("docker.tar")}:bb:1`,
  ]);
  await runTool(["skopeo", "copy", "-q", "--insecure-policy", source, `oci-archive:${engine.path("oci.tar")}:bb:1`]);
});

afterEach(async () => {
  await engine.ok(["rmi", "--all", "--force"]);
  await engine.expectClean();
});

afterAll(async () => await engine.dispose());

describe("load", () => {
  test.each([
    ["an OCI layout folder", "layout", "localhost/bb:1"],
    ["an OCI archive", "oci.tar", "localhost/bb:1"],
    ["a Docker archive", "docker.tar", "docker.io/library/bb:1"],
  ])("%s gives the image with its layers and name", async (_kind, file, name) => {
    expect(await engine.ok(["load", "-q", "-i", engine.path(file)])).toBe(`Loaded image: ${name}`);
    expect(await inspect("bb:1", "{{.Id}}")).toBe(image().id);
    expect(JSON.parse(await inspect("bb:1", "{{json .RootFS.Layers}}"))).toEqual(image().diffIds);
    const upper = await inspect("bb:1", "{{.GraphDriver.Data.UpperDir}}");
    expect(readFileSync(join(upper, "etc/top"), "utf8")).toBe("top");
  });

  test.each(["gzip", "zstd", "xz", "bzip2"])(
    "an archive that %s has packed is loaded, from a file and from stdin",
    async (program) => {
      const packed = await Bun.spawn([program, "-c", engine.path("docker.tar")], { stdout: "pipe" }).stdout.bytes();
      writeFileSync(engine.path(`docker.${program}`), packed);
      expect(await engine.ok(["load", "-q", "-i", engine.path(`docker.${program}`)])).toContain("Loaded image:");
      await engine.ok(["rmi", "bb:1"]);
      expect(await engine.ok(["load", "-q"], { stdin: packed })).toContain("Loaded image:");
    },
  );

  test.each(["gzip", "zstd", "xz", "bzip2"])(
    "layers that %s has packed inside of an archive are unpacked",
    async (program) => {
      const folder = engine.path(`layers-of-${program}`);
      await mkdir(folder);
      await runTool(["tar", "-C", folder, "-xf", engine.path("docker.tar")]);
      const [{ Layers }] = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as [{ Layers: string[] }];
      for (const layer of Layers) {
        const child = Bun.spawn([program, "-c", join(folder, layer)], { stdout: "pipe", stderr: "ignore" });
        const packed = await child.stdout.bytes();
        writeFileSync(join(folder, layer), packed);
      }
      await runTool(["tar", "-C", folder, "-cf", engine.path("layers.tar"), "."]);
      expect(await engine.ok(["load", "-q", "-i", engine.path("layers.tar")])).toContain("Loaded image:");
      expect(await inspect("bb:1", "{{.Id}}")).toBe(image().id);
      expect(await engine.ok(["run", "--rm", "bb:1", "cat", "/etc/top"])).toBe("top");
    },
  );

  test("several images of one archive keep their names", async () => {
    const other = await makeImage(engine.path("other"), { name: "reg.example/other:2", files: { x: "y" } });
    const both = engine.path("both.tar");
    await runTool([
      "skopeo",
      "copy",
      "-q",
      "--insecure-policy",
      "--additional-tag",
      "bb:2",
      `oci:${image().layout}:bb:1`,
      `docker-archive:${both}:bb:1`,
    ]);
    expect(await engine.ok(["load", "-q", "-i", both])).toBe(
      "Loaded image: docker.io/library/bb:1\nLoaded image: docker.io/library/bb:2",
    );
    expect(await engine.ok(["load", "-q", "-i", other.layout])).toBe("Loaded image: reg.example/other:2");
  });

  test("an image that was saved without a name is told by its id", async () => {
    await runTool([
      "skopeo",
      "copy",
      "-q",
      "--insecure-policy",
      `oci:${image().layout}:bb:1`,
      `oci-archive:${engine.path("bare.tar")}`,
    ]);
    expect(await engine.ok(["load", "-q", "-i", engine.path("bare.tar")])).toBe(`Loaded image: sha256:${image().id}`);
  });

  test("an archive whose names lead elsewhere writes nothing there", async () => {
    const folder = engine.path("hostile");
    await mkdir(join(folder, "blobs"), { recursive: true });
    const config = readFileSync(join(image().layout, "blobs/sha256", image().id));
    writeFileSync(join(folder, "config.json"), config);
    writeFileSync(
      join(folder, "manifest.json"),
      JSON.stringify([{ Config: "config.json", RepoTags: ["x:1"], Layers: ["../../../../etc/passwd", "/etc/passwd"] }]),
    );
    await runTool(["tar", "-C", folder, "-cf", engine.path("hostile.tar"), "."]);
    const { code, stderr } = await engine.run(["load", "-i", engine.path("hostile.tar")]);
    expect(code).toBe(125);
    expect(stderr).toContain('it has no layer "../../../../etc/passwd"');
  });

  const DAMAGE: readonly (readonly [title: string, bend: (bytes: Buffer) => Buffer, message: RegExp])[] = [
    ["cut off in the middle", (bytes) => bytes.subarray(0, bytes.length >> 1), /cut off|ends within|no member|damaged/],
    ["with a changed layer", (bytes) => changed(bytes), /not what|digest|damaged/],
    ["that is empty", () => Buffer.alloc(0), /neither index.json/],
    ["that is text", () => Buffer.from("hello\n".repeat(200)), /no tar archive/],
    ["that is a tar of something else", () => readFileSync(engine.path("else.tar")), /neither index.json/],
  ];

  test.each(DAMAGE)("an archive %s is refused, and no image is there", async (_title, bend, message) => {
    await runTool(["tar", "-C", engine.folder, "-cf", engine.path("else.tar"), "layout/oci-layout"]);
    writeFileSync(engine.path("damaged.tar"), bend(readFileSync(engine.path("docker.tar"))));
    const { code, stdout, stderr } = await engine.run(["load", "-q", "-i", engine.path("damaged.tar")]);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toMatch(message);
    expect(await engine.ok(["images", "-aq"])).toBe("");
    await engine.run(["system", "check", "--repair"]);
  });

  test("a layout whose blob was changed is refused", async () => {
    const copy = engine.path("changed");
    await runTool(["cp", "-a", image().layout, copy]);
    const blob = join(copy, "blobs/sha256", digestHex(image().layerDigests[1] ?? digestOf("")));
    writeFileSync(blob, changed(readFileSync(blob)));
    const { code } = await engine.run(["load", "-q", "-i", copy]);
    expect(code).toBe(125);
    expect(await engine.ok(["images", "-aq"])).toBe("");
    await engine.run(["system", "check", "--repair"]);
    await rm(copy, { recursive: true });
  });

  test("a file that is not there is named", async () => {
    const { code, stderr } = await engine.run(["load", "-i", "/nonesuch.tar"]);
    expect({ code, stderr }).toEqual({ code: 125, stderr: 'Error: there is no file "/nonesuch.tar"\n' });
  });
});

describe("import", () => {
  test("a tar archive becomes an image of one layer, with its changes", async () => {
    const tar = engine.path("rootfs.tar");
    await mkdir(engine.path("rootfs/etc"), { recursive: true });
    writeFileSync(engine.path("rootfs/etc/file"), "content");
    await runTool(["tar", "-C", engine.path("rootfs"), "-cf", tar, "."]);
    const changes = ["-c", 'CMD ["/bin/x"]', "-c", "ENV A=b", "-c", "LABEL l=m", "-m", "the message"];
    const id = await engine.ok(["import", ...changes, tar, "base:1"]);
    expect(await inspect("base:1", "sha256:{{.Id}} {{.RepoTags}} {{.Comment}}")).toBe(
      `${id} [localhost/base:1] the message`,
    );
    expect(JSON.parse(await inspect("base:1", "{{json .Config}}"))).toEqual({
      Env: ["A=b"],
      Cmd: ["/bin/x"],
      Labels: { l: "m" },
    });
    expect(readFileSync(join(await inspect("base:1", "{{.GraphDriver.Data.UpperDir}}"), "etc/file"), "utf8")).toBe(
      "content",
    );
    const plain = readFileSync(tar);
    expect(JSON.parse(await inspect("base:1", "{{json .RootFS.Layers}}"))).toEqual([digestOf(plain)]);
    for (const [name, bytes] of [
      ["gz", Bun.gzipSync(plain)],
      ["zst", Bun.zstdCompressSync(plain)],
    ] as const) {
      await engine.ok(["import", "-", `base:${name}`], { stdin: new Uint8Array(bytes) });
      expect(JSON.parse(await inspect(`base:${name}`, "{{json .RootFS.Layers}}"))).toEqual([digestOf(plain)]);
    }
  });

  test("an http address is as good as a file", async () => {
    writeFileSync(engine.path("served.tar"), archive({ name: "file", data: "content" }));
    using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: ({ url }) =>
        url.endsWith(".tar") ? new Response(Bun.file(engine.path("served.tar"))) : new Response(null, { status: 404 }),
    });
    await engine.ok(["import", `http://127.0.0.1:${server.port}/x.tar`, "web:1"]);
    const { code, stderr } = await engine.run(["import", `http://127.0.0.1:${server.port}/none`, "web:2"]);
    expect(code).toBe(125);
    expect(stderr).toContain("HTTP 404");
  });

  test.each([
    ["a file that is no archive", ["/etc/passwd"], /archive|header/],
    ["a file that is not there", ["/nonesuch"], /nonesuch/],
    ["an unknown change", ["-c", "RUN x", "/etc/passwd"], /invalid change "RUN x"/],
    ["a malformed name", ["/etc/passwd", "UP:1"], /capital letters/],
  ])("%s is refused, and nothing is left", async (_title, args, message) => {
    const { code, stdout, stderr } = await engine.run(["import", ...args]);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toMatch(message);
    await engine.expectClean();
  });
});

describe("names and removal", () => {
  test("tag adds a name, rmi takes names away and the image with the last, in Podman's words", async () => {
    await engine.load();
    await engine.ok(["tag", "bb:1", "other:2", "reg.example/x/y"]);
    expect((await engine.ok(["images", "-n", "--format", "{{.Repository}}:{{.Tag}}"])).split("\n").sort()).toEqual([
      "localhost/bb:1",
      "localhost/other:2",
      "reg.example/x/y:latest",
    ]);
    expect(await engine.ok(["rmi", "other:2"])).toBe("Untagged: localhost/other:2");
    const several = await engine.run(["rmi", image0Id()]);
    expect(several.code).toBe(125);
    expect(several.stderr).toContain("several names");
    expect(await engine.ok(["rmi", "reg.example/x/y"])).toBe("Untagged: reg.example/x/y:latest");
    expect(await engine.ok(["rmi", "bb:1"])).toBe(`Untagged: localhost/bb:1\nDeleted: ${image0Id()}`);
    expect(await engine.ok(["images", "-aq"])).toBe("");
  });

  test("a name moves to the image that takes it; the other stays without one", async () => {
    await engine.load();
    await engine.load({ name: "new:1", files: { x: "y" } });
    await engine.ok(["tag", "new:1", "bb:1"]);
    expect(await engine.ok(["images", "-q", "--no-trunc", "--filter", "dangling=true"])).toBe(`sha256:${image0Id()}`);
  });

  test("an image in use is kept, and its container named; --force takes both", async () => {
    await engine.load();
    const container = await engine.ok(["create", "--name", "user", "bb:1"]);
    const { code, stderr } = await engine.run(["rmi", "bb:1"]);
    expect(code).toBe(2);
    expect(stderr).toContain('in use by container "user"');
    await engine.ok(["rmi", "--force", "bb:1"]);
    expect((await engine.run(["inspect", container])).code).toBe(125);
  });

  test("layers that images share stay as long as one needs them", async () => {
    await engine.load();
    await engine.load({ name: "child:1", layers: [{ files: { c: "d" } }] });
    await engine.ok(["rmi", "bb:1"]);
    await engine.expectClean();
    expect(
      readFileSync(join(await inspect("child:1", "{{.GraphDriver.Data.LowerDir}}"), "etc/passwd"), "utf8"),
    ).toContain("root");
  });

  test("an unknown image gives exit code 1 and a guess; --ignore minds nothing", async () => {
    await engine.load();
    const { code, stderr } = await engine.run(["rmi", "bc:1"]);
    expect(code).toBe(1);
    expect(stderr).toContain("did you mean bb:1?");
    expect((await engine.run(["rmi", "--ignore", "nope"])).code).toBe(0);
  });
});

/** The id of the busybox image that `engine.load` loads. */
function image0Id(): string {
  return engine.images.get("bb:1")?.id ?? "";
}

/** One byte of the largest part, the layer, changed. */
function changed(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const place = copy.length >> 1;
  copy[place] = (copy[place] ?? 0) ^ 0xff;
  return copy;
}
