import { randomBytes } from "node:crypto";
import type { Bench } from "./measures.ts";
import type { Peer } from "./peers.ts";
import { time } from "./process.ts";

const MEMBERS = 3;
/** Samples in a row, after one that only warms up. */
const IN_A_ROW = 2;

/** A pod is created, and three containers are started in it, one command after another. Docker has no pods. */
export function measurePods(bench: Bench, peer: Peer): void {
  if (peer.name === "docker") return;
  for (let sample = 0; sample <= IN_A_ROW; sample++) {
    const name = `pod-${randomBytes(3).toString("hex")}`;
    let ms = time(bench.place, [...peer.argv, "pod", "create", name]);
    for (let member = 0; member < MEMBERS; member++)
      ms += time(bench.place, [...peer.argv, "run", "-d", "--pod", name, bench.small, "sleep", "100000"]);
    if (sample > 0) bench.record({ of: "pod", peer: peer.name, value: ms });
    time(bench.place, [...peer.argv, "pod", "rm", "-f", ...peer.rmFlags, name]);
  }
}
