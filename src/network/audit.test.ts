import { expect, test } from "bun:test";
import type { PublishedPort } from "../state/leases.ts";
import { compareNetwork, type NetworkFacts } from "./audit.ts";
import { portElement } from "./ruleset.ts";

const lease = { containerId: "c1", networkId: "n1", ipv4: "10.64.0.2", ipv6: "fd00::2", mac: "02:42:0a:40:00:02" };
const port: PublishedPort = {
  protocol: "tcp",
  hostIp: "0.0.0.0",
  hostPort: 8080,
  containerId: "c1",
  targetIp: "10.64.0.2",
  targetPort: 80,
};
const whole: NetworkFacts = {
  elements: [portElement(port)],
  links: [{ name: "veth1", alias: "c1 bridge" }],
  strayBridges: [],
  unruledBridges: [],
  leases: [lease],
  ports: [port],
};

test("a running container that has everything gives no finding", () => {
  expect(compareNetwork(whole, new Set(["c1"]))).toEqual([]);
});

test("what a container that does not run still has is found, each thing once", () => {
  const found = compareNetwork(whole, new Set());
  expect(found.map(({ kind }) => kind)).toEqual(["stale-lease", "stale-port", "stray-veth"]);
  expect(found.map(({ text }) => text).join("\n")).toContain("the port 0.0.0.0:8080/tcp is published for c1");
});

test("an element that leads elsewhere than its row says is a stray, and the right one is missing", () => {
  const wrong = portElement({ ...port, targetIp: "10.64.0.9" });
  const found = compareNetwork({ ...whole, elements: [wrong] }, new Set(["c1"]));
  expect(found.map(({ kind }) => kind)).toEqual(["missing-element", "stray-element"]);
});

test("an interface without an owner's name belongs to nobody", () => {
  const found = compareNetwork({ ...whole, links: [{ name: "veth9", alias: "" }] }, new Set(["c1"]));
  expect(found).toEqual([{ kind: "stray-veth", name: "veth9", text: "the interface veth9 belongs to nobody" }]);
});

test("an interface of a running container that is on no bridge is found", () => {
  const loose = ["c1", "of another root"].map((containerId) => ({ name: "veth1", containerId, bridge: "estiba0" }));
  const found = compareNetwork({ ...whole, looseEnds: loose }, new Set(["c1"]));
  expect(found.map(({ text }) => text)).toEqual(["the interface veth1 of c1 is not on the bridge estiba0"]);
});

test("chains that lack rules are found", () => {
  const [found] = compareNetwork({ ...whole, flushedChains: ["pre", "forward"] }, new Set(["c1"]));
  expect(found?.text).toBe("rules are gone from the nft chains pre, forward");
});

test("what is left of networks of a cluster is found: tunnels of no bridge, and a table of ports that lead to other hosts", () => {
  const found = compareNetwork({ ...whole, strayTunnels: ["estivx1"], strayTable: true }, new Set(["c1"]));
  expect(found.map(({ kind }) => kind)).toEqual(["stray-tunnel", "stray-table"]);
  expect(compareNetwork({ ...whole, strayTunnels: [], strayTable: false }, new Set(["c1"]))).toEqual([]);
});
