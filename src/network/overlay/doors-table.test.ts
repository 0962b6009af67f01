import { expect, test } from "bun:test";
import { doorsTableOf } from "./doors-table.ts";
import type { Door } from "./wanted.ts";

const door: Door = {
  protocol: "udp",
  hostIp: "",
  hostPort: 8080,
  targets: [
    { ip: "10.32.0.5", ip6: "fd5a::5", port: 80 },
    { ip: "10.32.0.6", port: 80 },
  ],
};

function mapsOf(...doors: Door[]): Record<string, number> {
  const { groups, maps } = doorsTableOf("estiba_doors", doors, true);
  const all = groups.flat().map(({ map }) => map);
  for (const map of all) expect(maps).toContain(map);
  return Object.fromEntries([...Map.groupBy(all, (map) => map)].map(([map, same]) => [map, same.length]));
}

test("what comes in over IPv6 is led to those who have an IPv6 address, over IPv4 to all", () => {
  expect(mapsOf(door)).toEqual({ slots2: 2, slotsix2: 2 });
  const [group = []] = doorsTableOf("estiba_doors", [door], true).groups;
  const six = group.filter(({ map }) => map === "slotsix2");
  expect(six.map(({ key, data }) => [key.length, data.length])).toEqual([
    [12, 20],
    [12, 20],
  ]);
  expect(new Set(six.map(({ data }) => Buffer.from(data).toString("hex")))).toEqual(
    new Set(["fd5a000000000000000000000000000500500000"]),
  );
});

test("a port of one address, or of one family, is open on no other", () => {
  expect(mapsOf({ ...door, hostIp: "192.0.2.1" })).toEqual({ slotsat240: 240 });
  expect(mapsOf({ ...door, hostIp: "2001:db8::1" })).toEqual({ slotsixat240: 240 });
  expect(mapsOf({ ...door, hostIp: "0.0.0.0" })).toEqual({ slots2: 2 });
  expect(mapsOf({ ...door, hostIp: "::" })).toEqual({ slotsix2: 2 });
  // The same port of several addresses, each with its own.
  expect(mapsOf({ ...door, hostIp: "127.0.0.1" }, { ...door, hostIp: "::1" })).toEqual({
    slotsat240: 240,
    slotsixat240: 240,
  });
});
