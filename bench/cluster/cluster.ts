import { existsSync } from "node:fs";
import { describeError } from "../../src/lib/error.ts";
import type { Bench } from "../measures.ts";
import type { BenchOptions } from "../options.ts";
import { measureBalance } from "./balance.ts";
import { measureEndpoints } from "./endpoints.ts";
import { openEstiba } from "./estiba.ts";
import { measureManyNodes } from "./many-nodes.ts";
import type { Cluster } from "./nodes.ts";
import { measurePlacing } from "./place.ts";
import type { Record } from "./rows.ts";
import { openSwarm } from "./swarm.ts";
import { measureDeclare, measureLosses } from "./tasks.ts";
import { measureUpdate } from "./update.ts";

export type ClusterBench = Bench & {
  /** The small image as an OCI layout. */
  readonly layout: string;
  /** Filled in: what was measured, by peer. */
  readonly versions: Map<string, string>;
  /** Filled in: what could not be measured, and why. */
  readonly notes: Set<string>;
  readonly tell: (text: string) => void;
  readonly isQuick: boolean;
};

type Parts = Readonly<{ [name: string]: (cluster: Cluster, record: Record, bench: ClusterBench) => Promise<void> }>;

/** Parts that need nothing but the code, in their order. */
const ALONE: Readonly<{ [name: string]: (record: Record) => Promise<void> | void }> = {
  "cluster-place": measurePlacing,
  "cluster-nft": measureBalance,
  "cluster-nodes": measureManyNodes,
};

/** Parts that are measured on a cluster, in their order: the last one leaves little of it. */
const ON_CLUSTER: Parts = {
  "cluster-declare": measureDeclare,
  "cluster-endpoint": async (cluster, record, { isQuick }) =>
    await measureEndpoints(cluster, record, isQuick ? QUICK_KILLS : KILLS),
  "cluster-update": async (cluster, record, { notes }) => {
    // Swarm's ports lead to other nodes by IPVS; Estiba's by nftables.
    if (cluster.peer === "estiba" || existsSync("/proc/net/ip_vs")) return await measureUpdate(cluster, record);
    notes.add("The update of Swarm was not measured: its published ports need IPVS, which this kernel does not have.");
  },
  "cluster-losses": measureLosses,
};

/** How often a task is killed, so that the slowest time says something; in a quick run, less. */
const [KILLS, QUICK_KILLS] = [34, 8] as const;
const OPEN = { estiba: openEstiba, docker: openSwarm } as const;

/** Parts of the group, as `--only` takes them; `cluster` is all of them. */
export const CLUSTER_PARTS: readonly string[] = [...Object.keys(ALONE), ...Object.keys(ON_CLUSTER)];

/** The cluster of Estiba beside Docker's Swarm: a new one of each in each round, one after the other. */
export async function measureClusters(bench: ClusterBench, { only, peers, heavyRounds }: BenchOptions): Promise<void> {
  const wanted = Object.entries(ON_CLUSTER).filter(([name]) => only.includes(name));
  for (let round = 1; round <= heavyRounds; round += 1) {
    for (const [name, measure] of Object.entries(ALONE)) {
      if (!only.includes(name)) continue;
      bench.tell(`${name}, round ${round} of ${heavyRounds}`);
      await measure((of, value) => bench.record({ of, peer: "estiba", value }));
    }
    if (wanted.length === 0) continue;
    for (const peer of peers) if (peer !== "podman") await measureOn(bench, { peer, round, heavyRounds }, wanted);
  }
}

type Turn = { readonly peer: keyof typeof OPEN; readonly round: number; readonly heavyRounds: number };
type Part = readonly [string, (typeof ON_CLUSTER)[string]];

async function measureOn(bench: ClusterBench, turn: Turn, parts: readonly Part[]): Promise<void> {
  const { peer, round, heavyRounds } = turn;
  const doing = { what: `a cluster of ${peer}, round ${round} of ${heavyRounds}` };
  try {
    bench.tell(doing.what);
    await using cluster = await OPEN[peer](bench, round);
    bench.versions.set(peer, cluster.version);
    for (const [name, measure] of parts) {
      doing.what = `${name}, ${peer}, round ${round} of ${heavyRounds}`;
      bench.tell(doing.what);
      await measure(cluster, (of, value) => bench.record({ of, peer, value }), bench);
    }
  } catch (error) {
    // A peer that fails leaves its cells empty; Estiba has to do all of it.
    if (peer === "estiba") throw error;
    bench.notes.add(`Not measured, nor what comes after it there: ${doing.what}: ${describeError(error)}`);
  }
}
