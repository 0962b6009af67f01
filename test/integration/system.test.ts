import { expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IMAGE, useEngine } from "../fixtures/engine.ts";

const estiba = useEngine();

type Row = { readonly Type: string; readonly Total: number; readonly Active: number } & Readonly<
  Record<"RawSize" | "RawReclaimable", number>
>;

type Descriptors<Name extends string> = Readonly<Record<Name, readonly { readonly digest: string }[]>>;

async function usage(): Promise<{ images: Row; containers: Row; volumes: Row }> {
  const [images, containers, volumes] = JSON.parse(await estiba.ok(["system", "df", "--format", "json"])) as Row[];
  if (images === undefined || containers === undefined || volumes === undefined) throw new Error("rows are missing");
  return { images, containers, volumes };
}

const WRITE = "dd if=/dev/zero of=/f bs=1024 count=1000 2>/dev/null; ln /f /g; echo 12345 >/data/v";

test("system df counts data once: layers of several images, names of one file, and tells what could be freed", async () => {
  const alone = (await usage()).images.RawSize;
  await estiba.ok(["tag", IMAGE, "second:1"]);
  await estiba.ok(["run", "--name", "c", "-v", "v:/data", IMAGE, "sh", "-c", WRITE]);
  await estiba.ok(["volume", "create", "empty"]);
  await estiba.ok(["commit", "-q", "c", "derived:1"]);
  const { images, containers, volumes } = await usage();
  expect(containers).toMatchObject({ Total: 1, Active: 0, RawSize: 1_024_000, RawReclaimable: 1_024_000 });
  expect(volumes).toMatchObject({ Total: 2, Active: 1, RawSize: 6, RawReclaimable: 0 });
  expect(images).toMatchObject({ Total: 2, Active: 1 });
  // The image that was there, the layer above it, and that layer compressed: zeros take next to nothing.
  expect(images.RawSize - alone).toBeGreaterThan(1_024_000);
  expect(images.RawSize - alone).toBeLessThan(1_100_000);
  expect(images.RawReclaimable).toBe(images.RawSize - alone);
  const table = (await estiba.ok(["system", "df"])).split("\n");
  expect(table[0]?.split(/ {2,}/)).toEqual(["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"]);
  expect(table[2]?.split(/ {2,}/)).toEqual(["Containers", "1", "0", "1.024MB", "1.024MB (100%)"]);
  const verbose = await estiba.ok(["system", "df", "-v"]);
  expect(verbose).toMatch(/localhost\/derived +1 +[0-9a-f]{12} .* 1\.\d+MB +0\n/);
  expect(verbose).toMatch(/\nv +1 +6B/);
  await estiba.ok(["rmi", "derived:1", "second:1"]);
  await estiba.ok(["rm", "c"]);
  await estiba.ok(["volume", "rm", "v", "empty"]);
});

test("system prune asks, then removes what nobody uses and tells how much that was", async () => {
  await estiba.ok(["run", "--name", "old", "-v", "kept:/data", IMAGE, "sh", "-c", WRITE]);
  await estiba.detached(["--name", "up", "-v", "used:/data"], "sleep", "1000");
  await estiba.ok(["commit", "-q", "old"]);
  const asked = await estiba.run(["system", "prune", "--all", "--volumes"], { stdin: "no\n" });
  expect(asked).toMatchObject({ code: 0, stdout: "" });
  expect(asked.stderr).toContain(
    "\t- all stopped containers\n\t- all networks not used by at least one container\n\t- all volumes not used by at least one container\n",
  );
  expect(await estiba.ok(["system", "prune", "-f", "--filter", "label=none"])).toBe("Total reclaimed space: 0B");
  const lines = (await estiba.ok(["system", "prune", "-f"])).split("\n");
  expect(lines.filter((line) => line.startsWith("Deleted"))).toEqual(["Deleted Containers", "Deleted Images"]);
  expect(lines.at(-1)).toMatch(/^Total reclaimed space: 2\.\d+MB$/);
  expect(await estiba.ok(["system", "prune", "-f", "--volumes"])).toBe(
    "Deleted Volumes\nkept\nTotal reclaimed space: 6B",
  );
  expect(await estiba.ok(["ps", "-a", "--format", "{{.Names}}"])).toBe("up");
  expect(await estiba.ok(["volume", "ls", "-q"])).toBe("used");
  for (const option of ["--external", "--build"]) {
    const { code, stderr } = await estiba.run(["system", "prune", option]);
    expect([code, stderr.includes(`${option} is not supported`)]).toEqual([125, true]);
  }
  await estiba.ok(["rm", "-f", "-t", "0", "up"]);
  await estiba.ok(["volume", "rm", "used"]);
});

test("what a load that failed has left counts as reclaimable, and a prune without a filter frees it", async () => {
  await estiba.ok(["run", "--name", "c", IMAGE, "dd", "if=/dev/urandom", "of=/f", "bs=1M", "count=20"]);
  await estiba.ok(["commit", "-q", "c", "broken:1"]);
  const layout = estiba.path("broken");
  await estiba.ok(["save", "--format", "oci-dir", "-o", layout, "broken:1"]);
  await estiba.ok(["rm", "c"]);
  await estiba.ok(["rmi", "broken:1"]);
  const blob = (digest = ""): string => join(layout, "blobs", digest.replace(":", "/"));
  const { manifests } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as Descriptors<"manifests">;
  const { layers } = JSON.parse(readFileSync(blob(manifests[0]?.digest), "utf8")) as Descriptors<"layers">;
  // Told by its digest alone, when all of it was read: the small layer below is unpacked by then.
  const upper = blob(layers.at(-1)?.digest);
  const bytes = readFileSync(upper);
  writeFileSync(upper, bytes.fill(1, bytes.length - 8));
  const base = (await usage()).images;
  await estiba.ok(["rmi", "-f", IMAGE]);
  expect((await estiba.run(["load", "-q", "-i", layout])).code).toBe(125);
  const { images } = await usage();
  expect(images.RawReclaimable).toBe(images.RawSize);
  expect(images.RawSize).toBeGreaterThan(base.RawSize / 2);
  expect(await estiba.ok(["image", "prune", "-f", "--filter", "label=none"])).toBe("");
  expect((await usage()).images.RawSize).toBe(images.RawSize);
  expect(await estiba.ok(["system", "prune", "-f"])).toMatch(/^Total reclaimed space: \d+\.\d+MB$/);
  expect((await usage()).images.RawSize).toBe(0);
  await estiba.expectClean();
  await estiba.load();
});

test("info and version answer templates by Podman's and by Docker's names", async () => {
  const version = await estiba.ok(["version", "--format", "{{.Client.Version}}"]);
  expect(await estiba.ok(["version", "-f", "{{.Server.Version}}"])).toBe(version);
  expect(JSON.parse(await estiba.ok(["version", "-f", "json"]))).toMatchObject({
    Client: { Version: version, Os: "linux" },
  });
  const names =
    "{{.ServerVersion}} {{.Driver}} {{.Store.GraphRoot}} {{.Host.OCIRuntime.Name}} {{.store.imageStore.number}}";
  const [server, driver, root, runtime, images] = (await estiba.ok(["info", "--format", names])).split(" ");
  expect([server, driver, root, images]).toEqual([version, "overlay", estiba.root, "1"]);
  expect(["crun", "runc"]).toContain(runtime ?? "");
  const keys = Object.keys(JSON.parse(await estiba.ok(["system", "info", "--format", "json"])) as object);
  expect(keys).toEqual(["host", "plugins", "registries", "store", "version"]);
});

test("completion scripts go to a file, with or without meanings, and renumber and migrate have nothing to do", async () => {
  const file = estiba.path("fish");
  await estiba.ok(["completion", "fish", "--no-desc", "--file", file]);
  expect(readFileSync(file, "utf8")).toContain("__complete --no-desc --");
  expect(await estiba.ok(["__complete", "--no-desc", "--", "system", "re"])).toBe("words\nrenumber\nreset");
  expect((await estiba.ok(["__complete", "--", "system", "re"])).split("\n")[1]).toMatch(/^renumber\t/);
  await estiba.ok(["network", "create", "brook"]);
  // The default network is offered in any case; others by their names.
  const words = estiba.argv(["run", "--network", "br"]).slice(1);
  const networks = await estiba.ok(["__complete", "--no-desc", "--", ...words]);
  expect(networks.split("\n")).toEqual(["words", "bridge", "brook"]);
  await estiba.ok(["network", "rm", "brook"]);
  const { code, stderr } = await estiba.run(["completion", "powershell"]);
  expect([code, stderr.includes('no completion for "powershell"')]).toEqual([125, true]);
  expect(await estiba.ok(["system", "migrate"])).toBe("");
  expect(await estiba.ok(["system", "renumber"])).toBe("");
});

test("system reset asks, and then leaves nothing", async () => {
  const roots = ["--root", estiba.path("other"), "--runroot", estiba.path("other-run")];
  const other = async (...args: string[]) => await estiba.ok([...roots, ...args]);
  await other("load", "-q", "-i", join(estiba.folder, "layouts/bb-1"));
  const mounted = await other("image", "mount", IMAGE);
  await other("create", "--name", "c", IMAGE);
  expect(await estiba.run([...roots, "system", "reset"], { stdin: "\n" })).toMatchObject({ code: 0 });
  expect(statSync(mounted).isDirectory()).toBe(true);
  expect(await estiba.run([...roots, "system", "reset"], { stdin: "y\n" })).toMatchObject({ code: 0 });
  expect([existsSync(estiba.path("other")), existsSync(mounted)]).toEqual([false, false]);
});
