import { expect, test } from "bun:test";
import { nodeOf, serviceOf, taskOf } from "../../../test/fixtures/cluster/model.ts";
import { explainEach, needsOf } from "./filters.ts";
import { loadsOf } from "./load.ts";

test("why a node would be given no task is told with what it lacks", () => {
  const service = serviceOf(
    { kind: "replicated", replicas: 9 },
    {
      placement: {
        constraints: ["node.labels.zone==eu", "node.role==worker"],
        spread: [],
        maxPerNode: 1,
        strategy: "spread",
      },
      reserve: { nanoCpus: 1.5e9, memoryBytes: 4e9 },
    },
  );
  const nodes = [
    nodeOf("a", { cpus: 2, labels: { zone: "eu" } }),
    nodeOf("b", { role: "manager" }),
    nodeOf("c", { state: "down", labels: { zone: "eu" } }),
    nodeOf("d", { availability: "drain", labels: { zone: "eu" } }),
    nodeOf("e", { labels: { zone: "eu" } }),
  ];
  const there = taskOf(service, 1, "running", {
    nodeId: "a",
    hostPorts: ["tcp/80"],
    reserve: { nanoCpus: 1e9, memoryBytes: 5e9 },
  });
  const told = explainEach(loadsOf(nodes, [there]).values(), needsOf(service.id, service.spec, ["tcp/80"]));
  expect(Object.fromEntries(told.map(({ node, reasons }) => [node, reasons]))).toEqual({
    "host-a": [
      "insufficient resources: 1.5 processors are asked for, 1 are left, 4 GB of memory are asked for, 3 GB are left",
      "host-mode port already in use: tcp/80",
      "max replicas per node limit exceed: it has 1",
    ],
    "host-b": ["scheduling constraints not satisfied: node.labels.zone==eu, node.role==worker"],
    "host-c": ["not available for new tasks: it is down"],
    "host-d": ["not available for new tasks: it is drained"],
    "host-e": [],
  });
});
