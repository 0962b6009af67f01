import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./measures.ts";
import type { Peer } from "./peers.ts";
import { time, weigh } from "./process.ts";

const STEPS = 12;
const CACHED_ROUNDS = 3;
const CONTEXT_FILES = 20_000;
const CONTEXT_FILE_BYTES = 50_000;
const FILES_IN_FOLDER = 200;

/** An image of twelve RUN steps that each write a file: built from nothing, then again when every step is known. */
export async function measureBuild({ place, small, record }: Bench, peer: Peer): Promise<void> {
  const folder = join(place.folder, "build-context");
  mkdirSync(folder, { recursive: true });
  const steps = Array.from({ length: STEPS }, (_, step) => `RUN echo ${step} > /step-${step}`);
  // Every engine looks for this name by itself.
  await Bun.write(join(folder, "Dockerfile"), [`FROM ${small}`, ...steps, ""].join("\n"));
  const build = [...peer.argv, "build", "-q", "-t", "bench-build", ...layersOf(peer)];
  record({ of: "build", peer: peer.name, value: time(place, [...build, "--no-cache", folder]) });
  for (let round = 0; round < CACHED_ROUNDS; round += 1)
    record({ of: "build-cached", peer: peer.name, value: time(place, [...build, folder]) });
}

/** A context of 1 GB that has been built before. */
export async function measureContext({ place, record }: Bench, peer: Peer): Promise<void> {
  const folder = join(place.folder, "large-context");
  if (!existsSync(folder))
    await writeFiles(join(folder, "files"), { count: CONTEXT_FILES, sizeBytes: CONTEXT_FILE_BYTES });
  await Bun.write(join(folder, "Dockerfile"), "FROM scratch\nCOPY files /files\n");
  const build = [...peer.argv, "build", "-q", "-t", "bench-context", ...layersOf(peer), folder];
  // The first one of a peer fills its cache, the others find it.
  time(place, build);
  const { elapsedMs, megabytes } = weigh(place, build);
  record({ of: "build-context", peer: peer.name, value: elapsedMs / 1000 });
  record({ of: "memory-images", peer: peer.name, value: megabytes });
}

/** Writes files of noise, as sources and programs are: they do not pack well. */
async function writeFiles(folder: string, { count, sizeBytes }: { count: number; sizeBytes: number }): Promise<void> {
  const noise = randomBytes(2 * sizeBytes);
  for (let index = 0; index < count; index += 1) {
    const path = join(folder, String(Math.floor(index / FILES_IN_FOLDER)), String(index));
    // Text and noise in equal parts.
    const start = index % sizeBytes;
    const half = Math.floor(sizeBytes / 2);
    await Bun.write(
      path,
      Buffer.concat([noise.subarray(start, start + half), Buffer.alloc(sizeBytes - half, `${index} `)]),
    );
  }
}

// Podman keeps no layer of a step unless it is told to.
function layersOf({ name }: Peer): string[] {
  return name === "podman" ? ["--layers"] : [];
}
