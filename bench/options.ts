import { parseArgs } from "node:util";
import { CLUSTER_PARTS } from "./cluster/cluster.ts";
import { HEAVY, SINGLE } from "./measures.ts";
import type { PeerName } from "./peers.ts";

/** What to measure: names of measures as `--only` takes them. */
const MEASURES: readonly string[] = [...SINGLE, ...HEAVY].map(({ name }) => name).concat("floor");
/** The group of the cluster is measured where it is named: it takes minutes, and has a table of its own. */
const CLUSTER = "cluster";
const NAMES: readonly string[] = [...MEASURES, CLUSTER, ...CLUSTER_PARTS];
const PEERS: readonly PeerName[] = ["estiba", "podman", "docker"];

export type BenchOptions = {
  /** Rounds of the commands that take milliseconds, and of those that take seconds. */
  readonly rounds: number;
  readonly heavyRounds: number;
  readonly isQuick: boolean;
  readonly only: readonly string[];
  readonly peers: readonly PeerName[];
  /** Put the table into README.md. */
  readonly write: boolean;
};

/** Reads the words after `npm run bench --`; throws with a sentence for what it does not know. */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      peers: { type: "string", default: PEERS.join(",") },
    },
  });
  const named = values.only.flatMap((value) => value.split(","));
  const unknown = named.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`unknown measure "${unknown}"; there are ${NAMES.join(", ")}`);
  const only = named.flatMap((name) => (name === CLUSTER ? CLUSTER_PARTS : [name]));
  if (values.write && only.some((name) => !MEASURES.includes(name)))
    throw new Error("--write is about the table of one machine; the cluster's is not written by the bench");
  const wanted = values.peers.split(",");
  const stranger = wanted.find((name) => !PEERS.some((peer) => peer === name));
  if (stranger !== undefined) throw new Error(`unknown peer "${stranger}"; there are ${PEERS.join(", ")}`);
  return {
    rounds: values.quick ? 3 : 8,
    heavyRounds: values.quick ? 1 : 3,
    isQuick: values.quick,
    only: only.length === 0 ? MEASURES : only,
    peers: PEERS.filter((name) => wanted.includes(name)),
    write: values.write,
  };
}
