import { randomBytes } from "node:crypto";
import { measureBuild, measureContext } from "./build.ts";
import type { ClusterRowId } from "./cluster/rows.ts";
import { measureCompose } from "./compose.ts";
import { measureLifecycle } from "./lifecycle.ts";
import { hostProcesses } from "./memory.ts";
import { measureNetwork } from "./network.ts";
import type { Peer } from "./peers.ts";
import { measurePods } from "./pods.ts";
import { output, type Place, time, timeBeside } from "./process.ts";
import { measurePublish } from "./publish.ts";
import { measureService } from "./service.ts";

/** One number measured; `of` is a row of the table. */
export type Sample = { readonly of: RowId; readonly peer: string; readonly value: number };

export type RowId =
  | "run"
  | "run-none"
  | "exec"
  | "ps"
  | "burst"
  | "memory"
  | "memory-pss"
  | "rm"
  | "pull"
  | "version"
  | "create"
  | "start"
  | "inspect"
  | "logs"
  | "cp"
  | "commit"
  | "build"
  | "build-cached"
  | "build-copy"
  | "build-context"
  | "push"
  | "save"
  | "memory-images"
  | "stop"
  | "ports-1000"
  | "ports-rooms"
  | "port-more"
  | "connect-500"
  | "connect-growth"
  | "name"
  | "names-rate"
  | "stream"
  | "pod"
  | "compose-config"
  | "compose-again"
  | "compose-up"
  | "compose-chain"
  | "compose-follow"
  | "compose-down"
  | "api-start"
  | "api-run"
  | "api-list"
  | "api-logs"
  | "library"
  | "floor"
  | ClusterRowId;

/** What all measures need: where they are, and the images by full reference. */
export type Bench = {
  readonly place: Place;
  readonly small: string;
  readonly big: string;
  /** `127.0.0.1:PORT` of a registry that takes what is pushed. */
  readonly registry: string;
  /** The big image as an OCI layout. */
  readonly bigLayout: string;
  readonly record: (sample: Sample) => void;
  /** Processes that outlive a command, by peer: names with their number. */
  readonly left: Map<string, string>;
};

const CROWD = 50;
const AT_ONCE = 10;
const PS_ROUNDS = 5;

export type Measure = { readonly name: string; readonly measure: (bench: Bench, peer: Peer) => Promise<void> | void };

/** Measures of one command at a time, in the order they run. */
export const SINGLE: readonly Measure[] = [
  { name: "version", measure: (bench, peer) => once(bench, peer, "version", ["--version"]) },
  { name: "run", measure: (bench, peer) => once(bench, peer, "run", ["run", "--rm", bench.small, "true"]) },
  {
    name: "run-none",
    measure: (bench, peer) => once(bench, peer, "run-none", ["run", "--rm", "--network", "none", bench.small, "true"]),
  },
  { name: "exec", measure: measureExec },
  { name: "lifecycle", measure: measureLifecycle },
  { name: "pods", measure: measurePods },
];

/** Measures that take seconds: fewer rounds. */
export const HEAVY: readonly Measure[] = [
  { name: "crowd", measure: measureCrowd },
  { name: "pull", measure: measurePull },
  { name: "build", measure: measureBuild },
  { name: "context", measure: measureContext },
  { name: "publish", measure: measurePublish },
  { name: "compose", measure: measureCompose },
  { name: "network", measure: measureNetwork },
  { name: "service", measure: measureService },
];

/** A daemon goes on tidying up after its client has returned: nobody may pay for the peer before. */
const SETTLE_MS = 400;
/** Samples in a row, after one that only warms up: the machine's caches then hold the peer measured, not the one before. */
const IN_A_ROW = 3;

async function once(bench: Bench, peer: Peer, of: RowId, words: readonly string[]): Promise<void> {
  await Bun.sleep(SETTLE_MS);
  time(bench.place, [...peer.argv, ...words]);
  for (let sample = 0; sample < IN_A_ROW; sample += 1) sampleOf(bench, peer, of, words);
}

function sampleOf({ place, record }: Bench, peer: Peer, of: RowId, words: readonly string[]): void {
  record({ of, peer: peer.name, value: time(place, [...peer.argv, ...words]) });
}

const EXEC_TARGET = "bench-exec";

/** Starts the container that `exec` enters; it stays until the network namespace ends. */
export function startExecTarget({ place, small }: Bench, peer: Peer): void {
  time(place, [...peer.argv, "run", "-d", "--name", EXEC_TARGET, small, "sleep", "100000"]);
}

export function removeExecTarget({ place }: Bench, peer: Peer): void {
  time(place, [...peer.argv, "rm", "-f", ...peer.rmFlags, EXEC_TARGET]);
}

async function measureExec(bench: Bench, peer: Peer): Promise<void> {
  await once(bench, peer, "exec", ["exec", EXEC_TARGET, "true"]);
}

/** Fifty containers: started ten at a time, listed, weighed, removed. */
async function measureCrowd(bench: Bench, peer: Peer): Promise<void> {
  const { place, record } = bench;
  const prefix = `crowd-${randomBytes(3).toString("hex")}`;
  const names = Array.from({ length: CROWD }, (_, index) => `${prefix}-${index}`);
  const before = hostProcesses();
  const waiting = [...names];
  const started = Bun.nanoseconds();
  const worker = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      await timeBeside(place, [...peer.argv, "run", "-d", "--name", name, bench.small, "sleep", "100000"]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  record({ of: "burst", peer: peer.name, value: (Bun.nanoseconds() - started) / 1e9 });
  await Bun.sleep(1000);
  weigh(bench, peer, before);
  for (let round = 0; round < PS_ROUNDS; round += 1) await once(bench, peer, "ps", ["ps"]);
  const seconds = time(place, [...peer.argv, "rm", "-f", ...peer.rmFlags, ...names]) / 1000;
  record({ of: "rm", peer: peer.name, value: seconds });
}

/** Memory of the processes that came with the fifty and are not in a container themselves. */
function weigh({ record, left }: Bench, peer: Peer, before: ReadonlyMap<number, unknown>): void {
  const added = [...hostProcesses()].filter(([pid]) => !before.has(pid)).map(([, process]) => process);
  const megabytes = (pick: "rssKb" | "pssKb"): number =>
    (added.reduce((sum, one) => sum + one[pick], 0) * 1024) / 1e6 / CROWD;
  record({ of: "memory", peer: peer.name, value: megabytes("rssKb") });
  record({ of: "memory-pss", peer: peer.name, value: megabytes("pssKb") });
  const names = new Map<string, number>();
  for (const { name } of added) names.set(name, (names.get(name) ?? 0) + 1);
  left.set(peer.name, [...names].map(([name, count]) => `${count} ${name}`).join(", "));
}

function measurePull({ place, big, record }: Bench, peer: Peer): void {
  record({ of: "pull", peer: peer.name, value: time(place, [...peer.argv, "pull", ...peer.pullFlags, big]) / 1000 });
  output(place, [...peer.argv, "rmi", big]);
}
