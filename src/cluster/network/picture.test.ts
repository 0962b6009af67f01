import { expect, test } from "bun:test";
import { AddressScene } from "../../../test/fixtures/cluster/addresses.ts";
import { nodeOf, serviceOf, taskOf } from "../../../test/fixtures/cluster/model.ts";
import { plainSpec } from "../../engine/plain-spec.ts";
import { makeEndings } from "../manager/endings.ts";
import type { Node } from "../model/node.ts";
import { type NetworkItem, networksOfNode } from "./picture.ts";

const port = {
  hostIp: "",
  hostPort: 8080,
  containerPort: 80,
  protocol: "tcp",
  range: 1,
  share: { group: "g" },
} as const;
const service = serviceOf(
  { kind: "replicated", replicas: 2 },
  {
    container: {
      ...plainSpec({ image: "app:1" }),
      networks: [{ network: "back", aliases: ["shop"] }],
      ports: [port],
    },
  },
);

function at(id: string, address: string, parts: Partial<Node> = {}): Node {
  const node = nodeOf(id, parts);
  return { ...node, description: { ...node.description, address } };
}

function partsOf(scene: AddressScene, nodeId: string): Map<string, NetworkItem> {
  return new Map([...networksOfNode(scene, nodeId).parts].map(([key, { item }]) => [key, item]));
}

/** Tasks 1 and 2 on nodes `a` and `b`; nothing of it on node `c`. */
function sceneOfTwo(): AddressScene {
  const scene = new AddressScene();
  scene.network("back");
  scene.network("ingress", { subnet: "10.32.0.0/16" });
  for (const [index, id] of ["a", "b", "c"].entries()) scene.nodes.set(id, at(id, `192.0.2.${index + 1}`));
  scene.services.set(service.id, service);
  scene.tasks.set("task1", taskOf(service, 1, "running", { nodeId: "a" }));
  scene.tasks.set("task2", taskOf(service, 2, "running", { nodeId: "b" }));
  scene.allot();
  return scene;
}

test("a node is told of its networks, of who is on them elsewhere, and of who is behind names", () => {
  const items = partsOf(sceneOfTwo(), "a");
  expect(items.get("network/net-back")).toMatchObject({ gateway: "10.33.0.2", local: "192.0.2.1" });
  // The task and the bridge of node `b`, by the MACs that they have.
  expect(items.get("peer/net-back/10.33.0.5")).toMatchObject({
    peer: { ip: "10.33.0.5", mac: "06:00:00:00:00:02", via: "192.0.2.2" },
  });
  expect(items.get("peer/net-back/10.33.0.3")).toMatchObject({ peer: { mac: "02:42:0a:21:00:03", via: "192.0.2.2" } });
  expect([...items.keys()].filter((key) => key.startsWith("peer/net-back"))).toHaveLength(2);
  expect(items.get("service/net-back/service1")).toMatchObject({
    balanced: { vip: "10.33.0.1", backends: ["10.33.0.4", "10.33.0.5"] },
    names: { web: ["10.33.0.1"], shop: ["10.33.0.1"], "tasks.web": ["10.33.0.4", "10.33.0.5"] },
  });
});

test("a node without tasks has the published ports, and no other network", () => {
  const items = partsOf(sceneOfTwo(), "c");
  expect([...items.keys()].filter((key) => key.startsWith("network/"))).toEqual(["network/net-ingress"]);
  expect(items.get("door/tcp/8080/")).toMatchObject({
    door: { hostPort: 8080, targets: [{ port: 80 }, { port: 80 }] },
  });
  expect([...items.keys()].filter((key) => key.startsWith("gate/"))).toHaveLength(3);
});

test("who is to end, is not healthy yet, or is on a node that is not heard of gets no connections, but can be reached", () => {
  const scene = sceneOfTwo();
  const backends = (): unknown => {
    scene.changes += 1;
    const item = partsOf(scene, "a").get("service/net-back/service1");
    return item?.kind === "service" ? item.balanced?.backends : undefined;
  };
  scene.tasks.set("task2", taskOf(service, 2, "running", { nodeId: "b", desired: "shutdown" }));
  expect(backends()).toEqual(["10.33.0.4"]);
  expect(partsOf(scene, "a").has("peer/net-back/10.33.0.5")).toBe(true);
  scene.tasks.set("task2", taskOf(service, 2, "starting", { nodeId: "b" }));
  expect(backends()).toEqual(["10.33.0.4"]);
  scene.tasks.set("task2", taskOf(service, 2, "running", { nodeId: "b" }));
  scene.nodes.set("b", at("b", "192.0.2.2", { state: "down" }));
  expect(backends()).toEqual(["10.33.0.4"]);
});

test("a task that is over by what its node says gets no connections before that is written down", () => {
  const scene = sceneOfTwo();
  const before = networksOfNode(scene, "a");
  const over = makeEndings();
  expect(networksOfNode(scene, "a", before, over).parts.get("service/net-back/service1")).toBeDefined();
  over.add("task2");
  const after = networksOfNode(scene, "a", before, over).parts;
  expect(after.get("service/net-back/service1")?.item).toMatchObject({ balanced: { backends: ["10.33.0.4"] } });
  expect(after.has("peer/net-back/10.33.0.5")).toBe(true);
});

test("without a virtual address the service's name leads to its tasks", () => {
  const scene = sceneOfTwo();
  scene.services.set(service.id, { ...service, spec: { ...service.spec, endpoint: "dnsrr" } });
  scene.allot();
  const item = partsOf(scene, "a").get("service/net-back/service1");
  expect(item).toMatchObject({ names: { web: ["10.33.0.4", "10.33.0.5"] } });
  expect(item).not.toHaveProperty("balanced");
});

test("a node of whose networks nothing has changed is given the very same as before", () => {
  const scene = sceneOfTwo();
  const other = scene.network("front", { subnet: "10.34.0.0/29" });
  const before = networksOfNode(scene, "a");
  scene.changes += 1;
  scene.addresses.set(other.id, new Map([["10.34.0.1", { networkId: other.id, ip: "10.34.0.1", owner: "node/c" }]]));
  expect(networksOfNode(scene, "a", before)).toBe(before);
  expect(networksOfNode(scene, "c").parts.has("network/net-front")).toBe(true);
  scene.changes += 1;
  scene.tasks.set("task2", taskOf(service, 2, "failed", { nodeId: "b" }));
  const after = networksOfNode(scene, "a", before);
  expect(after).not.toBe(before);
  expect([...before.parts.keys()].filter((key) => !after.parts.has(key))).toEqual([
    "peer/net-back/10.33.0.5",
    "peer/net-ingress/10.32.0.5",
  ]);
});

test("a guest is a peer for other nodes, found by its names while its node is heard of, and known as its own to that one", () => {
  const scene = sceneOfTwo();
  scene.network("front", { subnet: "10.34.0.0/29" });
  const guest = { networkId: "net-front", containerId: "c1", nodeId: "c", names: ["box", "chest"], createdAt: 0 };
  scene.guests.set("net-front/c1", guest);
  scene.allot();
  const { ip = "", mac } = scene.addressesOf("container/c1")[0] ?? {};
  expect(scene.held()).toContain("node/c 10.34.0.1");
  const own = partsOf(scene, "c");
  expect(own.get("guest/net-front/c1")).toMatchObject({ kind: "guest", ip, names: ["box", "chest"] });
  expect(own.has(`peer/net-front/${ip}`)).toBe(false);
  const beside = { ...guest, containerId: "c2", nodeId: "a", names: ["lid"] };
  scene.guests.set("net-front/c2", beside);
  scene.allot();
  const others = partsOf(scene, "a");
  expect(others.get(`peer/net-front/${ip}`)).toMatchObject({ peer: { ip, mac, via: "192.0.2.3" } });
  expect(others.get("names/net-front/c1")).toMatchObject({ names: { box: [ip], chest: [ip] } });
  expect(others.has("guest/net-front/c1")).toBe(false);
  scene.changes += 1;
  scene.nodes.set("c", at("c", "192.0.2.3", { state: "down" }));
  expect(partsOf(scene, "a").has("names/net-front/c1")).toBe(false);
  scene.guests.delete("net-front/c1");
  scene.allot();
  expect(scene.held()).not.toContain(`container/c1 ${ip}`);
});

test("on a network with IPv6 all who have an address have the one of the same number, by names and behind virtual ones, too", () => {
  const scene = sceneOfTwo();
  scene.network("back", { subnet6: "fd5a:1:2:3::/64" });
  const items = partsOf(scene, "a");
  expect(items.get("service/net-back/service1")).toMatchObject({
    balanced: { vip: "10.33.0.1", backends: ["10.33.0.4", "10.33.0.5"] },
    balanced6: { vip: "fd5a:1:2:3::1", backends: ["fd5a:1:2:3::4", "fd5a:1:2:3::5"] },
    names: { web: ["10.33.0.1", "fd5a:1:2:3::1"] },
  });
  expect(items.get("peer/net-back/10.33.0.5")).toMatchObject({ peer: { ip: "10.33.0.5", ip6: "fd5a:1:2:3::5" } });
});

test("published ports lead to IPv6 addresses, too, where their network has them; a port of two addresses has two doors", () => {
  const scene = sceneOfTwo();
  const doorsOf = (): unknown[] => {
    scene.changes += 1;
    const items = [...partsOf(scene, "c").values()];
    return items.flatMap((item) => (item.kind === "door" ? item.door : []));
  };
  expect(doorsOf()).toMatchObject([
    {
      hostIp: "",
      targets: [
        { ip: "10.32.0.4", port: 80 },
        { ip: "10.32.0.5", port: 80 },
      ],
    },
  ]);
  scene.network("ingress", { subnet: "10.32.0.0/16", subnet6: "fd5a:1:2:3::/64" });
  scene.changes += 1;
  expect(partsOf(scene, "c").get("gate/10.32.0.1")).toMatchObject({ gate: { ip: "10.32.0.1", ip6: "fd5a:1:2:3::1" } });
  const ports = ["127.0.0.1", "::1"].map((hostIp) => ({ ...port, hostIp }));
  const spec = { ...service.spec, container: { ...service.spec.container, ports } };
  scene.services.set(service.id, { ...service, spec });
  expect(doorsOf()).toMatchObject([
    { hostIp: "127.0.0.1", targets: [{ ip6: "fd5a:1:2:3::4" }, { ip6: "fd5a:1:2:3::5" }] },
    { hostIp: "::1", targets: [{ ip6: "fd5a:1:2:3::4" }, { ip6: "fd5a:1:2:3::5" }] },
  ]);
});
