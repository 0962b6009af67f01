import type { ConntrackFilter } from "../../host/netlink/conntrack.ts";
import type { MapElement } from "../../host/netlink/netfilter.ts";
import { formatIp } from "../address.ts";

/** The UDP conversations of those to whom slots led that were taken out, and who have none any more. */
export function peersGone(removed: readonly MapElement[], present: ReadonlySet<string>): ConntrackFilter[] {
  const gone = new Map(
    removed
      .filter(({ map }) => map.startsWith("slots"))
      .map(({ map, data }) => {
        const address = data.subarray(0, map.startsWith("slotsix") ? 16 : 4);
        return [formatIp(address), address] as const;
      }),
  );
  return [...gone].flatMap(([ip, address]) => (present.has(ip) ? [] : [{ kind: "udp-peer", address } as const]));
}
