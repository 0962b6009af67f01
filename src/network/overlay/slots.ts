/** Up to so many share exactly alike: there is a map for each number of them. */
const EXACT = 16;
/** For more of them slots are dealt out; beyond the last, some get nothing. */
const LARGE = [64, 128, 256] as const;

/** The numbers of slots that there are maps for. */
export const SLOT_SIZES: readonly number[] = [...Array.from({ length: EXACT - 1 }, (_, index) => index + 2), ...LARGE];

/** The slots of a port of one address: for these there is one map only. Up to six share exactly alike. */
export const ADDRESS_SLOTS = 240;

/** How many slots so many sharers get: none has more than a quarter more than another, up to 64 of them. */
export function slotCount(sharers: number): number {
  if (sharers <= EXACT) return Math.max(2, sharers);
  return LARGE.find((size) => size >= sharers * 4) ?? 256;
}

/** Who has each slot, in an order that depends on who shares only; of as many slots as are said, or as suit their number. */
export function dealOut<T>(
  sharers: readonly T[],
  nameOf: (one: T) => string,
  length: number = slotCount(sharers.length),
): T[] {
  if (sharers.length === 0) return [];
  const sorted = sharers.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return Array.from({ length }, (_, slot) => sorted[slot % sorted.length] as T);
}

const SLOT_BYTES = Array.from({ length: 256 }, (_, slot) => new Uint8Array(new Uint32Array([slot]).buffer));

/** A slot as it stands in a key: what numgen gives is a number as this machine has it. */
export function slotBytes(slot: number): Uint8Array {
  return SLOT_BYTES[slot] ?? new Uint8Array(4);
}
