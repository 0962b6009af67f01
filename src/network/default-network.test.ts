import { expect, test } from "bun:test";
import { formatIp, parseCidr } from "./address.ts";
import { chooseSubnet, uniqueLocalSubnet } from "./default-network.ts";
import { networkRoot, rootId } from "./root-id.ts";

const ranges = (...texts: string[]): NonNullable<ReturnType<typeof parseCidr>>[] =>
  texts.flatMap((text) => parseCidr(text) ?? []);

const text = (used: string[], root = ""): string | undefined => {
  const subnet = chooseSubnet(ranges(...used), root);
  return subnet && `${formatIp(subnet.address)}/${subnet.prefix}`;
};

test("the default root takes the first subnet of the pool", () => {
  expect(text([])).toBe("10.64.0.0/20");
});

test("a subnet is skipped for a wider route, a narrower one, an address and a name server inside of it", () => {
  expect(text(["10.64.0.0/14"])).toBe("10.68.0.0/20");
  expect(text(["10.64.3.0/24"])).toBe("10.64.16.0/20");
  expect(text(["10.64.0.0/20", "10.64.16.53/32"])).toBe("10.64.32.0/20");
});

test("a network that covers all of 10/8 leaves the next pool", () => {
  expect(text(["10.0.0.0/8"])).toBe("172.16.0.0/20");
});

test("without a free subnet there is none", () => {
  expect(text(["10.0.0.0/8", "172.16.0.0/12"])).toBeUndefined();
});

test("IPv6 ranges are no obstacle to IPv4", () => {
  expect(text(["::/0"])).toBe("10.64.0.0/20");
});

test("another root starts elsewhere and wraps around", () => {
  expect(text([], "00000001")).toBe("10.64.16.0/20");
  expect(text(["172.16.0.0/12"], "0000020f")).toBe("10.64.0.0/20");
});

test("the IPv6 subnet is unique local, a /64, and follows from machine and root", () => {
  const subnet = uniqueLocalSubnet("machine", "");
  expect(subnet.prefix).toBe(64);
  expect(subnet.address[0]).toBe(0xfd);
  expect(subnet).toEqual(uniqueLocalSubnet("machine", ""));
  expect(subnet).not.toEqual(uniqueLocalSubnet("machine", "12345678"));
  expect([...uniqueLocalSubnet("machine", "", 258).address.subarray(6, 8)]).toEqual([1, 2]);
});

test("the default run root has plain names, others carry a hash that fits an interface name", () => {
  expect(networkRoot("/run/estiba/")).toEqual({
    runRoot: "/run/estiba",
    id: "",
    bridgeName: "estiba0",
    table: "estiba",
  });
  const other = networkRoot("/tmp/x");
  expect(rootId("/tmp/x")).toMatch(/^[\da-f]{8}$/);
  expect(other.bridgeName).toBe(`estiba-${other.id}`);
  expect(other.bridgeName.length).toBe(15);
  expect(other.table).toBe(`estiba_${other.id}`);
});
