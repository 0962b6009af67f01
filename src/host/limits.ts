import { must } from "./errno.ts";

// setrlimit(2), the same numbers on x86_64 and aarch64.
const RLIMITS: Readonly<Record<string, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};

/** The names of resource limits as `--ulimit` takes them. */
export const LIMIT_NAMES: readonly string[] = Object.keys(RLIMITS);

type Limit = { readonly soft: number; readonly hard: number };

/** This process's limits by name; Infinity where there is none. */
export function readLimits(names: readonly string[]): Record<string, Limit> {
  const limits: Record<string, Limit> = {};
  for (const name of names) {
    const resource = RLIMITS[name];
    if (resource === undefined) continue;
    const buffer = new BigUint64Array(2);
    must(`cannot read the limit ${name}`, "prlimit64", 0, resource, null, buffer);
    limits[name] = { soft: limitValue(buffer[0]), hard: limitValue(buffer[1]) };
  }
  return limits;
}

/** This process's hard limits by name; Infinity where there is none. */
export function readHardLimits(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(Object.entries(readLimits(names)).map(([name, { hard }]) => [name, hard]));
}

function limitValue(value: bigint | undefined): number {
  return value === 0xffff_ffff_ffff_ffffn ? Number.POSITIVE_INFINITY : Number(value ?? 0n);
}
