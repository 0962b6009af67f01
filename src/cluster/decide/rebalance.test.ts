import { expect, test } from "bun:test";
import { nodeOf, serviceOf, specOf } from "../../../test/fixtures/cluster/model.ts";
import { Stage } from "../../../test/fixtures/cluster/stage.ts";
import type { Node } from "../model/node.ts";
import { isRebalanced, REBALANCE_LABEL } from "../model/rebalance.ts";
import { type ServiceSpec, withSpec } from "../model/service.ts";

const SECOND = 1_000;

/** A service that is rebalanced, whose tasks run on nodes that come and go. */
function boardOf(replicas: number, nodes: readonly Node[], parts: Partial<ServiceSpec> = {}): Stage {
  const labels = { [REBALANCE_LABEL]: "true" };
  const board = new Stage(serviceOf({ kind: "replicated", replicas }, { labels, ...parts }), nodes, 100 * SECOND);
  settle(board);
  board.fewest = board.running().length;
  return board;
}

/** One second: nodes do as they are told, and it is decided again. */
function step(board: Stage): void {
  board.now += SECOND;
  board.run();
}

/** Until long nothing more is to be done. */
function settle(board: Stage): Stage {
  for (let count = 0; count < 50; count++) step(board);
  return board;
}

function join(board: Stage, node: Node): Stage {
  board.nodes.set(node.id, { ...node, updatedAt: board.now });
  return board.decide();
}

/** How many tasks each node has. */
function counts(board: Stage): string {
  const count = (id: string): number => board.live().filter(({ nodeId }) => nodeId === id).length;
  return [...board.nodes.keys()].map((id) => `${id}${count(id)}`).join(" ");
}

test("when a node joins, tasks move there one at a time, the new one first, and never fewer run than are wanted", () => {
  const board = boardOf(6, [nodeOf("a"), nodeOf("b")]);
  expect(counts(board)).toBe("a3 b3");
  join(board, nodeOf("c"));
  // It is to be there for as long as an update would watch a task.
  expect([counts(board), board.wakeAt]).toEqual(["a3 b3 c0", board.now + 5 * SECOND]);
  const pictures: string[] = [];
  for (let count = 0; count < 30; count++) {
    const before = counts(board);
    step(board);
    expect(board.live().length).toBeLessThanOrEqual(7);
    if (counts(board) !== before) pictures.push(counts(board));
  }
  expect(pictures).toEqual(["a3 b3 c1", "a2 b3 c1", "a2 b3 c2", "a2 b2 c2"]);
  expect([board.fewest, counts(settle(board))]).toEqual([6, "a2 b2 c2"]);
});

test("without being asked for, while a task does not run, or while an update goes on, nothing moves", () => {
  const quiet = boardOf(4, [nodeOf("a")], { labels: {} });
  expect(counts(settle(join(quiet, nodeOf("b"))))).toBe("a4 b0");
  const ill = boardOf(4, [nodeOf("a")]);
  join(ill, nodeOf("b"));
  ill.report(ill.running()[0]?.id ?? "", "failed");
  ill.decide();
  const [coming] = ill.live().filter(({ desired }) => desired === "ready");
  for (let count = 0; count < 3; count++) step(ill);
  expect(ill.live().length).toBe(4);
  expect(coming).toBeDefined();
  const updating = boardOf(2, [nodeOf("a")]);
  updating.service = withSpec(updating.service, { ...updating.service.spec, force: 1 }, updating.now);
  join(updating, nodeOf("b"));
  expect([updating.service.update?.state, updating.live().length]).toEqual(["updating", 2]);
  // Afterwards it does.
  expect(counts(settle(updating))).toBe("a1 b1");
});

test("tasks move only where they may be: constraints, reservations, limits of a node, and what is to be spread over first", () => {
  const placement = specOf().placement;
  const eu = nodeOf("a", { labels: { zone: "eu" } });
  const bound = boardOf(4, [eu], { placement: { ...placement, constraints: ["node.labels.zone==eu"] } });
  expect(counts(settle(join(bound, nodeOf("b"))))).toBe("a4 b0");
  const large = boardOf(4, [nodeOf("a")], { reserve: { nanoCpus: 1e9, memoryBytes: 0 } });
  expect(counts(settle(join(large, nodeOf("b", { cpus: 1 }))))).toBe("a3 b1");
  const few = boardOf(4, [nodeOf("a"), nodeOf("b")], { placement: { ...placement, maxPerNode: 2 } });
  expect(counts(settle(join(few, nodeOf("c", { availability: "pause" }))))).toBe("a2 b2 c0");
  const zoned = boardOf(6, [nodeOf("a", { labels: { zone: "1" } }), nodeOf("b", { labels: { zone: "1" } })], {
    placement: { ...placement, spread: ["node.labels.zone"] },
  });
  // Half of them for the other zone, though its only node has more than either of the first then.
  expect(counts(settle(join(zoned, nodeOf("c", { labels: { zone: "2" } }))))).toMatch(/^(?:a1 b2|a2 b1) c3$/);
});

test("a node that is gone again before its task runs, or a task that fails there, costs no task that runs", () => {
  const board = boardOf(4, [nodeOf("a")]);
  join(board, nodeOf("b"));
  while (board.live().length === 4) step(board);
  board.nodes.set("b", nodeOf("b", { state: "down" }));
  settle(board);
  expect([counts(board), board.fewest]).toEqual(["a4 b0", 4]);
  const failing = boardOf(4, [nodeOf("a")]);
  join(failing, nodeOf("b"));
  for (let count = 0; count < 60; count++) {
    step(failing);
    for (const { id, nodeId } of failing.live()) if (nodeId === "b") failing.report(id, "failed");
    failing.decide();
  }
  expect(failing.fewest).toBe(4);
});

test("a node that comes and goes every few seconds gets nothing", () => {
  const board = boardOf(4, [nodeOf("a")]);
  for (let count = 0; count < 20; count++) {
    join(board, nodeOf("b", { state: count % 2 === 0 ? "ready" : "down" }));
    for (let second = 0; second < 3; second++) step(board);
  }
  expect([counts(board), board.tasks.size]).toEqual(["a4 b0", 4]);
});

test("the label is true or false, of a replicated service that is spread", () => {
  const of = (text: string, parts: Partial<ServiceSpec> = {}): boolean =>
    isRebalanced(specOf({ labels: { [REBALANCE_LABEL]: text }, ...parts }));
  expect([isRebalanced(specOf()), of("true"), of("false")]).toEqual([false, true, false]);
  expect(() => of("maybe")).toThrow('not "maybe"');
  expect(() => of("true", { mode: { kind: "global" } })).toThrow("not global");
  expect(() => of("true", { placement: { ...specOf().placement, strategy: "binpack" } })).toThrow("binpack fills them");
});
