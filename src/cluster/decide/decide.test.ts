import { expect, test } from "bun:test";
import { nodeOf, serviceOf, specOf, taskOf } from "../../../test/fixtures/cluster/model.ts";
import { Stage } from "../../../test/fixtures/cluster/stage.ts";
import { rolledBack, type UpdateRule, withSpec } from "../model/service.ts";
import { hasEnded } from "../model/task.ts";
import { nextRestart } from "./restart.ts";

/** A replicated service whose tasks run on two nodes. */
function stageOf(replicas: number, update: Partial<UpdateRule> = {}): Stage {
  const usual = specOf();
  const rules = { update: { ...usual.update, ...update }, rollback: usual.rollback };
  const service = serviceOf({ kind: "replicated", replicas }, rules);
  return new Stage(service, [nodeOf("a"), nodeOf("b")]).run();
}

function update(stage: Stage): void {
  stage.service = withSpec(stage.service, { ...stage.service.spec, force: stage.service.spec.force + 1 }, stage.now);
  stage.decide();
}

/** For each live task: its slot, whether it is new (of the current spec), and what is wanted of it. */
function picture(stage: Stage): string {
  return stage
    .live()
    .map(
      ({ slot, specHash, desired }) =>
        `${slot}${specHash === stage.service.specHash ? "'" : ""}${desired === "ready" ? "?" : ""}`,
    )
    .join(" ");
}

test("an update goes through the slots one by one: the old task ends, then the new one begins", () => {
  const stage = stageOf(2);
  update(stage);
  expect(picture(stage)).toBe("1'? 2");
  stage.run();
  expect(picture(stage)).toBe("1' 2");
  stage.run();
  expect(picture(stage)).toBe("1' 2'?");
  stage.run();
  stage.run();
  expect([picture(stage), stage.service.update?.state]).toEqual(["1' 2'", "updating"]);
  // The last one is watched, too.
  stage.after(5_000);
  expect(stage.service.update?.state).toBe("completed");
});

test("with start-first the old task runs until the new one does", () => {
  const stage = stageOf(2, { order: "start-first", parallelism: 2 });
  update(stage);
  expect(picture(stage)).toBe("1 1' 2 2'");
  stage.run();
  // One that ended at once would leave the old one where it is.
  expect(picture(stage)).toBe("1 1' 2 2'");
  stage.after(500);
  expect(picture(stage)).toBe("1' 2'");
});

test("a delay lies between a slot and the next one, and is asked to be woken for", () => {
  const stage = stageOf(3, { delayMs: 700 });
  update(stage);
  stage.run();
  stage.run();
  expect([picture(stage), stage.wakeAt]).toEqual(["1' 2 3", stage.now + 700]);
  stage.after(700);
  expect(picture(stage)).toBe("1' 2'? 3");
});

test("an update whose tasks fail pauses; with rollback the old spec comes back, and whatever was not touched stays", () => {
  const paused = stageOf(2);
  update(paused);
  paused.run();
  const [failing] = paused.live();
  paused.report(failing?.id ?? "", "failed");
  paused.decide();
  expect(paused.service.update).toMatchObject({
    state: "paused",
    message: expect.stringContaining(failing?.id ?? "?"),
  });
  expect(paused.live().find(({ slot }) => slot === 2)?.specHash).not.toBe(paused.service.specHash);
  const back = stageOf(3, { failureAction: "rollback" });
  const before = back.service.specHash;
  const untouched = back
    .live()
    .filter(({ slot }) => slot > 1)
    .map(({ id }) => id);
  update(back);
  back.run();
  back.report(back.live()[0]?.id ?? "", "failed");
  back.decide();
  expect([back.service.update?.state, back.service.specHash]).toEqual(["rollback_started", before]);
  for (let round = 0; round < 8; round++) {
    back.after(2_000);
    back.run();
  }
  expect([back.service.update?.state, picture(back)]).toEqual(["rollback_completed", "1' 2' 3'"]);
  // Why is still to be read.
  expect(back.service.update?.message).toContain("rollback completed: update rolled back due to failure");
  expect(
    back
      .live()
      .slice(1)
      .map(({ id }) => id),
  ).toEqual(untouched);
});

test("some may fail where a ratio says so; a rollback that fails pauses, and is not rolled back", () => {
  const some = stageOf(4, { maxFailureRatio: 0.25, parallelism: 0 });
  update(some);
  some.run();
  some.report(some.live()[0]?.id ?? "", "failed");
  some.decide();
  expect(some.service.update?.state).toBe("updating");
  some.report(some.live()[1]?.id ?? "", "failed");
  some.decide();
  expect(some.service.update?.state).toBe("paused");
  const twice = stageOf(1);
  update(twice);
  twice.service = rolledBack(twice.service, twice.now) ?? twice.service;
  twice.decide();
  twice.run();
  for (const { id } of twice.live()) twice.report(id, "failed");
  twice.decide();
  expect(twice.service.update?.state).toBe("rollback_paused");
});

test("an update in which nothing begins to run within the deadline is broken off", () => {
  const stage = stageOf(1, { progressMs: 60_000, order: "start-first" });
  update(stage);
  expect(stage.wakeAt).toBe(stage.now + 60_000);
  stage.after(60_000);
  expect(stage.service.update).toMatchObject({
    state: "paused",
    message: expect.stringContaining("no task began to run"),
  });
  // The old one was never stopped.
  expect(picture(stage)).toBe("1 1'");
});

test("what cannot be prepared is tried again after the back-off, longer each time, and at once with another spec", () => {
  const stage = stageOf(1, { order: "start-first", failureAction: "continue" });
  update(stage);
  const waits: number[] = [];
  for (let round = 0; round < 3; round++) {
    const coming = stage.live().find(({ status }) => status.state === "assigned");
    stage.report(coming?.id ?? "", "rejected");
    const before = stage.tasks.size;
    stage.decide();
    // What runs goes on; nothing is made before its time.
    expect([stage.tasks.size, picture(stage)]).toEqual([before, "1"]);
    waits.push(stage.wakeAt - stage.now);
    stage.after(stage.wakeAt - stage.now);
  }
  expect(waits).toEqual([1_000, 2_000, 4_000]);
  stage.report(stage.live().find(({ status }) => status.state === "assigned")?.id ?? "", "rejected");
  stage.decide();
  update(stage);
  expect(stage.live().length).toBe(2);
});

test("tasks of a node that is lost are followed by others at once; it stops them when it is back", () => {
  const stage = stageOf(2);
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
  const stage = stageOf(1);
  stage.nodes.set("a", nodeOf("a", { availability: "drain" }));
  const [old] = stage.live();
  stage.decide();
  expect(stage.tasks.get(old?.id ?? "")?.desired).toBe("shutdown");
  const gentle = stageOf(1, { order: "start-first" });
  const [kept] = gentle.live();
  gentle.nodes.set("a", nodeOf("a", { availability: "drain" }));
  const { put } = gentle.look();
  expect(put.map(({ slot, desired }) => [slot, desired])).toEqual([[1, "running"]]);
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
  const stage = stageOf(1);
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
  const stage = stageOf(2);
  const before = stage.live().map(({ id }) => id);
  stage.service = withSpec(stage.service, { ...stage.service.spec, labels: { a: "b" } }, stage.now);
  stage.decide();
  expect(stage.live().map(({ id }) => id)).toEqual(before);
  expect(stage.service.update).toBeUndefined();
});
