import type { HistoryEntry } from "../oci/image-config.ts";

/** A line of history, and when its files were made (milliseconds since 1970); undefined for an instruction that makes none. */
export type TimedEntry = {
  readonly createdBy: string;
  readonly emptyLayer: boolean;
  readonly madeAt: number | undefined;
};

const COMMENT = "buildkit.dockerfile.v0";

/** The time in the form of image configs. */
export function isoTime(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
}

/**
 * What a stage adds to the history of its base. An instruction without files has the time of what was made before it, else of what is made
 * first, else of the base, so that a build of cached steps gives the same image again, as BuildKit has it. `timestamp` stands for all.
 */
export function historyOf(
  made: readonly TimedEntry[],
  base: readonly HistoryEntry[],
  timestamp: number | undefined,
): HistoryEntry[] {
  const first = made.find(({ madeAt }) => madeAt !== undefined)?.madeAt;
  const inherited = base.findLast(({ created }) => created !== undefined)?.created;
  let time = first === undefined ? (inherited ?? new Date().toISOString()) : new Date(first).toISOString();
  return made.map(({ createdBy, emptyLayer, madeAt }) => {
    if (madeAt !== undefined) time = new Date(madeAt).toISOString();
    const created = isoTime(timestamp) ?? time;
    return { created, createdBy, comment: COMMENT, ...(emptyLayer ? { emptyLayer } : {}) };
  });
}
