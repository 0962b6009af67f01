import { expect, test } from "bun:test";
import { inwardFamilies, isGateMark, markOf, taskTable } from "./task-table.ts";

const NO_WAY = { gates: [], gateInterface: undefined, home: undefined, home6: undefined };

test("each virtual address has as many slots as the map of their number says, all in one group", () => {
  const backends = ["10.33.0.4", "10.33.0.5", "10.33.0.6"];
  const { groups, maps } = taskTable([{ vip: "10.33.0.1", backends }], NO_WAY);
  const [group = []] = groups;
  expect(group.map(({ map }) => map)).toEqual(["vips", "slots3", "slots3", "slots3"]);
  expect(group.slice(1).map(({ data }) => data.join("."))).toEqual(backends);
  for (const { map } of group) expect(maps).toContain(map);
});

test("an address with nobody behind it is known, so that it can be refused", () => {
  const [group = []] = taskTable([{ vip: "10.33.0.1", backends: [] }], NO_WAY).groups;
  expect(group.map(({ map }) => map)).toEqual(["vips"]);
});

test("virtual addresses of IPv6 have maps of their own, in tables of those who are on a network with it only", () => {
  const four = { vip: "10.33.0.1", backends: ["10.33.0.4"] };
  const six = { vip: "fd5a::1", backends: ["fd5a::4", "fd5a::5", "fd5a::6"] };
  const [plain, both] = [taskTable([four], NO_WAY), taskTable([four, six], NO_WAY)];
  expect(plain.maps.filter((map) => map.includes("ix"))).toEqual([]);
  expect(plain.comment).not.toBe(both.comment);
  const [, group = []] = both.groups;
  expect(group.map(({ map }) => map)).toEqual(["vips6", "slotsix3", "slotsix3", "slotsix3"]);
  expect(group.map(({ key, data }) => [key.length, data.length])).toEqual([
    [16, 0],
    [20, 16],
    [20, 16],
    [20, 16],
  ]);
  for (const { map } of group) expect(both.maps).toContain(map);
});

test("hosts of one network have marks that differ, and are told from others'", () => {
  const marks = ["10.32.0.1", "10.32.1.1", "10.32.255.254"].map(markOf);
  expect(new Set(marks).size).toBe(3);
  expect(marks.every(isGateMark)).toBe(true);
  expect(isGateMark(1)).toBe(false);
});

test("a container without a way out of a family is led to where it is reached, and begins nothing by that", () => {
  const gate = { ip: "10.32.0.1", ip6: "fd5a::1", mac: "02:42:0a:20:00:01" };
  const way = { gates: [gate], gateInterface: "eth1", home: "10.64.0.2", home6: undefined };
  expect(inwardFamilies(way)).toEqual([6]);
  expect(inwardFamilies({ ...way, home: undefined, home6: "fd00::2" })).toEqual([4]);
  expect(inwardFamilies({ ...way, gates: [{ ip: gate.ip, mac: gate.mac }] })).toEqual([]);
  expect(inwardFamilies({ ...way, gateInterface: undefined })).toEqual([]);
  const { groups, maps } = taskTable([], way);
  const [group = []] = groups;
  expect(group.map(({ map, key }) => `${map} ${key.length}`)).toEqual([
    "inward 20",
    "gates 6",
    "gate_ips 4",
    "gate_ips6 16",
    "homes 6",
  ]);
  for (const { map } of group) expect(maps).toContain(map);
});
