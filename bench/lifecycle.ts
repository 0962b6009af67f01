import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench, RowId } from "./measures.ts";
import type { Peer } from "./peers.ts";
import { time } from "./process.ts";

/** Time for a detached container to print its lines. */
const PRINTING_MS = 300;
/** What is copied in by `cp`. */
const FILE_BYTES = 1_000_000;
const LINES = "1000";

/** One container through its life, verb by verb: each verb is measured on the same container. */
export async function measureLifecycle(bench: Bench, peer: Peer): Promise<void> {
  const { place, record, small } = bench;
  const name = `life-${randomBytes(3).toString("hex")}`;
  const file = join(place.folder, "one-megabyte");
  writeFileSync(file, randomBytes(FILE_BYTES));
  const sample = (of: RowId, ...words: string[]): void =>
    record({ of, peer: peer.name, value: time(place, [...peer.argv, ...words]) });
  await Bun.sleep(PRINTING_MS);
  // Only to warm up: the machine's caches then hold this peer's files.
  time(place, [...peer.argv, "inspect", small]);
  sample("create", "create", "--name", name, small, "sh", "-c", `seq ${LINES}; exec sleep 100000`);
  sample("start", "start", name);
  await Bun.sleep(PRINTING_MS);
  sample("inspect", "inspect", name);
  sample("logs", "logs", name);
  sample("cp", "cp", file, `${name}:/tmp/file`);
  sample("commit", "commit", name, `${name}:committed`);
  // At once: a shell that is process 1 takes no notice of the stop signal.
  sample("stop", "stop", "-t", "0", name);
  time(place, [...peer.argv, "rm", name]);
  time(place, [...peer.argv, "rmi", `${name}:committed`]);
}
