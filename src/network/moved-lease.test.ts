import { Database } from "bun:sqlite";
import { beforeEach, describe, expect, test } from "bun:test";
import { listLeases } from "../state/leases.ts";
import { LIVE_MIGRATIONS } from "../state/live-schema.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { allocateLease } from "./lease.ts";
import { exchangeAddresses, freeAddresses, keepSpares, missingAddresses } from "./moved-lease.ts";

const NETWORK: NetworkRecord = {
  id: "n1",
  name: "n",
  driver: "bridge",
  bridgeName: "estiba1",
  subnets: [
    { family: 4, cidr: "10.64.0.0/29", gateway: "10.64.0.1" },
    { family: 6, cidr: "fd00::/64", gateway: "fd00::1" },
  ],
  options: {},
  createdAt: 0,
};
const FIXED = { ipv4: "10.64.0.5", ipv6: "fd00:0::50", mac: "02:00:00:00:00:AA" };

describe("addresses that go over to another container", () => {
  let live: Database;

  beforeEach(() => {
    live = new Database(":memory:", { strict: true });
    for (const script of LIVE_MIGRATIONS) live.run(script);
  });

  test("the new one begins without them, has them after the exchange, and keeps what it had; the old one gets others", () => {
    const old = allocateLease(live, NETWORK, "old", FIXED);
    const fresh = allocateLease(live, NETWORK, "new", freeAddresses(live, NETWORK, FIXED));
    expect(fresh).toMatchObject({ ipv4: "10.64.0.2", ipv6: "fd00::2" });
    const moved = missingAddresses(fresh, FIXED);
    expect(moved).toEqual({ ipv4: "10.64.0.5", ipv6: "fd00::50", mac: FIXED.mac });
    const prepared = keepSpares(live, NETWORK, old, moved);
    expect(prepared.kept).toEqual({ ipv4: "10.64.0.3", ipv6: "fd00::3" });
    expect(keepSpares(live, NETWORK, prepared, moved)).toEqual(prepared);
    exchangeAddresses(live, { into: fresh, outOf: prepared, moved });
    const [one, other] = listLeases(live).toSorted((a, b) => (a.containerId < b.containerId ? -1 : 1));
    expect(one).toEqual({
      containerId: "new",
      networkId: "n1",
      ipv4: "10.64.0.5",
      ipv6: "fd00::50",
      mac: FIXED.mac,
      kept: { ipv4: "10.64.0.2", ipv6: "fd00::2" },
    });
    expect(other).toMatchObject({ containerId: "old", ipv4: "10.64.0.3", ipv6: "fd00::3" });
    expect(other?.kept).toBeUndefined();
    expect(other?.mac).toMatch(/^0a(:[0-9a-f]{2}){5}$/);
    expect(missingAddresses(one ?? fresh, FIXED)).toEqual({});
    // What is kept is nobody else's: neither chosen nor given by name.
    expect(["c", "d"].map((id) => allocateLease(live, NETWORK, id).ipv4)).toEqual(["10.64.0.4", "10.64.0.6"]);
    expect(() => allocateLease(live, NETWORK, "e", { ipv4: "10.64.0.2" })).toThrow("in use by another container");
  });

  test("addresses that nobody has are given at once", () => {
    expect(freeAddresses(live, NETWORK, FIXED)).toEqual(FIXED);
    allocateLease(live, NETWORK, "old", { ipv4: FIXED.ipv4 });
    expect(freeAddresses(live, NETWORK, FIXED)).toEqual({ ipv6: FIXED.ipv6, mac: FIXED.mac });
  });
});
