import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { bigLayer } from "./images.ts";
import type { Bench } from "./measures.ts";
import type { Peer } from "./peers.ts";
import { output, time, weigh } from "./process.ts";

/** Less than the files of the big image take. */
const LEAST_BYTES = 190_000_000;

/** An image with the files of the big one that is built here, so that nobody has it packed: built, pushed to a registry that has none of it, saved. */
export async function measurePublish({ place, registry, bigLayout, record }: Bench, peer: Peer): Promise<void> {
  const folder = join(place.folder, "publish-context");
  if (!existsSync(folder)) {
    mkdirSync(join(folder, "files"), { recursive: true });
    output(place, ["tar", "-C", join(folder, "files"), "-xf", bigLayer(bigLayout)]);
  }
  // Another layer each time: a registry takes no layer twice.
  await Bun.write(join(folder, "files/once"), randomBytes(1000));
  await Bun.write(join(folder, "Dockerfile"), "FROM scratch\nCOPY files /files\n");
  const image = `${registry}/publish-${peer.name}:${randomBytes(3).toString("hex")}`;
  const archive = join(place.folder, "saved.tar");
  const layers = peer.name === "podman" ? ["--layers"] : [];
  const sample = (of: "build-copy" | "push" | "save", ...words: string[]): void => {
    const { elapsedMs, megabytes } = weigh(place, [...peer.argv, ...words]);
    record({ of, peer: peer.name, value: elapsedMs / 1000 });
    record({ of: "memory-images", peer: peer.name, value: megabytes });
  };
  sample("build-copy", "build", "-q", "-t", image, ...layers, folder);
  sample("push", "push", ...peer.pullFlags, image);
  sample("save", "save", "-o", archive, image);
  if (statSync(archive).size < LEAST_BYTES) throw new Error(`${peer.name} saved less than the image`);
  rmSync(archive);
  time(place, [...peer.argv, "rmi", image]);
}
