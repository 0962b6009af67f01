import { expect, test } from "bun:test";
import { nodeOf, serviceOf, specOf } from "../../../test/fixtures/cluster/model.ts";
import type { Node } from "../model/node.ts";
import { isRebalanced, REBALANCE_LABEL } from "../model/rebalance.ts";
import { type Service, type ServiceSpec, withSpec } from "../model/service.ts";
import { hasEnded, isAssigned, isWanted, type Task, type TaskState, withStatus } from "../model/task.ts";
import { loadsOf } from "../schedule/load.ts";
import { placeTasks } from "../schedule/place.ts";
import { decide } from "./decide.ts";

const SECOND = 1_000;

/** A service on nodes that come and go, whose tasks are placed as they really are. */
class Board {
  now = 100 * SECOND;
  service: Service;
  readonly tasks = new Map<string, Task>();
  readonly nodes = new Map<string, Node>();
  wakeAt = 0;
  /** The fewest tasks that ever ran at once since all of them did. */
  fewest = Number.POSITIVE_INFINITY;
  #ids = 0;

  constructor(replicas: number, nodes: readonly Node[], parts: Partial<ServiceSpec> = {}) {
    this.service = serviceOf({ kind: "replicated", replicas }, { labels: { [REBALANCE_LABEL]: "true" }, ...parts });
    for (const node of nodes) this.nodes.set(node.id, node);
    this.settle();
    this.fewest = this.running().length;
  }

  decide(): void {
    for (let round = 0; round < 10; round++) {
      const loads = () => loadsOf(this.nodes.values(), this.tasks.values());
      const { service, tasks, nodes, now } = this;
      const newId = (): string => `t${String(++this.#ids).padStart(5, "0")}`;
      const decision = decide({ service, tasks: tasks.values(), nodes, loads, now, clock: now, newId, history: 5 });
      for (const task of decision.put) tasks.set(task.id, task);
      for (const id of decision.drop) tasks.delete(id);
      this.service = decision.service ?? service;
      this.wakeAt = decision.wakeAt;
      const pending = [...tasks.values()].filter((task) => !isAssigned(task) && isWanted(task));
      const services = new Map([[service.id, this.service]]);
      const placed = placeTasks({ services, loads: loads(), tasks: pending, now, failures: () => 0 });
      for (const task of placed) tasks.set(task.id, task);
      if (decision.put.length + decision.drop.length + placed.length === 0) return;
    }
    throw new Error("it is never content");
  }

  report(id: string, state: TaskState): void {
    const task = this.tasks.get(id);
    if (task !== undefined) this.tasks.set(id, withStatus(task, { state, at: this.now, message: state }));
  }

  /** One second: nodes do as they are told, and it is decided again. */
  step(): this {
    this.now += SECOND;
    for (const { id, desired, nodeId } of this.tasks.values()) {
      if (this.nodes.get(nodeId ?? "")?.state !== "ready") continue;
      if (desired === "running") this.report(id, "running");
      if (desired === "shutdown" || desired === "remove") this.report(id, "shutdown");
    }
    this.fewest = Math.min(this.fewest, this.running().length);
    this.decide();
    return this;
  }

  /** Until long nothing more is to be done. */
  settle(): this {
    this.decide();
    for (let count = 0; count < 50; count++) this.step();
    return this;
  }

  join(node: Node): this {
    this.nodes.set(node.id, { ...node, updatedAt: this.now });
    this.decide();
    return this;
  }

  running(): Task[] {
    return [...this.tasks.values()].filter((task) => isWanted(task) && task.status.state === "running");
  }

  /** Tasks that are to run, on their way among them. */
  live(): Task[] {
    return [...this.tasks.values()].filter((task) => isWanted(task) && !hasEnded(task));
  }

  /** How many tasks each node has. */
  get counts(): string {
    const count = (id: string): number => this.live().filter(({ nodeId }) => nodeId === id).length;
    return [...this.nodes.keys()].map((id) => `${id}${count(id)}`).join(" ");
  }
}

test("when a node joins, tasks move there one at a time, the new one first, and never fewer run than are wanted", () => {
  const board = new Board(6, [nodeOf("a"), nodeOf("b")]);
  expect(board.counts).toBe("a3 b3");
  board.join(nodeOf("c"));
  // It is to be there for as long as an update would watch a task.
  expect([board.counts, board.wakeAt]).toEqual(["a3 b3 c0", board.now + 5 * SECOND]);
  const pictures: string[] = [];
  for (let count = 0; count < 30; count++) {
    const before = board.counts;
    board.step();
    expect(board.live().length).toBeLessThanOrEqual(7);
    if (board.counts !== before) pictures.push(board.counts);
  }
  expect(pictures).toEqual(["a3 b3 c1", "a2 b3 c1", "a2 b3 c2", "a2 b2 c2"]);
  expect([board.fewest, board.settle().counts]).toEqual([6, "a2 b2 c2"]);
});

test("without being asked for, while a task does not run, or while an update goes on, nothing moves", () => {
  const quiet = new Board(4, [nodeOf("a")], { labels: {} });
  expect(quiet.join(nodeOf("b")).settle().counts).toBe("a4 b0");
  const ill = new Board(4, [nodeOf("a")]);
  ill.join(nodeOf("b"));
  ill.report(ill.running()[0]?.id ?? "", "failed");
  ill.decide();
  const [coming] = ill.live().filter(({ desired }) => desired === "ready");
  for (let count = 0; count < 3; count++) ill.step();
  expect(ill.live().length).toBe(4);
  expect(coming).toBeDefined();
  const updating = new Board(2, [nodeOf("a")]);
  updating.service = withSpec(updating.service, { ...updating.service.spec, force: 1 }, updating.now);
  updating.join(nodeOf("b"));
  expect([updating.service.update?.state, updating.live().length]).toEqual(["updating", 2]);
  // Afterwards it does.
  expect(updating.settle().counts).toBe("a1 b1");
});

test("tasks move only where they may be: constraints, reservations, limits of a node, and what is to be spread over first", () => {
  const placement = specOf().placement;
  const eu = nodeOf("a", { labels: { zone: "eu" } });
  const bound = new Board(4, [eu], { placement: { ...placement, constraints: ["node.labels.zone==eu"] } });
  expect(bound.join(nodeOf("b")).settle().counts).toBe("a4 b0");
  const large = new Board(4, [nodeOf("a")], { reserve: { nanoCpus: 1e9, memoryBytes: 0 } });
  expect(large.join(nodeOf("b", { cpus: 1 })).settle().counts).toBe("a3 b1");
  const few = new Board(4, [nodeOf("a"), nodeOf("b")], { placement: { ...placement, maxPerNode: 2 } });
  expect(few.join(nodeOf("c", { availability: "pause" })).settle().counts).toBe("a2 b2 c0");
  const zoned = new Board(6, [nodeOf("a", { labels: { zone: "1" } }), nodeOf("b", { labels: { zone: "1" } })], {
    placement: { ...placement, spread: ["node.labels.zone"] },
  });
  // Half of them for the other zone, though its only node has more than either of the first then.
  expect(zoned.join(nodeOf("c", { labels: { zone: "2" } })).settle().counts).toMatch(/^(?:a1 b2|a2 b1) c3$/);
});

test("a node that is gone again before its task runs, or a task that fails there, costs no task that runs", () => {
  const board = new Board(4, [nodeOf("a")]);
  board.join(nodeOf("b"));
  while (board.live().length === 4) board.step();
  board.nodes.set("b", nodeOf("b", { state: "down" }));
  board.settle();
  expect([board.counts, board.fewest]).toEqual(["a4 b0", 4]);
  const failing = new Board(4, [nodeOf("a")]);
  failing.join(nodeOf("b"));
  for (let count = 0; count < 60; count++) {
    failing.step();
    for (const { id, nodeId } of failing.live()) if (nodeId === "b") failing.report(id, "failed");
    failing.decide();
  }
  expect(failing.fewest).toBe(4);
});

test("a node that comes and goes every few seconds gets nothing", () => {
  const board = new Board(4, [nodeOf("a")]);
  for (let count = 0; count < 20; count++) {
    board.join(nodeOf("b", { state: count % 2 === 0 ? "ready" : "down" }));
    for (let second = 0; second < 3; second++) board.step();
  }
  expect([board.counts, board.tasks.size]).toEqual(["a4 b0", 4]);
});

test("the label is true or false, of a replicated service that is spread", () => {
  const of = (text: string, parts: Partial<ServiceSpec> = {}): boolean =>
    isRebalanced(specOf({ labels: { [REBALANCE_LABEL]: text }, ...parts }));
  expect([isRebalanced(specOf()), of("true"), of("false")]).toEqual([false, true, false]);
  expect(() => of("maybe")).toThrow('not "maybe"');
  expect(() => of("true", { mode: { kind: "global" } })).toThrow("not global");
  expect(() => of("true", { placement: { ...specOf().placement, strategy: "binpack" } })).toThrow("binpack fills them");
});
