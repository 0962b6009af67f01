import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { output, type Place } from "./process.ts";

const APPLETS: readonly string[] = ["sh", "true", "sleep", "httpd", "echo", "cat", "ls"];

/** The big image is cut at the size of a small Debian system. */
const BIG_BYTES = 210_000_000;
const BIG_ENTRIES = 6_800;
const LARGE_FILE_BYTES = 150_000;
const SIZE_FILE = "size.json";

/** Writes an OCI layout with Debian's busybox-static under the tag `1`, and returns its folder. */
export async function makeSmallImage(place: Place): Promise<string> {
  const tree = join(place.folder, "busybox-tree");
  mkdirSync(join(tree, "bin"), { recursive: true });
  copyFileSync("/bin/busybox", join(tree, "bin/busybox"));
  for (const name of APPLETS) symlinkSync("busybox", join(tree, "bin", name));
  const layer = join(place.folder, "busybox.tar");
  output(place, ["tar", "--sort=name", "--owner=0", "--group=0", "--mtime=@0", "-C", tree, "-cf", layer, "."]);
  return await makeLayout(place, layer, join(place.folder, "busybox-layout"));
}

/**
 * The same for a layer of about 210 MB and 6,800 entries: what Debian's own packages put on this machine, the base system first, then
 * large files of the others. It takes some seconds, so the layout stays in `cache`.
 */
export async function makeBigImage(place: Place, cache: string): Promise<string> {
  const layout = join(cache, "big-layout");
  if (existsSync(layout)) return layout;
  const layer = join(place.folder, "big.tar");
  const list = join(place.folder, "big.list");
  const { paths, bytes } = chooseFiles(place);
  await Bun.write(list, `${paths.join("\n")}\n`);
  output(place, ["tar", "--no-recursion", "--mtime=@0", "-C", "/", "-cf", layer, "-T", list]);
  mkdirSync(cache, { recursive: true });
  const fresh = await makeLayout(place, layer, join(cache, `fresh-${process.pid}`));
  rmSync(layer);
  await Bun.write(join(fresh, SIZE_FILE), JSON.stringify({ bytes, entries: paths.length }));
  renameSync(fresh, layout);
  return layout;
}

/** Copies the tag `1` of a layout to a registry without TLS. */
export function pushImage(place: Place, layout: string, reference: string): void {
  output(place, ["skopeo", "copy", "-q", "--dest-tls-verify=false", `oci:${layout}:1`, `docker://${reference}`]);
}

/** What the big image weighs, for the reader: `80 MB (210 MB, 6,800 files)`. */
export function describeBigImage(layout: string): string {
  const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
  const manifest = JSON.parse(readFileSync(blobPath(layout, index.manifests[0].digest), "utf8"));
  const { bytes, entries } = JSON.parse(readFileSync(join(layout, SIZE_FILE), "utf8"));
  const megabytes = (size: number): string => `${Math.round(size / 1e6)} MB`;
  return `${megabytes(manifest.layers[0].size)} (${megabytes(bytes)} unpacked, ${entries.toLocaleString("en")} files)`;
}

async function makeLayout(place: Place, layer: string, layout: string): Promise<string> {
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const diffId = `sha256:${output(place, ["sha256sum", layer]).slice(0, 64)}`;
  output(place, ["gzip", "-n", "-6", "-k", layer]);
  const compressed = `${layer}.gz`;
  const descriptor = {
    digest: `sha256:${output(place, ["sha256sum", compressed]).slice(0, 64)}`,
    size: statSync(compressed).size,
  };
  copyFileSync(compressed, blobPath(layout, descriptor.digest));
  rmSync(compressed);
  const architecture = process.arch === "arm64" ? "arm64" : "amd64";
  const imageConfig = {
    architecture,
    os: "linux",
    config: { Cmd: ["sh"], Env: ["PATH=/bin"] },
    rootfs: { type: "layers", diff_ids: [diffId] },
  };
  const config = await writeBlob(layout, imageConfig);
  const oci = "application/vnd.oci.image";
  const manifest = await writeBlob(layout, {
    schemaVersion: 2,
    mediaType: `${oci}.manifest.v1+json`,
    config: { mediaType: `${oci}.config.v1+json`, ...config },
    layers: [{ mediaType: `${oci}.layer.v1.tar+gzip`, ...descriptor }],
  });
  const annotations = { "org.opencontainers.image.ref.name": "1" };
  const entry = { mediaType: `${oci}.manifest.v1+json`, ...manifest, annotations };
  await Bun.write(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  await Bun.write(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return layout;
}

async function writeBlob(layout: string, content: unknown): Promise<{ digest: string; size: number }> {
  const text = JSON.stringify(content);
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  await Bun.write(blobPath(layout, digest), text);
  return { digest, size: Buffer.byteLength(text) };
}

function blobPath(layout: string, digest: string): string {
  return join(layout, "blobs/sha256", digest.slice("sha256:".length));
}

function chooseFiles(place: Place): { paths: string[]; bytes: number } {
  const chosen = new Set<string>();
  let bytes = 0;
  const take = (path: string, least: number): void => {
    if (bytes >= BIG_BYTES || chosen.size >= BIG_ENTRIES) return;
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined || path === "/" || !(stat.isFile() || stat.isDirectory() || stat.isSymbolicLink())) return;
    if (least > 0 && !(stat.isFile() && stat.size >= least)) return;
    // Packages still name /bin/sh where /bin is a link to usr/bin.
    const real = join(realpathSync(dirname(path)), basename(path)).slice(1);
    if (real.includes("\n") || chosen.has(real)) return;
    chosen.add(real);
    if (stat.isFile()) bytes += stat.size;
  };
  const format = "${Priority} ${binary:Package}\n";
  const packages = output(place, ["dpkg-query", "-W", "-f", format])
    .trim()
    .split("\n")
    .map((line) => line.split(" "));
  const isBase = ([priority = ""]: string[]): boolean => ["required", "important"].includes(priority);
  const named = (list: string[][]): string[] => list.map(([, name = ""]) => name).sort();
  const room = BIG_ENTRIES - 80;
  for (const path of named(packages.filter(isBase)).flatMap(listPackage)) if (chosen.size < room) take(path, 0);
  for (const path of named(packages.filter((entry) => !isBase(entry))).flatMap(listPackage))
    take(path, LARGE_FILE_BYTES);
  return { paths: [...chosen].sort(), bytes };
}

function listPackage(name: string): string[] {
  const path = [name, name.split(":")[0]]
    .map((base) => `/var/lib/dpkg/info/${base}.list`)
    .find((list) => existsSync(list));
  return path === undefined ? [] : readFileSync(path, "utf8").trim().split("\n");
}
