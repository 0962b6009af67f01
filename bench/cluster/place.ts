import { PLACED, placeMany } from "../../test/fixtures/cluster/many-nodes.ts";
import type { Record } from "./rows.ts";

const SAMPLES = 5;

/** The scheduler alone, without a store, nodes or containers. */
export function measurePlacing(record: Record): void {
  // The first one warms up.
  for (let sample = 0; sample <= SAMPLES; sample += 1) {
    const { placed, seconds } = placeMany();
    if (placed !== PLACED) throw new Error(`only ${placed} of ${PLACED} tasks found a place`);
    if (sample > 0) record("cluster-place", placed / seconds);
  }
}
