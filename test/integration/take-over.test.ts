import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chownSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";
import { dockerArchive, missingEngine, type OtherEngine, openDocker, openPodman } from "../fixtures/other-engines.ts";

const LAYERED = "two:1";
const estiba = useEngine({
  images: [{ name: LAYERED, layers: [{ files: { "etc/extra": "extra\n", "deep/er/file": "x".repeat(3_000_000) } }] }],
});

const archive = async (name: string): Promise<string> =>
  await dockerArchive(estiba.images.get(name)?.layout ?? "", name, estiba.path(`${name.replace(":", "-")}.tar`));

const idOf = (name: string): string => estiba.images.get(name)?.id ?? "";

/** Fills a volume's folder with what a copy can lose. */
function fill(data: string): void {
  writeFileSync(join(data, "owned"), "content");
  chownSync(join(data, "owned"), 12, 34);
  symlinkSync("owned", join(data, "link"));
  mkdirSync(join(data, "private"), { mode: 0o700 });
}

function expectFilled(data: string): void {
  expect(lstatSync(join(data, "owned"))).toMatchObject({ uid: 12, gid: 34, size: 7 });
  expect(readlinkSync(join(data, "link"))).toBe("owned");
  expect(lstatSync(join(data, "private")).mode & 0o7777).toBe(0o700);
}

async function dataOf(volume: string): Promise<string> {
  return await estiba.ok(["volume", "inspect", "--format", "{{.Mountpoint}}", volume]);
}

async function forget(...names: string[]): Promise<void> {
  for (const name of names) await estiba.ok(["rmi", "-f", "-i", name]);
}

const noPodman = missingEngine("podman");

describe.skipIf(noPodman !== undefined)(`from Podman${noPodman === undefined ? "" : ` (skipped: ${noPodman})`}`, () => {
  let podman: OtherEngine;

  beforeAll(async () => {
    podman = openPodman(estiba.path("podman"));
    for (const name of [IMAGE, LAYERED]) await podman.ok("load", "-q", "-i", await archive(name));
    await podman.ok("tag", LAYERED, "quay.example/team/app:2");
  }, 60_000);

  afterAll(async () => await podman[Symbol.asyncDispose]());

  test("images come with their ids and names, by name, by id or all, and run", async () => {
    const from = ["image", "import-from", "--root", podman.root, "podman"];
    const lines = (await estiba.ok([...from, "quay.example/team/app:2"])).split("\n").sort();
    expect(lines).toEqual(["Imported image: docker.io/library/two:1", "Imported image: quay.example/team/app:2"]);
    const listed = await estiba.ok(["images", "--no-trunc", "--format", "{{.ID}}", "quay.example/team/app:2"]);
    expect(new Set(listed.split("\n"))).toEqual(new Set([`sha256:${idOf(LAYERED)}`]));
    const look = ["run", "--rm", "quay.example/team/app:2", "sh", "-c", "cat /etc/extra; wc -c </deep/er/file"];
    expect(await estiba.ok(look)).toBe("extra\n3000000");
    expect((await estiba.ok([...from, idOf(IMAGE).slice(0, 12)])).split("\n")).toEqual([
      "Imported image: docker.io/library/bb:1",
    ]);
    expect((await estiba.ok([...from, "--all", "-q"])).split("\n")).toHaveLength(3);
    const unknown = await estiba.run([...from, "nobody:1"]);
    expect([unknown.code, unknown.stderr.includes('the other engine has no image "nobody:1"')]).toEqual([125, true]);
    await forget("quay.example/team/app:2", "docker.io/library/two:1", "docker.io/library/bb:1");
  });

  test("volumes come with labels, options and everything in them, and are not overwritten", async () => {
    await podman.ok("volume", "create", "--label", "team=red", "data");
    await podman.ok("volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "scratch");
    fill(join(podman.root, "volumes/data/_data"));
    const from = ["volume", "import-from", "--root", podman.root, "podman"];
    expect((await estiba.ok([...from, "--all"])).split("\n")).toEqual(["data", "scratch"]);
    expectFilled(await dataOf("data"));
    expect(await estiba.ok(["volume", "inspect", "--format", "{{.Labels.team}}", "data"])).toBe("red");
    expect(await estiba.ok(["volume", "inspect", "--format", "{{.Options.type}}", "scratch"])).toBe("tmpfs");
    const again = await estiba.run([...from, "data"]);
    expect([again.code, again.stderr.includes("has something in it")]).toEqual([125, true]);
    const unknown = await estiba.run([...from, "nothing"]);
    expect([unknown.code, unknown.stderr.includes('has no volume "nothing"')]).toEqual([125, true]);
    await estiba.ok(["volume", "rm", "data", "scratch"]);
  });
});

test("volumes of a newer Podman have their labels in SQLite", async () => {
  const root = estiba.path("podman5");
  mkdirSync(join(root, "volumes/v/_data"), { recursive: true });
  mkdirSync(join(root, "volumes/plugged/_data"), { recursive: true });
  writeFileSync(join(root, "volumes/v/_data/f"), "x");
  using database = new Database(join(root, "db.sql"), { create: true });
  database.run("CREATE TABLE VolumeConfig (Name TEXT PRIMARY KEY, StorageID TEXT, JSON TEXT NOT NULL)");
  const configs = [
    { name: "v", labels: { a: "b" }, volumeDriver: "local", isAnon: true },
    { name: "plugged", volumeDriver: "nfs-plugin" },
  ];
  for (const config of configs)
    database.run("INSERT INTO VolumeConfig VALUES (?, '', ?)", [config.name, JSON.stringify(config)]);
  const { code, stdout, stderr } = await estiba.run(["volume", "import-from", "podman", "--root", root, "--all"]);
  expect([code, stdout]).toEqual([125, "v\n"]);
  expect(stderr).toContain('the volume "plugged" belongs to the driver "nfs-plugin"');
  expect(await estiba.ok(["volume", "inspect", "--format", "{{.Labels.a}} {{.Anonymous}}", "v"])).toBe("b true");
  await estiba.ok(["volume", "rm", "v"]);
});

test("an engine that is none, a root without images and names beside --all are refused", async () => {
  for (const [args, text] of [
    [["image", "import-from", "lxc", "x"], "no engine to bring anything from"],
    [["image", "import-from", "docker", "--root", "/nowhere", "--all"], "no images of Docker's overlay2 driver"],
    [["image", "import-from", "podman", "--root", "/nowhere", "--all"], "cannot read"],
    [["image", "import-from", "podman"], "nothing was named"],
    [["volume", "import-from", "docker", "--all", "x"], "--all takes no names"],
    [["volume", "import-from", "docker", "--root", "/nowhere", "--all"], "cannot read"],
  ] as const) {
    const { code, stderr } = await estiba.run(args);
    expect([args, code, stderr.includes(text)]).toEqual([args, 125, true]);
  }
});

const noDocker = missingEngine("dockerd");

describe.skipIf(noDocker !== undefined)(`from Docker${noDocker === undefined ? "" : ` (skipped: ${noDocker})`}`, () => {
  let docker: OtherEngine;

  beforeAll(async () => {
    docker = await openDocker(estiba.path("docker"));
    await docker.ok("load", "-i", await archive(LAYERED));
    await docker.ok(
      "run",
      "--name",
      "maker",
      "--network",
      "none",
      LAYERED,
      "sh",
      "-c",
      "echo new >/new; rm /etc/extra",
    );
    await docker.ok("commit", "maker", "registry.example/own:3");
    await docker.ok("rm", "maker");
    await docker.ok("volume", "create", "--label", "team=blue", "data");
    fill(join(docker.root, "volumes/data/_data"));
    await docker.ok("run", "-d", "--name", "user", "--network", "none", "-v", "busy:/data", LAYERED, "sleep", "1000");
  }, 60_000);

  afterAll(async () => {
    await docker.run("rm", "-f", "user");
    await docker[Symbol.asyncDispose]();
  }, 60_000);

  test("images come while the daemon runs, what was deleted in a layer stays deleted", async () => {
    const id = (await docker.ok("images", "-q", "--no-trunc", "registry.example/own:3")).trim();
    expect(await estiba.ok(["image", "import-from", "docker", "--root", docker.root, "registry.example/own:3"])).toBe(
      "Imported image: registry.example/own:3",
    );
    expect(await estiba.ok(["images", "--no-trunc", "--format", "{{.ID}}", "registry.example/own:3"])).toBe(id);
    const { stdout, stderr } = await estiba.run(["run", "--rm", "registry.example/own:3", "cat", "/new", "/etc/extra"]);
    expect([stdout, stderr.includes("/etc/extra")]).toEqual(["new\n", true]);
    await forget("registry.example/own:3");
  });

  test("a layer whose files were changed is found out, and no image is made of it", async () => {
    const [found = ""] = await Array.fromAsync(new Bun.Glob("overlay2/*/diff/new").scan({ cwd: docker.root }));
    const file = join(docker.root, found);
    expect(readFileSync(file, "utf8")).toBe("new\n");
    writeFileSync(file, "bad\n");
    const own = "registry.example/own:3";
    const { code, stderr } = await estiba.run(["image", "import-from", "docker", "--root", docker.root, own]);
    expect([code, stderr.includes("is not what")]).toEqual([125, true]);
    expect((await estiba.run(["image", "exists", own])).code).toBe(1);
    writeFileSync(file, "new\n");
    // Layers that were whole stay for the next attempt.
    await estiba.ok(["system", "check", "--repair"]);
  });

  test("a volume that a container has mounted is refused unless forced; the others come with labels and owners", async () => {
    const from = ["volume", "import-from", "--root", docker.root, "docker"];
    const { code, stdout, stderr } = await estiba.run([...from, "--all"]);
    expect([code, stdout]).toEqual([125, "data\n"]);
    expect(stderr).toContain('the volume "busy" is mounted in a container that runs');
    expectFilled(await dataOf("data"));
    expect(await estiba.ok(["volume", "inspect", "--format", "{{.Labels.team}}", "data"])).toBe("blue");
    expect(await estiba.ok([...from, "--force", "busy"])).toBe("busy");
    await estiba.ok(["volume", "rm", "data", "busy"]);
  });
});
