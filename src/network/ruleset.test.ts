import { describe, expect, test } from "bun:test";
import type { PublishedPort } from "../state/leases.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { publishedPorts } from "./published-ports.ts";
import { FORWARD_CHAIN, portElement, ruleCounts, rulesetComment, rulesetText } from "./ruleset.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const port = (part: Partial<PublishedPort>): PublishedPort => ({
  protocol: "tcp",
  hostIp: "0.0.0.0",
  hostPort: 8080,
  containerId: "c1",
  targetIp: "10.64.0.2",
  targetPort: 80,
  ...part,
});

const network: NetworkRecord = {
  id: "n1",
  name: "bridge",
  driver: "bridge",
  bridgeName: "estiba0",
  subnets: [
    { family: 4, cidr: "10.64.0.0/20", gateway: "10.64.0.1" },
    { family: 6, cidr: "fd00::/64", gateway: "fd00::1" },
  ],
  options: {},
  createdAt: 0,
};

describe("an element of a port map", () => {
  // Both byte strings are what the nft program 1.0.6 sends for the same elements.
  test("for any IPv4 address has protocol and port as key", () => {
    const element = portElement(port({}));
    expect(element.map).toBe("any4");
    expect(hex(element.key)).toBe("060000001f900000");
    expect(hex(element.data)).toBe("0a40000200500000");
  });

  test("for one IPv6 address has the address between them", () => {
    const element = portElement(
      port({ protocol: "udp", hostIp: "fd00::1", hostPort: 53, targetIp: "fd00::2", targetPort: 5353 }),
    );
    expect(element.map).toBe("adr6");
    expect(hex(element.key)).toBe("11000000fd00000000000000000000000000000100350000");
    expect(hex(element.data)).toBe("fd00000000000000000000000000000214e90000");
  });
});

describe("the rows of a mapping", () => {
  const lease = { containerId: "c1", networkId: "n1", ipv4: "10.64.0.2", ipv6: "fd00::2", mac: "02:42:0a:40:00:02" };
  const mapping = { hostIp: "", hostPort: 8080, containerPort: 80, protocol: "tcp", range: 1 } as const;

  test("without a host address are one per family", () => {
    expect(publishedPorts(lease, mapping).map(({ hostIp, targetIp }) => [hostIp, targetIp])).toEqual([
      ["0.0.0.0", "10.64.0.2"],
      ["::", "fd00::2"],
    ]);
  });

  test("leave IPv6 out for a container without", () => {
    expect(publishedPorts({ ...lease, ipv6: undefined }, mapping)).toHaveLength(1);
  });

  test("of a range count up on both sides", () => {
    const rows = publishedPorts(lease, { ...mapping, hostIp: "127.0.0.1", range: 3 });
    expect(rows.map(({ hostPort, targetPort }) => [hostPort, targetPort])).toEqual([
      [8080, 80],
      [8081, 81],
      [8082, 82],
    ]);
  });
});

describe("the text of the table", () => {
  test("replaces the table and holds the networks and ports as elements", () => {
    const ports = [port({}), port({ hostIp: "::", targetIp: "fd00::2" }), port({ hostIp: "127.0.0.1", hostPort: 99 })];
    const text = rulesetText("estiba", [network], ports, { loopback6: true });
    expect(text).toStartWith("table inet estiba\ndelete table inet estiba\ntable inet estiba {");
    expect(text).toContain(`comment "${rulesetComment({ loopback6: true })}"`);
    expect(text).toContain('elements = { "estiba0" . 10.64.0.0/20 };');
    expect(text).toContain("elements = { tcp . 8080 : 10.64.0.2 . 80 };");
    expect(text).toContain("elements = { tcp . 8080 : fd00::2 . 80 };");
    expect(text).toContain("elements = { tcp . 127.0.0.1 . 99 : 10.64.0.2 . 80 };");
    expect(text).not.toContain("ip6 daddr ::1 return");
  });

  test("has as many rules in each chain as are counted", () => {
    const counts = ruleCounts({ loopback6: true });
    expect([...counts.keys()]).toEqual(["raw_pre", "dnat_all", "pre", "out", "post", "forward", "refuse", "icc"]);
    expect([counts.get("raw_pre"), counts.get("out"), counts.get(FORWARD_CHAIN)]).toEqual([2, 1, 11]);
    expect(ruleCounts({ loopback6: false }).get("out")).toBe(2);
  });

  test("has no empty list of elements, which nft refuses, and leaves ::1 alone where it cannot work", () => {
    const text = rulesetText("estiba", [], [], { loopback6: false });
    expect(text).not.toContain("elements");
    expect(text).toContain("ip6 daddr ::1 return");
  });
});
