import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeImage } from "../test/fixtures/image.ts";
import { startRegistry } from "../test/fixtures/registry.ts";
import { CLUSTER_PARTS, measureClusters } from "./cluster/cluster.ts";
import { type Floor, measureFloor, prepareFloor } from "./floor.ts";
import { prepareInside } from "./host.ts";
import { describeBigImage, makeBigImage } from "./images.ts";
import { type Bench, HEAVY, removeExecTarget, type Sample, SINGLE, startExecTarget } from "./measures.ts";
import type { BenchOptions } from "./options.ts";
import { openPeer, type Peer } from "./peers.ts";
import { output, type Place, time } from "./process.ts";

/** What a run found, as it is stored. */
export type Results = {
  readonly samples: Sample[];
  readonly versions: Record<string, string>;
  readonly left: Record<string, string>;
  readonly pullSize: string | undefined;
  /** What could not be measured, and why. */
  readonly notes: string[];
};

/** The bench proper, inside namespaces of its own that end with this process. */
export async function measureAll(folder: string, cache: string, options: BenchOptions): Promise<Results> {
  const temporary = join(folder, "tmp");
  const place: Place = {
    folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: join(folder, "home"), TMPDIR: temporary },
  };
  mkdirSync(join(folder, "home"));
  mkdirSync(temporary);
  process.env["TMPDIR"] = temporary;
  prepareInside(folder);
  await using registry = await startRegistry();
  const samples: Sample[] = [];
  const left = new Map<string, string>();
  const image = (name: string): string => `${registry.host}/${name}:1`;
  tell("preparing the images");
  const big = options.only.some((name) => ["pull", "publish"].includes(name))
    ? await makeBigImage(place, cache)
    : undefined;
  const bench: Bench = {
    place,
    small: image("busybox"),
    big: image("big"),
    registry: registry.host,
    bigLayout: big ?? "",
    record: (sample) => samples.push(sample),
    left,
  };
  const { layout } = await makeImage(join(folder, "small"));
  await registry.push(`oci:${layout}:bb:1`, "busybox:1");
  if (big !== undefined) await registry.push(`oci:${big}:1`, "big:1");
  const peers: Peer[] = [];
  const isOfCluster = (name: string): boolean => CLUSTER_PARTS.some((part) => part === name);
  // Daemons that nobody asks anything would only take time from those that are measured.
  for (const name of options.only.every(isOfCluster) ? [] : options.peers) {
    const peer = await openPeer(name, place);
    time(place, [...peer.argv, "pull", ...peer.pullFlags, bench.small]);
    peers.push(peer);
  }
  await measureSingle(bench, peers, options);
  await measureHeavy(bench, peers, options);
  const versions = new Map<string, string>(peers.map(({ name, version }) => [name, version]));
  const notes = new Set<string>();
  if (options.only.some(isOfCluster))
    await measureClusters({ ...bench, layout, versions, notes, tell, isQuick: options.isQuick }, options);
  return {
    samples,
    versions: Object.fromEntries(versions),
    notes: [...notes],
    left: Object.fromEntries(left),
    pullSize: big === undefined ? undefined : describeBigImage(big),
  };
}

/** Every round takes each measure of each peer once, so that a slow minute of the machine hits all of them. */
async function measureSingle(bench: Bench, peers: readonly Peer[], { only, rounds }: BenchOptions): Promise<void> {
  const measures = SINGLE.filter(({ name }) => only.includes(name));
  const estiba = peers.find(({ name }) => name === "estiba");
  const targets = only.includes("exec") ? peers : [];
  for (const peer of targets) startExecTarget(bench, peer);
  const floor: Floor | undefined =
    only.includes("floor") && estiba !== undefined ? prepareFloor(bench, estiba) : undefined;
  if (measures.length > 0 || floor !== undefined)
    tell(`${rounds} rounds of ${measures.map(({ name }) => name).join(", ")}`);
  for (let round = 0; round < rounds; round += 1) {
    for (const { measure } of measures) for (const peer of peers) await measure(bench, peer);
    if (floor !== undefined) measureFloor(bench, floor, round);
  }
  for (const peer of targets) removeExecTarget(bench, peer);
  if (floor !== undefined && estiba !== undefined) output(bench.place, [...estiba.argv, "rm", "-f", floor.container]);
}

async function measureHeavy(bench: Bench, peers: readonly Peer[], { only, heavyRounds }: BenchOptions): Promise<void> {
  for (let round = 1; round <= heavyRounds; round += 1) {
    for (const { name, measure } of HEAVY.filter((heavy) => only.includes(heavy.name))) {
      for (const peer of peers) {
        tell(`${name}, ${peer.name}, round ${round} of ${heavyRounds}`);
        await measure(bench, peer);
      }
    }
  }
}

function tell(text: string): void {
  console.error(`  ${text}`);
}
