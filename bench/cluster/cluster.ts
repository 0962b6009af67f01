import type { Bench } from "../measures.ts";
import type { BenchOptions } from "../options.ts";
import { measureBalance } from "./balance.ts";
import { measurePlacing } from "./place.ts";
import type { Record } from "./rows.ts";

/** Parts of the group, as `--only` takes them; `cluster` is all of them. */
export const CLUSTER_PARTS = ["cluster-place", "cluster-nft"] as const;

export type ClusterBench = Bench & {
  /** The small image as an OCI layout. */
  readonly layout: string;
  /** Filled in: what was measured, by peer. */
  readonly versions: Map<string, string>;
  /** Filled in: what could not be measured, and why. */
  readonly notes: Set<string>;
  readonly tell: (text: string) => void;
};

/** The cluster of Estiba beside Docker's Swarm; what has nothing beside it first. */
export async function measureClusters(bench: ClusterBench, { only, heavyRounds }: BenchOptions): Promise<void> {
  const alone: Record = (of, value) => bench.record({ of, peer: "estiba", value });
  for (let round = 1; round <= heavyRounds; round += 1) {
    if (only.includes("cluster-place")) {
      bench.tell(`cluster-place, round ${round} of ${heavyRounds}`);
      measurePlacing(alone);
    }
    if (only.includes("cluster-nft")) {
      bench.tell(`cluster-nft, round ${round} of ${heavyRounds}`);
      await measureBalance(alone);
    }
  }
}
