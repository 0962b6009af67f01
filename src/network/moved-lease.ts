import type { Database } from "bun:sqlite";
import { transaction } from "../state/database.ts";
import {
  changeLease,
  isLeased,
  isLeased6,
  type KeptAddresses,
  type Lease,
  listLeases,
  writeLeaseCursor,
} from "../state/leases.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { formatIp, ipv4Number, parseIp } from "./address.ts";
import { chooseLease, type WantedAddresses } from "./lease.ts";

/** What an endpoint is to have, and does not have yet. */
export function missingAddresses(lease: Lease, { ipv4, ipv6, mac }: WantedAddresses): WantedAddresses {
  return {
    ...(ipv4 === undefined || ipv4 === lease.ipv4 ? {} : { ipv4 }),
    ...(ipv6 === undefined || canonical(ipv6) === lease.ipv6 ? {} : { ipv6: canonical(ipv6) }),
    ...(mac === undefined || mac.toLowerCase() === lease.mac.toLowerCase() ? {} : { mac }),
  };
}

/** What an endpoint can have at once of what is wanted for it: what no other one of the network has. */
export function freeAddresses(
  live: Database,
  { id }: NetworkRecord,
  { ipv4, ipv6, mac }: WantedAddresses,
): WantedAddresses {
  const sameMac = (lease: Lease): boolean => lease.networkId === id && lease.mac.toLowerCase() === mac?.toLowerCase();
  return {
    ...(ipv4 === undefined || isLeased(live, id, numberOf(ipv4) ?? -1) ? {} : { ipv4 }),
    ...(ipv6 === undefined || isLeased6(live, id, canonical(ipv6)) ? {} : { ipv6 }),
    ...(mac === undefined || listLeases(live).some(sameMac) ? {} : { mac }),
  };
}

/** Takes addresses for an endpoint that is to lose these; it has them besides its own until they are exchanged. Idempotent. Throws `exhausted`. */
export function keepSpares(live: Database, network: NetworkRecord, lease: Lease, lost: WantedAddresses): Lease {
  const { containerId } = lease;
  return transaction(live, () => {
    const had = lease.kept ?? {};
    const missing4 = lost.ipv4 !== undefined && had.ipv4 === undefined;
    const missing6 = lost.ipv6 !== undefined && had.ipv6 === undefined;
    if (!missing4 && !missing6) return lease;
    const { lease: chosen, number } = chooseLease(live, network, containerId, {});
    writeLeaseCursor(live, network.id, number);
    const kept = keptOf({
      ipv4: missing4 ? chosen.ipv4 : had.ipv4,
      ipv6: missing6 ? chosen.ipv6 : had.ipv6,
    });
    changeLease(live, lease, { kept: { ipv4: numberOf(kept.ipv4), ipv6: kept.ipv6 } });
    return { ...lease, kept };
  });
}

type Exchange = {
  /** The endpoint that is to have the addresses; what it has instead it keeps besides. */
  readonly into: Lease;
  /** The one that has them, with spares ({@link keepSpares}); undefined where nobody has. */
  readonly outOf: Lease | undefined;
  readonly moved: WantedAddresses;
};

/** Gives addresses of one endpoint to another one, in one step. */
export function exchangeAddresses(live: Database, { into, outOf, moved }: Exchange): void {
  const { ipv4, ipv6, mac } = moved;
  const spares = outOf?.kept ?? {};
  transaction(live, () => {
    if (outOf !== undefined)
      changeLease(live, outOf, {
        ...(ipv4 === undefined ? {} : { ipv4: numberOf(spares.ipv4) }),
        ...(ipv6 === undefined ? {} : { ipv6: spares.ipv6 }),
        ...(mac === undefined ? {} : { mac: someMac() }),
        kept: {},
      });
    const kept = keptOf({
      ipv4: ipv4 === undefined ? into.kept?.ipv4 : into.ipv4,
      ipv6: ipv6 === undefined ? into.kept?.ipv6 : into.ipv6,
    });
    changeLease(live, into, {
      ...(ipv4 === undefined ? {} : { ipv4: numberOf(ipv4) }),
      ...(ipv6 === undefined ? {} : { ipv6 }),
      mac,
      kept: { ipv4: numberOf(kept.ipv4), ipv6: kept.ipv6 },
    });
  });
}

function keptOf({ ipv4, ipv6 }: { ipv4: string | undefined; ipv6: string | undefined }): KeptAddresses {
  return { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
}

/** Of nobody: the first byte says that it was made up, and 02:42 is of addresses. */
function someMac(): string {
  const tail = Buffer.from(crypto.getRandomValues(new Uint8Array(5))).toString("hex");
  return `0a:${tail.match(/../g)?.join(":")}`;
}

function numberOf(ipv4: string | undefined): number | undefined {
  const address = ipv4 === undefined ? undefined : parseIp(ipv4);
  return address?.length === 4 ? ipv4Number(address) : undefined;
}

function canonical(ipv6: string): string {
  const address = parseIp(ipv6);
  return address === undefined ? ipv6 : formatIp(address);
}
