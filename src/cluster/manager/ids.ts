import { randomHex } from "../../lib/random-hex.ts";

/** A new id, in Swarm's form: 128 bits as 25 digits to the base 36. */
export function newId(): string {
  return BigInt(`0x${randomHex(16)}`)
    .toString(36)
    .padStart(25, "0");
}
