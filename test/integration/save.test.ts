import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";

const OTHER = "other:2";
const engine = useEngine({ images: [{ name: OTHER, layers: [{ files: { "etc/other": "yes\n" } }] }] });
const held = { folder: "" };

beforeAll(() => {
  held.folder = mkdtempSync(join(tmpdir(), "estiba-save-"));
});
afterAll(() => rmSync(held.folder, { recursive: true, force: true }));

const at = (name: string): string => join(held.folder, name);

async function idOf(name: string): Promise<string> {
  return (await engine.ok(["images", "-q", "--no-trunc", name])).replace("sha256:", "");
}

async function skopeoConfig(source: string): Promise<unknown> {
  const { code, stdout, stderr } = await runCommand(["skopeo", "--insecure-policy", "inspect", "--config", source]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

describe.each([
  ["docker-archive", (path: string) => `docker-archive:${path}`],
  ["docker-archive", (path: string) => `oci-archive:${path}`],
  ["oci-archive", (path: string) => `oci-archive:${path}`],
  ["oci-dir", (path: string) => `oci:${path}`],
  ["docker-dir", (path: string) => `dir:${path}`],
])("--format %s", (format, source) => {
  test("skopeo reads it, with the same configuration", async () => {
    const path = at(crypto.randomUUID());
    await engine.ok(["save", "--format", format, "-o", path, OTHER]);
    const config = JSON.parse(await engine.ok(["image", "inspect", OTHER])) as [{ RootFS: { Layers: string[] } }];
    expect(await skopeoConfig(source(path))).toMatchObject({ rootfs: { diff_ids: config[0].RootFS.Layers } });
  });
});

test("what was saved is the same image when it is loaded again, under its names, several at once", async () => {
  const ids = [await idOf(IMAGE), await idOf(OTHER)];
  await engine.ok(["tag", OTHER, "another:3"]);
  await engine.ok(["save", "-o", at("two.tar"), IMAGE, OTHER, "another:3"]);
  await engine.ok(["rmi", "--force", OTHER, "another:3", IMAGE]);
  const loaded = await engine.ok(["load", "-q", "-i", at("two.tar")]);
  for (const name of [IMAGE, OTHER, "another:3"]) expect(loaded).toContain(name);
  expect([await idOf(IMAGE), await idOf(OTHER), await idOf("another:3")]).toEqual([ids[0], ids[1], ids[1]] as string[]);
  await engine.ok(["rmi", "another:3"]);
});

test("the same images give the same bytes, on stdout too; --uncompressed unpacks the layers", async () => {
  await engine.ok(["save", "-o", at("a.tar"), OTHER]);
  const { bytes } = await engine.run(["save", OTHER]);
  expect(Buffer.compare(readFileSync(at("a.tar")), bytes)).toBe(0);
  await engine.ok(["save", "--uncompressed", "-o", at("plain.tar"), IMAGE]);
  const manifest = await runCommand(["tar", "-xOf", at("plain.tar"), "manifest.json"]);
  const [
    {
      Layers: [layer = ""],
    },
  ] = JSON.parse(manifest.stdout) as [{ Layers: string[] }];
  const { RootFS } = (
    JSON.parse(await engine.ok(["image", "inspect", IMAGE])) as [{ RootFS: { Layers: string[] } }]
  )[0];
  expect(layer).toBe(`blobs/${RootFS.Layers[0]?.replace(":", "/")}`);
});

test("push knows places on this host: oci:, dir:, oci-archive:, docker-archive:", async () => {
  await engine.ok(["push", OTHER, `oci:${at("layout")}:named`]);
  expect(existsSync(at("layout/oci-layout"))).toBe(true);
  await engine.ok(["push", OTHER, `dir:${at("dir")}`]);
  expect(readFileSync(at("dir/version"), "utf8")).toStartWith("Directory Transport Version");
  await engine.ok(["push", OTHER, `docker-archive:${at("d.tar")}:renamed:5`]);
  expect(await engine.ok(["load", "-q", "-i", at("d.tar")])).toContain("renamed:5");
  await engine.ok(["rmi", "renamed:5"]);
});

test("an unknown image, a folder that is not empty or a full disk leaves nothing", async () => {
  const unknown = await engine.run(["save", "-o", at("none.tar"), "nothere:1"]);
  expect([unknown.code, existsSync(at("none.tar"))]).toEqual([125, false]);
  const used = await engine.run(["save", "--format", "oci-dir", "-o", held.folder, OTHER]);
  expect([used.code, used.stderr]).toEqual([125, expect.stringContaining("is not empty")]);
  expect(statSync(held.folder).isDirectory()).toBe(true);
  const noFolder = await engine.run(["save", "--format", "oci-dir", OTHER]);
  expect(noFolder.stderr).toContain("--output FOLDER");
  const disk = at("disk");
  mkdirSync(disk);
  expect(await runCommand(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk])).toMatchObject({ code: 0 });
  try {
    for (const words of [
      ["save", "-o", join(disk, "full.tar"), OTHER],
      ["save", "--format", "oci-dir", "-o", join(disk, "full/inner"), OTHER],
      ["push", OTHER, `docker-archive:${join(disk, "pushed.tar")}`],
    ]) {
      const { code, stderr } = await engine.run(words);
      expect([code, stderr]).toEqual([125, expect.stringContaining("no space left")]);
      expect(readdirSync(disk)).toEqual([]);
    }
  } finally {
    await runCommand(["umount", disk]);
  }
  await engine.expectClean();
});

test("pull knows the same places, one image of several by its name; digests stay", async () => {
  const [folder, file, dir] = [at("pull-oci"), at("pull.tar"), at("pull-dir")];
  await engine.ok(["tag", "bb:1", "pulled:7"]);
  const id = await engine.ok(["image", "inspect", "--format", "{{.Id}}", "pulled:7"]);
  await engine.ok(["save", "--format", "oci-dir", "-o", folder, "pulled:7"]);
  await engine.ok(["save", "-o", file, "bb:1", "pulled:7"]);
  await engine.ok(["save", "--format", "docker-dir", "-o", dir, "pulled:7"]);
  await engine.ok(["untag", "pulled:7"]);
  for (const place of [`oci:${folder}`, `oci-archive:${file}:pulled:7`, `docker-archive:${file}:pulled:7`]) {
    expect(await engine.ok(["pull", "-q", place])).toBe(id);
    await engine.ok(["untag", "pulled:7"]);
  }
  expect(await engine.ok(["pull", "-q", `dir:${dir}`])).toBe(id);
  const { code, stderr } = await engine.run(["pull", "-q", `oci:${folder}:none`]);
  expect([code, stderr.includes('has not one image "none"')]).toEqual([125, true]);
});
