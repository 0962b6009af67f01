import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./measures.ts";
import type { Peer } from "./peers.ts";
import { time } from "./process.ts";

const STEPS = 12;
const CACHED_ROUNDS = 3;

/** An image of twelve RUN steps that each write a file: built from nothing, then again when every step is known. */
export async function measureBuild({ place, small, record }: Bench, peer: Peer): Promise<void> {
  const folder = join(place.folder, "build-context");
  mkdirSync(folder, { recursive: true });
  const steps = Array.from({ length: STEPS }, (_, step) => `RUN echo ${step} > /step-${step}`);
  // Every engine looks for this name by itself.
  await Bun.write(join(folder, "Dockerfile"), [`FROM ${small}`, ...steps, ""].join("\n"));
  const words = ["build", "-q", "-t", "bench-build"];
  // Podman keeps no layer of a step unless it is told to.
  const layers = peer.name === "podman" ? ["--layers"] : [];
  record({
    of: "build",
    peer: peer.name,
    value: time(place, [...peer.argv, ...words, ...layers, "--no-cache", folder]),
  });
  for (let round = 0; round < CACHED_ROUNDS; round += 1)
    record({ of: "build-cached", peer: peer.name, value: time(place, [...peer.argv, ...words, ...layers, folder]) });
}
