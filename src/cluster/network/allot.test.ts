import { expect, test } from "bun:test";
import { AddressScene } from "../../../test/fixtures/cluster/addresses.ts";
import { nodeOf, serviceOf, taskOf } from "../../../test/fixtures/cluster/model.ts";
import { plainSpec } from "../../engine/plain-spec.ts";
import type { Service } from "../model/service.ts";
import { unallotted } from "./allot.ts";
import { byName } from "./attached.ts";

const onNetwork = (name: string, parts: Partial<Service["spec"]> = {}): Service =>
  serviceOf(
    { kind: "replicated", replicas: 2 },
    { container: { ...plainSpec({ image: "app:1" }), networks: [{ network: name }] }, ...parts },
  );

function sceneOf(service: Service): AddressScene {
  const scene = new AddressScene();
  scene.network("back");
  scene.nodes.set("a", nodeOf("a"));
  scene.services.set(service.id, service);
  return scene;
}

test("a service, its tasks and their nodes each have an address of the network, and keep it", () => {
  const service = onNetwork("back");
  const scene = sceneOf(service);
  scene.tasks.set("task1", taskOf(service, 1, "new"));
  expect(scene.allot()).toEqual([2, 0]);
  expect(scene.held()).toEqual(["service/service1 10.33.0.1", "task/task1 10.33.0.2"]);
  scene.tasks.set("task1", taskOf(service, 1, "assigned", { nodeId: "a" }));
  expect(scene.allot()).toEqual([1, 0]);
  expect(scene.held()).toContain("node/a 10.33.0.3");
  expect(scene.allot()).toEqual([0, 0]);
});

test("an address rests for a minute before it is given again", () => {
  const service = onNetwork("back", { endpoint: "dnsrr" });
  const scene = sceneOf(service);
  scene.tasks.set("task1", taskOf(service, 1, "running"));
  scene.allot();
  expect(scene.held()).toEqual(["task/task1 10.33.0.1"]);
  scene.tasks.set("task1", taskOf(service, 1, "failed"));
  scene.tasks.set("task2", taskOf(service, 2, "new"));
  scene.allot();
  expect(scene.held()).toEqual(["task/task2 10.33.0.2"]);
  scene.now += 59_000;
  scene.tasks.delete("task1");
  expect(scene.allot()).toEqual([0, 0]);
  scene.now += 1_000;
  expect(scene.allot()).toEqual([0, 1]);
  scene.tasks.set("task3", taskOf(service, 3, "new"));
  scene.allot();
  expect(scene.held()).toContain("task/task3 10.33.0.1");
});

test("a task that is to end keeps its address until it has, also on a node that is not heard of", () => {
  const service = onNetwork("back");
  const scene = sceneOf(service);
  scene.tasks.set("task1", taskOf(service, 1, "running", { nodeId: "a" }));
  scene.allot();
  scene.nodes.set("a", nodeOf("a", { state: "down" }));
  scene.tasks.set("task1", taskOf(service, 1, "running", { nodeId: "a", desired: "shutdown" }));
  scene.services.delete(service.id);
  scene.allot();
  expect(scene.held()).toContain("task/task1 10.33.0.3");
});

test("where no address is left tasks wait, and get one when there is", () => {
  const service = onNetwork("back", { endpoint: "dnsrr" });
  const scene = sceneOf(service);
  for (let slot = 1; slot <= 8; slot += 1) scene.tasks.set(`task${slot}`, taskOf(service, slot, "new"));
  scene.allot();
  expect(scene.held()).toHaveLength(6);
  const named = byName(scene.networks.values());
  const waits = (): string[] =>
    [...scene.tasks.values()].filter((task) => unallotted(scene, named, task).length > 0).map(({ id }) => id);
  expect(waits()).toEqual(["task7", "task8"]);
  scene.tasks.delete("task1");
  scene.allot();
  scene.now += 60_000;
  scene.allot();
  scene.allot();
  expect(waits()).toEqual(["task8"]);
});

test("published ports give every task, and every node, an address on their network", () => {
  const port = {
    hostIp: "",
    hostPort: 80,
    containerPort: 80,
    protocol: "tcp",
    range: 1,
    share: { group: "g" },
  } as const;
  const service = serviceOf(
    { kind: "replicated", replicas: 1 },
    { container: { ...plainSpec({ image: "app:1" }), ports: [port] } },
  );
  const scene = sceneOf(service);
  scene.nodes.set("b", nodeOf("b"));
  scene.tasks.set("task1", taskOf(service, 1, "running", { nodeId: "a" }));
  expect(scene.allot()).toEqual([0, 0]);
  scene.network("ingress", { subnet: "10.32.0.0/16" });
  scene.allot();
  expect(scene.held()).toEqual(["node/a 10.32.0.1", "node/b 10.32.0.2", "task/task1 10.32.0.3"]);
  scene.nodes.delete("b");
  scene.allot();
  expect(scene.held()).toEqual(["node/a 10.32.0.1", "task/task1 10.32.0.3"]);
});

test("a node that needs an address again while its own one rests has that one", () => {
  const service = onNetwork("back", { endpoint: "dnsrr" });
  const scene = sceneOf(service);
  scene.tasks.set("task1", taskOf(service, 1, "running", { nodeId: "a" }));
  scene.allot();
  expect(scene.held()).toEqual(["node/a 10.33.0.1", "task/task1 10.33.0.2"]);
  scene.tasks.set("task1", taskOf(service, 1, "failed", { nodeId: "a" }));
  scene.allot();
  expect(scene.held()).toEqual([]);
  scene.tasks.set("task2", taskOf(service, 2, "assigned", { nodeId: "a" }));
  scene.allot();
  expect(scene.held()).toEqual(["node/a 10.33.0.1", "task/task2 10.33.0.3"]);
});
