import { expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const estiba = useEngine();

/** An image above busybox with a label; gives its id. */
async function derive(name: string, label: string): Promise<string> {
  const id = await estiba.ok(["create", IMAGE]);
  try {
    return await estiba.ok(["commit", "-q", "-c", `LABEL kind=${label}`, id, ...(name === "" ? [] : [name])]);
  } finally {
    await estiba.ok(["rm", id]);
  }
}

async function listed(...args: string[]): Promise<string[]> {
  const text = await estiba.ok(["images", "--format", "{{.Repository}}:{{.Tag}}", ...args]);
  return text === "" ? [] : text.split("\n").sort();
}

test("image exists tells by its exit code alone", async () => {
  expect(await estiba.run(["image", "exists", IMAGE])).toMatchObject({ code: 0, stdout: "", stderr: "" });
  expect(await estiba.run(["image", "exists", "nobody:1"])).toMatchObject({ code: 1, stdout: "", stderr: "" });
});

test("untag takes the names that were given, or all, and none when one of them is wrong", async () => {
  await estiba.ok(["tag", IMAGE, "second:1", "third:1"]);
  const wrong = await estiba.run(["untag", IMAGE, "second:1", "fourth:1"]);
  expect([wrong.code, wrong.stderr.includes("tag not known")]).toEqual([125, true]);
  expect(await listed()).toEqual(["localhost/bb:1", "localhost/second:1", "localhost/third:1"]);
  await estiba.ok(["untag", IMAGE, "second:1"]);
  expect(await listed()).toEqual(["localhost/bb:1", "localhost/third:1"]);
  const id = await estiba.ok(["images", "-q", "--no-trunc", IMAGE]);
  await estiba.ok(["image", "untag", id.split("\n")[0] ?? ""]);
  expect(await listed("--filter", "dangling=true")).toEqual(["<none>:<none>"]);
  await estiba.ok(["tag", id.split("\n")[0] ?? "", IMAGE]);
});

test("filters choose images, their opposites the others, and an unknown one is refused", async () => {
  await derive("old:1", "a");
  await derive("new:1", "b");
  expect(await listed("-f", "label=kind=a")).toEqual(["localhost/old:1"]);
  expect(await listed("-f", "label=kind")).toEqual(["localhost/new:1", "localhost/old:1"]);
  expect(await listed("-f", "label!=kind")).toEqual(["localhost/bb:1"]);
  expect(await listed("-f", "since=old:1")).toEqual(["localhost/new:1"]);
  expect(await listed("-f", "before=old:1")).toEqual(["localhost/bb:1"]);
  expect(await listed("-f", "until=24h")).toEqual(["localhost/bb:1"]);
  expect(await listed("-f", "reference=*ld*")).toEqual(["localhost/old:1"]);
  expect(await listed("-f", "reference!=*ld*", "-f", "reference!=new")).toEqual(["localhost/bb:1"]);
  expect(await listed("-f", "readonly=true")).toEqual([]);
  expect(await listed("-f", "containers=true")).toEqual([]);
  const digest = await estiba.ok(["image", "inspect", "--format", "{{.Digest}}", "new:1"]);
  expect(await listed("-f", `digest=${digest}`)).toEqual(["localhost/new:1"]);
  expect((await estiba.ok(["images", "--history", "-n", "new:1"])).split(/ {2,}/)).toContain("localhost/new:1");
  const unknown = await estiba.run(["images", "-f", "colour=red"]);
  expect([unknown.code, unknown.stderr.includes('unsupported image filter "colour"')]).toEqual([125, true]);
  await estiba.ok(["rmi", "--no-prune", "old:1", "new:1"]);
  expect(await estiba.run(["rmi", "old:1"])).toMatchObject({ code: 1 });
});

test("image prune asks, then takes those without a name, or with --all those without containers", async () => {
  const nameless = await derive("", "none");
  await derive("kept:1", "x");
  await estiba.ok(["create", "--name", "user", "kept:1"]);
  await derive("unused:1", "y");
  const asked = await estiba.run(["image", "prune"], { stdin: "n\n" });
  expect(asked).toMatchObject({ code: 0, stdout: "" });
  expect(asked.stderr).toStartWith("WARNING! This command removes all dangling images.\nAre you sure");
  expect(await estiba.ok(["image", "prune"], { stdin: "y\n" })).toBe(nameless);
  expect(await estiba.ok(["image", "prune", "-a", "-f", "--filter", "label=kind=z"])).toBe("");
  await estiba.ok(["image", "prune", "-a", "-f", "--filter", "label=kind"]);
  expect(await listed()).toEqual(["localhost/bb:1", "localhost/kept:1"]);
  const refused = await estiba.run(["image", "prune", "--build-cache"]);
  expect([refused.code, refused.stderr.includes("--build-cache is not supported")]).toEqual([125, true]);
  await estiba.ok(["rm", "user"]);
  await estiba.ok(["rmi", "kept:1"]);
});

test("a mounted image shows its root read-only until it is unmounted, and is not removed meanwhile", async () => {
  await derive("shown:1", "x");
  const path = await estiba.ok(["image", "mount", "shown:1"]);
  expect(readdirSync(path)).toContain("etc");
  expect(() => Bun.spawnSync(["touch", join(path, "x")]).exitCode).not.toThrow();
  expect(existsSync(join(path, "x"))).toBe(false);
  expect(await estiba.ok(["image", "mount"])).toBe(`localhost/shown:1  ${path}`);
  const [row] = JSON.parse(await estiba.ok(["image", "mount", "--format", "json"])) as { mountpoint: string }[];
  expect(row?.mountpoint).toBe(path);
  const { code, stderr } = await estiba.run(["rmi", "shown:1"]);
  expect([code, stderr.includes("is mounted on the host")]).toEqual([2, true]);
  await estiba.expectClean();
  await estiba.ok(["image", "umount", "shown:1"]);
  expect(existsSync(path)).toBe(false);
  await estiba.ok(["image", "mount", "--all"]);
  await estiba.ok(["rmi", "-f", "shown:1"]);
  expect(await estiba.ok(["image", "mount"])).toContain("localhost/bb:1");
  await estiba.ok(["image", "unmount", "--all"]);
  expect(await estiba.ok(["image", "mount"])).toBe("");
});

test("several that mount and unmount an image at once do not get into each other's way", async () => {
  for (let round = 0; round < 5; round++) {
    const verbs = ["mount", "unmount", "mount", "unmount", "mount", "unmount"];
    const ends = await Promise.all(verbs.map(async (verb) => await estiba.run(["image", verb, IMAGE])));
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual(verbs.map(() => [0, ""]));
  }
  await estiba.ok(["image", "unmount", IMAGE]);
  await estiba.expectClean();
});

test("image tree shows an image's layers, and what was built on it", async () => {
  await derive("one:1", "1");
  await derive("two:1", "2");
  const own = (await estiba.ok(["image", "tree", "one:1"])).split("\n");
  expect(own.slice(1, 4)).toEqual(["Tags:     [localhost/one:1]", own[2] ?? "", "Image Layers"]);
  expect(own[4]).toMatch(/^├── ID: [0-9a-f]{12} Size: .*B Top Layer of: \[localhost\/bb:1\] By: fixture layer 0$/);
  expect(own[5]).toMatch(/^└── ID: [0-9a-f]{12} Size: +0B Top Layer of: /);
  const needed = await estiba.ok(["image", "tree", "--whatrequires", IMAGE]);
  expect(needed).toContain("localhost/one:1");
  expect(needed).toContain("localhost/two:1");
  await estiba.ok(["rmi", "one:1", "two:1"]);
});
