import { expect, test } from "bun:test";
import { nodeOf, serviceOf, specOf, taskOf } from "../../../test/fixtures/cluster/model.ts";
import { takesTasks } from "../model/node.ts";
import { rolledBack, type Service, type UpdateRule, withSpec } from "../model/service.ts";
import { hasEnded, isWanted, type Task, type TaskState, withStatus } from "../model/task.ts";
import { loadsOf } from "../schedule/load.ts";
import { decide } from "./decide.ts";
import { nextRestart } from "./restart.ts";

/** A service with its tasks on two nodes, whose tasks do what a test says. */
class Stage {
  now = 1_000;
  service: Service;
  readonly tasks = new Map<string, Task>();
  readonly nodes = new Map(["a", "b"].map((id) => [id, nodeOf(id)]));
  wakeAt = 0;
  #ids = 0;

  constructor(replicas: number, update: Partial<UpdateRule> = {}) {
    const usual = specOf();
    const rule = { ...usual.update, ...update };
    this.service = serviceOf({ kind: "replicated", replicas }, { update: rule, rollback: usual.rollback });
    this.decide();
    this.run();
  }

  /** Decides, gives what is new a node; until nothing changes any more. */
  decide(): void {
    for (let round = 0; round < 10; round++) {
      const { put, drop, service, wakeAt } = decide({
        service: this.service,
        tasks: this.tasks.values(),
        nodes: this.nodes,
        loads: () => loadsOf(this.nodes.values(), this.tasks.values()),
        now: this.now,
        clock: this.now,
        newId: () => `t${++this.#ids}`,
        history: 5,
      });
      for (const task of put) this.tasks.set(task.id, { ...task, nodeId: task.nodeId ?? this.placeFor(task) });
      for (const task of put) if (task.status.state === "new") this.report(task.id, "assigned");
      for (const id of drop) this.tasks.delete(id);
      this.service = service ?? this.service;
      this.wakeAt = wakeAt;
      if (put.length + drop.length === 0 && service === undefined) return;
    }
    throw new Error("it is never content");
  }

  placeFor({ slot }: Task): string {
    const free = [...this.nodes.values()].filter(takesTasks).map(({ id }) => id);
    return free[(slot - 1) % free.length] ?? "none";
  }

  report(id: string, state: TaskState): void {
    const task = this.tasks.get(id);
    if (task !== undefined) this.tasks.set(id, withStatus(task, { state, at: this.now, message: state }));
  }

  /** Nodes do as they are told. */
  run(): void {
    for (const { id, desired, status } of this.tasks.values()) {
      if (status.state === "failed") continue;
      if (desired === "running") this.report(id, "running");
      if (desired === "shutdown" || desired === "remove") this.report(id, "shutdown");
    }
    this.decide();
  }

  update(): void {
    this.service = withSpec(this.service, { ...this.service.spec, force: this.service.spec.force + 1 }, this.now);
    this.decide();
  }

  live(): Task[] {
    return [...this.tasks.values()]
      .filter((task) => isWanted(task) && !hasEnded(task))
      .toSorted((a, b) => a.slot - b.slot);
  }

  /** For each live task: its slot, whether it is new (of the current spec), and what is wanted of it. */
  picture(): string {
    return this.live()
      .map(
        ({ slot, specHash, desired }) =>
          `${slot}${specHash === this.service.specHash ? "'" : ""}${desired === "ready" ? "?" : ""}`,
      )
      .join(" ");
  }

  after(ms: number): void {
    this.now += ms;
    this.decide();
  }
}

test("an update goes through the slots one by one: the old task ends, then the new one begins", () => {
  const stage = new Stage(2);
  stage.update();
  expect(stage.picture()).toBe("1'? 2");
  stage.run();
  expect(stage.picture()).toBe("1' 2");
  stage.run();
  expect(stage.picture()).toBe("1' 2'?");
  stage.run();
  stage.run();
  expect([stage.picture(), stage.service.update?.state]).toEqual(["1' 2'", "updating"]);
  // The last one is watched, too.
  stage.after(5_000);
  expect(stage.service.update?.state).toBe("completed");
});

test("with start-first the old task runs until the new one does", () => {
  const stage = new Stage(2, { order: "start-first", parallelism: 2 });
  stage.update();
  expect(stage.picture()).toBe("1 1' 2 2'");
  stage.run();
  // One that ended at once would leave the old one where it is.
  expect(stage.picture()).toBe("1 1' 2 2'");
  stage.after(500);
  expect(stage.picture()).toBe("1' 2'");
});

test("a delay lies between a slot and the next one, and is asked to be woken for", () => {
  const stage = new Stage(3, { delayMs: 700 });
  stage.update();
  stage.run();
  stage.run();
  expect([stage.picture(), stage.wakeAt]).toEqual(["1' 2 3", stage.now + 700]);
  stage.after(700);
  expect(stage.picture()).toBe("1' 2'? 3");
});

test("an update whose tasks fail pauses; with rollback the old spec comes back, and whatever was not touched stays", () => {
  const paused = new Stage(2);
  paused.update();
  paused.run();
  const [failing] = paused.live();
  paused.report(failing?.id ?? "", "failed");
  paused.decide();
  expect(paused.service.update).toMatchObject({
    state: "paused",
    message: expect.stringContaining(failing?.id ?? "?"),
  });
  expect(paused.live().find(({ slot }) => slot === 2)?.specHash).not.toBe(paused.service.specHash);
  const back = new Stage(3, { failureAction: "rollback" });
  const before = back.service.specHash;
  const untouched = back
    .live()
    .filter(({ slot }) => slot > 1)
    .map(({ id }) => id);
  back.update();
  back.run();
  back.report(back.live()[0]?.id ?? "", "failed");
  back.decide();
  expect([back.service.update?.state, back.service.specHash]).toEqual(["rollback_started", before]);
  for (let round = 0; round < 8; round++) {
    back.after(2_000);
    back.run();
  }
  expect([back.service.update?.state, back.picture()]).toEqual(["rollback_completed", "1' 2' 3'"]);
  expect(
    back
      .live()
      .slice(1)
      .map(({ id }) => id),
  ).toEqual(untouched);
});

test("some may fail where a ratio says so; a rollback that fails pauses, and is not rolled back", () => {
  const some = new Stage(4, { maxFailureRatio: 0.25, parallelism: 0 });
  some.update();
  some.run();
  some.report(some.live()[0]?.id ?? "", "failed");
  some.decide();
  expect(some.service.update?.state).toBe("updating");
  some.report(some.live()[1]?.id ?? "", "failed");
  some.decide();
  expect(some.service.update?.state).toBe("paused");
  const twice = new Stage(1);
  twice.update();
  twice.service = rolledBack(twice.service, twice.now) ?? twice.service;
  twice.decide();
  twice.run();
  for (const { id } of twice.live()) twice.report(id, "failed");
  twice.decide();
  expect(twice.service.update?.state).toBe("rollback_paused");
});

test("an update in which nothing begins to run within the deadline is broken off", () => {
  const stage = new Stage(1, { progressMs: 60_000, order: "start-first" });
  stage.update();
  expect(stage.wakeAt).toBe(stage.now + 60_000);
  stage.after(60_000);
  expect(stage.service.update).toMatchObject({
    state: "paused",
    message: expect.stringContaining("no task began to run"),
  });
  // The old one was never stopped.
  expect(stage.picture()).toBe("1 1'");
});

test("what cannot be prepared is tried again after the back-off, longer each time, and at once with another spec", () => {
  const stage = new Stage(1, { order: "start-first", failureAction: "continue" });
  stage.update();
  const waits: number[] = [];
  for (let round = 0; round < 3; round++) {
    const coming = stage.live().find(({ status }) => status.state === "assigned");
    stage.report(coming?.id ?? "", "rejected");
    const before = stage.tasks.size;
    stage.decide();
    // What runs goes on; nothing is made before its time.
    expect([stage.tasks.size, stage.picture()]).toEqual([before, "1"]);
    waits.push(stage.wakeAt - stage.now);
    stage.after(stage.wakeAt - stage.now);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000]);
  stage.report(stage.live().find(({ status }) => status.state === "assigned")?.id ?? "", "rejected");
  stage.decide();
  stage.update();
  expect(stage.live().length).toBe(2);
});

test("tasks of a node that is lost are followed by others at once; it stops them when it is back", () => {
  const stage = new Stage(2);
  const [lost] = stage.live();
  stage.nodes.set("a", nodeOf("a", { state: "down" }));
  stage.decide();
  expect(stage.tasks.get(lost?.id ?? "")).toMatchObject({ desired: "shutdown", status: { state: "running" } });
  expect(
    stage
      .live()
      .filter(({ slot }) => slot === 1)
      .map(({ desired }) => desired),
  ).not.toContain("ready");
  stage.nodes.delete("a");
  stage.decide();
  expect(stage.tasks.get(lost?.id ?? "")?.status.state).toBe("orphaned");
});

test("on a drained node tasks end and are followed by others; in the order of the service's updates", () => {
  const stage = new Stage(1);
  stage.nodes.set("a", nodeOf("a", { availability: "drain" }));
  const [old] = stage.live();
  stage.decide();
  expect(stage.tasks.get(old?.id ?? "")?.desired).toBe("shutdown");
  const gentle = new Stage(1, { order: "start-first" });
  const [kept] = gentle.live();
  gentle.nodes.set("a", nodeOf("a", { availability: "drain" }));
  const { put } = decide({
    service: gentle.service,
    tasks: gentle.tasks.values(),
    nodes: gentle.nodes,
    loads: () => loadsOf(gentle.nodes.values(), gentle.tasks.values()),
    now: 2_000,
    clock: 2_000,
    newId: () => "new",
    history: 5,
  });
  expect(put.map(({ id, desired }) => [id, desired])).toEqual([["new", "running"]]);
  expect(kept?.desired).toBe("running");
});

test("restarts wait twice as long each time, at most five minutes, and anew after a task that ran well", () => {
  const service = serviceOf({ kind: "replicated", replicas: 1 });
  const failed = taskOf(service, 1, "failed", { status: { state: "failed", at: 1_000, message: "" } });
  const rule = service.spec.restart;
  const waits = [0, 1, 2, 8, 30].map((inARow) => {
    const next = nextRestart(rule, { ...failed, restarts: { inARow, times: [] } }, 1_000);
    return (next?.notBefore ?? 0) - 1_000;
  });
  expect(waits).toEqual([1_000, 2_000, 4_000, 256_000, 300_000]);
  const well = {
    ...failed,
    runningAt: 1_000,
    status: { ...failed.status, at: 61_000 },
    restarts: { inARow: 9, times: [] },
  };
  expect(nextRestart(rule, well, 61_000)).toMatchObject({ notBefore: 62_000, restarts: { inARow: 1 } });
});

test("attempts are counted within the window, and end where the policy says so", () => {
  const service = serviceOf({ kind: "replicated", replicas: 1 });
  const rule = { ...service.spec.restart, maxAttempts: 2, windowMs: 10_000 };
  const failed = taskOf(service, 1, "failed", { restarts: { inARow: 2, times: [50_000, 55_000] } });
  expect(nextRestart(rule, failed, 56_000)).toBeUndefined();
  expect(nextRestart(rule, failed, 61_000)).toMatchObject({ restarts: { times: [55_000, 61_000] } });
  expect(nextRestart({ ...rule, condition: "none" }, failed, 99_000)).toBeUndefined();
  const complete = taskOf(service, 1, "complete");
  expect(nextRestart({ ...rule, condition: "on-failure" }, complete, 99_000)).toBeUndefined();
  expect(nextRestart({ ...rule, condition: "any" }, complete, 99_000)).toBeDefined();
});

test("of each slot the last few ended tasks are kept", () => {
  const stage = new Stage(1);
  for (let round = 0; round < 9; round++) {
    for (const { id } of stage.live()) stage.report(id, "failed");
    stage.decide();
    stage.after(400_000);
    stage.run();
  }
  const ended = [...stage.tasks.values()].filter(hasEnded);
  expect(ended.length).toBe(5);
});

test("a change that tasks do not show replaces none of them", () => {
  const stage = new Stage(2);
  const before = stage.live().map(({ id }) => id);
  stage.service = withSpec(stage.service, { ...stage.service.spec, labels: { a: "b" } }, stage.now);
  stage.decide();
  expect(stage.live().map(({ id }) => id)).toEqual(before);
  expect(stage.service.update).toBeUndefined();
});
