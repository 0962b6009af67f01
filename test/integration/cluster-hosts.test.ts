import { expect, test } from "bun:test";
import { useCluster } from "../fixtures/cluster/test-cluster.ts";

const cluster = useCluster({ managers: 1, workers: 2, etcd: 0 });

test("machines with a network of their own each are nodes by their names, and share the tasks of a service", async () => {
  expect(await cluster().nodes()).toEqual(["manager1 Ready Leader", "worker1 Ready", "worker2 Ready"]);
  await cluster().create(6);
  expect(await cluster().running()).toEqual({ manager1: 2, worker1: 2, worker2: 2 });
  const where = await cluster().first.ok(["node", "ps", "worker2", "--format", "{{.Node}} {{.CurrentState}}"]);
  expect(where.split("\n").map((row) => row.split(" ").slice(0, 2).join(" "))).toEqual([
    "worker2 Running",
    "worker2 Running",
  ]);
});
