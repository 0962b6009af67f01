import { corruptArchive, invalidArchive, type Segment } from "./entry.ts";
import { number } from "./header.ts";
import { type PaxRecords, paxInteger } from "./pax.ts";

/** More stretches than this in one file are refused: the map lives in memory. */
export const MAX_SEGMENTS = 262_144;

/**
 * Checks a sparse map: stretches ascend, do not overlap, stay inside the file and hold exactly the stored bytes. Empty ones are left out.
 * Throws `corrupt`.
 */
export function checkSegments(segments: readonly Segment[], storedBytes: number, sizeBytes: number): Segment[] {
  if (sizeBytes < 0) throw corruptArchive("the size of a sparse file is negative");
  let end = 0;
  let total = 0;
  for (const { offset, length } of segments) {
    if (offset < end || length < 0 || offset + length > sizeBytes) throw corruptArchive("a sparse map leaves its file");
    end = offset + length;
    total += length;
  }
  if (total !== storedBytes) throw corruptArchive("a sparse map does not cover the data that is stored");
  return segments.filter((segment) => segment.length > 0);
}

/** Reads `count` pairs of an old GNU sparse header at `offset`; the list ends at the first empty field. Adds them to `into`. */
export function addOldGnuPairs(block: Uint8Array, place: { offset: number; count: number }, into: Segment[]): void {
  for (let index = 0; index < place.count; index++) {
    const at = place.offset + index * 24;
    if (block[at] === 0) return;
    if (into.length >= MAX_SEGMENTS) throw tooMany();
    into.push({ offset: number(block, at, 12), length: number(block, at + 12, 12) });
  }
}

/** The map in pax records of GNU sparse 0.0 (repeated pairs) or 0.1 (`GNU.sparse.map`); undefined where there is none. */
export function paxSegments(records: PaxRecords): Segment[] | undefined {
  const map = records.values.get("GNU.sparse.map");
  let numbers = records.sparsePairs;
  if (map !== undefined) numbers = map === "" ? [] : map.split(",").map((text) => paxInteger("GNU.sparse.map", text));
  else if (numbers.length === 0 && !records.values.has("GNU.sparse.numblocks")) return undefined;
  const stated = records.values.get("GNU.sparse.numblocks");
  const isComplete = numbers.length % 2 === 0;
  if (!isComplete || (stated !== undefined && paxInteger("GNU.sparse.numblocks", stated) * 2 !== numbers.length)) {
    throw corruptArchive("a sparse map has a wrong number of stretches");
  }
  return pairs(numbers);
}

/** Turns offset, length, offset, length into stretches. */
export function pairs(numbers: readonly number[]): Segment[] {
  if (numbers.length > MAX_SEGMENTS * 2) throw tooMany();
  const segments: Segment[] = [];
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    segments.push({ offset: numbers[index] ?? 0, length: numbers[index + 1] ?? 0 });
  }
  return segments;
}

/** The error for a map that is too long. */
export function tooMany(): Error {
  return invalidArchive(`a sparse file has more than ${MAX_SEGMENTS} stretches of data`);
}
