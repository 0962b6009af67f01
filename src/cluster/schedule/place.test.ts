import { expect, test } from "bun:test";
import { nodeOf, serviceOf, taskOf } from "../../../test/fixtures/cluster/model.ts";
import type { Node } from "../model/node.ts";
import type { Service, ServiceSpec } from "../model/service.ts";
import type { Task } from "../model/task.ts";
import { loadsOf } from "./load.ts";
import { placeTasks } from "./place.ts";

type Placing = { readonly nodes: readonly Node[]; readonly count: number; readonly before?: readonly Task[] };

function place(parts: Partial<ServiceSpec>, { nodes, count, before = [] }: Placing, failures = 0): Task[] {
  const service: Service = serviceOf({ kind: "replicated", replicas: count }, parts);
  const tasks = Array.from({ length: count }, (_, index) => taskOf(service, index + 1, "new"));
  const loads = loadsOf(nodes, before);
  const services = new Map([[service.id, service]]);
  return placeTasks({ services, loads, tasks, now: 1, failures: (_, node) => (node === "a" ? failures : 0) });
}

/** How many tasks each node got. */
function counts(tasks: readonly Task[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(tasks, ({ nodeId }) => nodeId ?? "none")]
      .map(([node, list]) => [node, list.length])
      .toSorted(([a = ""], [b = ""]) => String(a).localeCompare(String(b))),
  );
}

const THREE = ["a", "b", "c"].map((id) => nodeOf(id));
const PLACEMENT = { constraints: [], spread: [], maxPerNode: 0, strategy: "spread" } as const;

test("tasks are spread over nodes, first by tasks of the service, then by all tasks", () => {
  expect(counts(place({}, { nodes: THREE, count: 7 }))).toEqual({ a: 3, b: 2, c: 2 });
  const other = taskOf({ ...serviceOf({ kind: "global" }), id: "other" }, 1, "running", { nodeId: "a" });
  expect(counts(place({}, { nodes: THREE, count: 1, before: [other] }))).toEqual({ b: 1 });
});

test("with binpack one node is filled before the next", () => {
  const parts = {
    placement: { ...PLACEMENT, strategy: "binpack" },
    reserve: { nanoCpus: 2e9, memoryBytes: 0 },
  } as const;
  expect(counts(place(parts, { nodes: THREE, count: 3 }))).toEqual({ a: 2, b: 1 });
});

test("a preference gives each value of a label equally many tasks, however many nodes have it; a second one divides those", () => {
  const nodes = ["a1", "a2", "a3", "b1"].map((id) => nodeOf(id, { labels: { zone: id.charAt(0), rack: id } }));
  const placement = { ...PLACEMENT, spread: ["node.labels.zone"] };
  expect(counts(place({ placement }, { nodes, count: 6 }))).toEqual({ a1: 1, a2: 1, a3: 1, b1: 3 });
  const both = { ...PLACEMENT, spread: ["node.labels.zone", "node.labels.rack"] };
  expect(counts(place({ placement: both }, { nodes, count: 4 }))).toEqual({ a1: 1, a2: 1, b1: 2 });
});

test("a preferred value whose nodes are full leaves the rest to the others", () => {
  const nodes = [nodeOf("a", { labels: { zone: "a" }, cpus: 1 }), nodeOf("b", { labels: { zone: "b" } })];
  const parts = {
    placement: { ...PLACEMENT, spread: ["node.labels.zone"] },
    reserve: { nanoCpus: 1e9, memoryBytes: 0 },
  };
  expect(counts(place(parts, { nodes, count: 4 }))).toEqual({ a: 1, b: 3 });
});

test("a node where the service has failed often is the last choice", () => {
  expect(counts(place({}, { nodes: THREE, count: 2 }, 5))).toEqual({ b: 1, c: 1 });
  expect(counts(place({}, { nodes: THREE.slice(0, 1), count: 1 }, 5))).toEqual({ a: 1 });
});

test("a task that fits nowhere stays pending, with how many nodes each reason keeps away", () => {
  const nodes = [
    nodeOf("a", { cpus: 1 }),
    nodeOf("b", { availability: "pause" }),
    nodeOf("c", { state: "down" }),
    nodeOf("d", { labels: { zone: "x" } }),
  ];
  const placement = { ...PLACEMENT, constraints: ["node.labels.zone!=x"] };
  const [task] = place({ placement, reserve: { nanoCpus: 2e9, memoryBytes: 0 } }, { nodes, count: 1 });
  expect(task?.status).toMatchObject({
    state: "pending",
    error:
      "no suitable node (2 nodes not available for new tasks; insufficient resources on 1 node; scheduling constraints not satisfied on 1 node)",
  });
});

test("no node gets more tasks than it may have, more than it has room for, or one port twice", () => {
  const most = place({ placement: { ...PLACEMENT, maxPerNode: 2 } }, { nodes: THREE.slice(0, 1), count: 3 });
  expect(most.map(({ status }) => status.error)).toEqual([
    undefined,
    undefined,
    "no suitable node (max replicas per node limit exceed)",
  ]);
  const service = serviceOf({ kind: "replicated", replicas: 2 });
  const tasks = [1, 2].map((slot) => taskOf(service, slot, "new", { hostPorts: ["tcp/80"] }));
  const loads = loadsOf(THREE.slice(0, 1), []);
  const placed = placeTasks({ services: new Map([[service.id, service]]), loads, tasks, now: 1, failures: () => 0 });
  expect(placed.map(({ status }) => status.error)).toEqual([
    undefined,
    "no suitable node (host-mode port already in use on 1 node)",
  ]);
});

test("what a node does not tell of itself limits nothing: it is chosen as any other", () => {
  for (const unknown of [0, Number.NaN, null as unknown as number])
    for (const strategy of ["spread", "binpack"] as const) {
      const { description, ...rest } = nodeOf("a");
      const silent = { ...rest, description: { ...description, memoryBytes: unknown, nanoCpus: unknown } };
      const placement = { ...PLACEMENT, strategy };
      for (const reserve of [
        { nanoCpus: 0, memoryBytes: 0 },
        { nanoCpus: 1e9, memoryBytes: 1e9 },
      ]) {
        expect(counts(place({ placement, reserve }, { nodes: [silent], count: 2 }))).toEqual({ a: 2 });
        const both = counts(place({ placement, reserve }, { nodes: [silent, nodeOf("b")], count: 2 }));
        expect([unknown, both]).toEqual([unknown, strategy === "spread" ? { a: 1, b: 1 } : { a: 2 }]);
      }
    }
});
