import { expect, test } from "bun:test";
import { loadsOf } from "../../src/cluster/schedule/load.ts";
import { placeTasks } from "../../src/cluster/schedule/place.ts";
import { nodeOf, serviceOf, taskOf } from "../fixtures/cluster/model.ts";
import { simulate } from "../fixtures/cluster/simulation.ts";

const NODES = 1_000;
const TASKS_BEFORE = 50_000;
const PLACED = 10_000;
const WANTED_PER_SECOND = 5_000;

test("a hundred thousand steps of random faults, each history healed", () => {
  for (let seed = 1_000; seed < 1_250; seed++) simulate({ seed, steps: 400 });
}, 900_000);

test("at a thousand nodes with fifty thousand tasks, more than five thousand tasks find their place in a second", () => {
  const nodes = Array.from({ length: NODES }, (_, index) =>
    nodeOf(`n${index}`, { cpus: 64, labels: { zone: String(index % 3) } }),
  );
  const before = { ...serviceOf({ kind: "replicated", replicas: TASKS_BEFORE }), id: "before" };
  const there = Array.from({ length: TASKS_BEFORE }, (_, index) =>
    taskOf(before, index + 1, "running", { id: `b${index}`, nodeId: `n${index % NODES}` }),
  );
  const services = Array.from({ length: 100 }, (_, index) => ({
    ...serviceOf({ kind: "replicated", replicas: 100 }, { reserve: { nanoCpus: 1e8, memoryBytes: 1e6 } }),
    id: `s${index}`,
  }));
  const tasks = services.flatMap((service, index) =>
    Array.from({ length: PLACED / services.length }, (_, slot) =>
      taskOf(service, slot + 1, "new", { id: `t${index}-${slot}` }),
    ),
  );
  const loads = loadsOf(nodes, there);
  const started = performance.now();
  const placed = placeTasks({
    services: new Map(services.map((service) => [service.id, service])),
    loads,
    tasks,
    now: 1,
    failures: () => 0,
  });
  const seconds = (performance.now() - started) / 1_000;
  expect(placed.filter(({ nodeId }) => nodeId !== undefined).length).toBe(PLACED);
  console.log(`${Math.round(PLACED / seconds)} placements a second`);
  // A machine of this kind does several times as many.
  expect(PLACED / seconds).toBeGreaterThan(WANTED_PER_SECOND);
}, 60_000);
