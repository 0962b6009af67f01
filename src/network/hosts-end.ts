import { randomHex } from "../lib/random-hex.ts";

/** A name for the host's end of a container's cable. Random: that of a pair that has just gone is freed late, and would be refused. */
export function newHostsEnd(): string {
  return `veth${randomHex(6).slice(1)}`;
}

/** Whether an interface may be such an end: what else is a port of our bridges is its user's. */
export function isHostsEnd(name: string): boolean {
  return /^veth[0-9a-f]{11}$/.test(name);
}
