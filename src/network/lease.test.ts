import { Database } from "bun:sqlite";
import { beforeEach, describe, expect, test } from "bun:test";
import { LIVE_MIGRATIONS } from "../state/live-schema.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { allocateLease, releaseLease } from "./lease.ts";

const network = (cidr: string, gateway: string): NetworkRecord => ({
  id: "n1",
  name: "bridge",
  driver: "bridge",
  bridgeName: "estiba0",
  subnets: [
    { family: 4, cidr, gateway },
    { family: 6, cidr: "fd00::/64", gateway: "fd00::1" },
  ],
  options: {},
  createdAt: 0,
});

describe("a lease", () => {
  const wide = network("10.64.0.0/20", "10.64.0.1");
  const small = network("10.64.0.0/29", "10.64.0.1");
  let live: Database;

  beforeEach(() => {
    live = new Database(":memory:", { strict: true });
    for (const script of LIVE_MIGRATIONS) live.run(script);
  });

  test("starts after the gateway, with the IPv6 address of the same number and the MAC of the IPv4 address", () => {
    expect(allocateLease(live, wide, "a")).toEqual({
      containerId: "a",
      networkId: "n1",
      ipv4: "10.64.0.2",
      ipv6: "fd00::2",
      mac: "02:42:0a:40:00:02",
    });
  });

  test("is kept by a container that asks again", () => {
    expect(allocateLease(live, wide, "a")).toEqual(allocateLease(live, wide, "a"));
  });

  test("is the next after the last one, not the lowest free one", () => {
    allocateLease(live, wide, "a");
    releaseLease(live, "a");
    expect(allocateLease(live, wide, "b").ipv4).toBe("10.64.0.3");
  });

  test("wraps around, leaves out network, gateway and broadcast, and ends when all are taken", () => {
    const given = ["a", "b", "c", "d", "e"].map((id) => allocateLease(live, small, id).ipv4);
    expect(given).toEqual(["10.64.0.2", "10.64.0.3", "10.64.0.4", "10.64.0.5", "10.64.0.6"]);
    expect(() => allocateLease(live, small, "f")).toThrow("no address is free");
    releaseLease(live, "c");
    expect(allocateLease(live, small, "f").ipv4).toBe("10.64.0.4");
  });

  test("takes a wanted address without moving the row of addresses on", () => {
    expect(allocateLease(live, wide, "a", { ipv4: "10.64.0.9" }).ipv4).toBe("10.64.0.9");
    expect(allocateLease(live, wide, "b").ipv4).toBe("10.64.0.2");
  });

  test.each([
    ["10.64.0.1", "gateway"],
    ["10.64.0.0", "first or last"],
    ["10.64.15.255", "first or last"],
    ["10.65.0.2", "outside"],
    ["fd00::2", "no IPv4 address"],
    ["web", "no IPv4 address"],
  ])("refuses the wanted address %s (%s)", (ipv4, why) => {
    expect(() => allocateLease(live, wide, "a", { ipv4 })).toThrow(why);
  });

  test("refuses an address that another container holds", () => {
    allocateLease(live, wide, "a", { ipv4: "10.64.0.9" });
    expect(() => allocateLease(live, wide, "b", { ipv4: "10.64.0.9" })).toThrow("in use by another container");
  });
});
