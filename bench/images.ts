import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { output, type Place } from "./process.ts";

/** The big image is cut at the size of a small Debian system. */
const BIG_BYTES = 210_000_000;
const BIG_ENTRIES = 6_800;
const LARGE_FILE_BYTES = 150_000;
const SIZE_FILE = "size.json";

/**
 * Writes an OCI layout with one layer of about 210 MB and 6,800 entries under the tag `1`: what Debian's own packages put on this machine, the base system first, then
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
  const fresh = join(cache, `fresh-${process.pid}`);
  output(place, ["skopeo", "copy", "-q", `tarball:${layer}`, `oci:${fresh}:1`]);
  rmSync(layer);
  await Bun.write(join(fresh, SIZE_FILE), JSON.stringify({ bytes, entries: paths.length }));
  renameSync(fresh, layout);
  return layout;
}

/** The only layer of the big image: a tar archive, packed. */
export function bigLayer(layout: string): string {
  return blobOf(layout, manifestOf(layout).layers[0]);
}

function blobOf(layout: string, { digest }: { digest: string }): string {
  return join(layout, "blobs", digest.replace(":", "/"));
}

function manifestOf(layout: string): { layers: [{ digest: string; size: number }] } {
  const index = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
  return JSON.parse(readFileSync(blobOf(layout, index.manifests[0]), "utf8"));
}

/** What the big image weighs, for the reader: `80 MB (210 MB, 6,800 files)`. */
export function describeBigImage(layout: string): string {
  const manifest = manifestOf(layout);
  const { bytes, entries } = JSON.parse(readFileSync(join(layout, SIZE_FILE), "utf8"));
  const megabytes = (size: number): string => `${Math.round(size / 1e6)} MB`;
  return `${megabytes(manifest.layers[0].size)} (${megabytes(bytes)} unpacked, ${entries.toLocaleString("en")} files)`;
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
