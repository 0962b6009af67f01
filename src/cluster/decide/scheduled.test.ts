import { expect, test } from "bun:test";
import { nodeOf, serviceOf } from "../../../test/fixtures/cluster/model.ts";
import { type Random, randomOf } from "../../../test/fixtures/cluster/random.ts";
import { SCHEDULE_LABELS } from "../model/schedule.ts";
import { type Service, withSpec } from "../model/service.ts";
import { hasEnded, isLive, isWanted, type Task, type TaskState, withStatus } from "../model/task.ts";
import { loadsOf } from "../schedule/load.ts";
import { decide } from "./decide.ts";

const MINUTE = 60_000;
const NOON = Date.parse("2026-05-05T12:00:00Z");

type Rule = Partial<Record<keyof typeof SCHEDULE_LABELS, string>>;

/** A job with a schedule, a clock, and nodes that do as they are told when a test says so. */
class Calendar {
  now = NOON + 1;
  /** How far the clock of the day is off. */
  offMs = 0;
  service: Service;
  readonly tasks = new Map<string, Task>();
  readonly nodes = new Map([["a", nodeOf("a")]]);
  wakeAt = 0;
  #ids = 0;

  constructor(rule: Rule, { total = 1, maxAttempts = 0 } = {}) {
    const all: Rule = { cron: "* * * * *", ...rule };
    const labels = Object.fromEntries(
      Object.entries(all).map(([key, value]) => [SCHEDULE_LABELS[key as keyof typeof SCHEDULE_LABELS], value]),
    );
    const restart = { condition: "on-failure", delayMs: 100, maxAttempts, windowMs: 0 } as const;
    this.service = serviceOf({ kind: "replicated-job", total, concurrent: total }, { labels, restart });
    this.decide();
  }

  decide(): void {
    for (let round = 0; round < 10; round++) {
      const { put, drop, service, wakeAt } = decide({
        service: this.service,
        tasks: this.tasks.values(),
        nodes: this.nodes,
        loads: () => loadsOf(this.nodes.values(), this.tasks.values()),
        now: this.now,
        clock: this.now + this.offMs,
        newId: () => `t${String(++this.#ids).padStart(6, "0")}`,
        history: 5,
      });
      for (const task of put) this.tasks.set(task.id, task);
      if (this.nodes.get("a")?.state === "ready") this.#place();
      for (const id of drop) this.tasks.delete(id);
      this.service = service ?? this.service;
      this.wakeAt = wakeAt;
      if (put.length + drop.length === 0 && service === undefined) return;
    }
    throw new Error("it is never content");
  }

  #place(): void {
    for (const task of this.tasks.values()) {
      if (task.status.state !== "new") continue;
      this.tasks.set(task.id, { ...task, nodeId: "a" });
      this.report(task.id, "assigned");
    }
  }

  report(id: string, state: TaskState): void {
    const task = this.tasks.get(id);
    if (task !== undefined) this.tasks.set(id, withStatus(task, { state, at: this.now, message: state }));
  }

  /** What is wanted to run runs, what is to end ends. */
  run(): void {
    for (const { id, desired, nodeId } of this.tasks.values()) {
      if (this.nodes.get(nodeId ?? "")?.state !== "ready") continue;
      if (desired === "complete") this.report(id, "running");
      if (desired === "shutdown" || desired === "remove") this.report(id, "shutdown");
    }
    this.decide();
  }

  end(state: "complete" | "failed"): void {
    for (const { id, status } of this.tasks.values()) if (status.state === "running") this.report(id, state);
    this.decide();
  }

  after(ms: number): this {
    this.now += ms;
    this.decide();
    return this;
  }

  /** By run, the minutes since noon: its state, and how many tasks it has. */
  picture(): string {
    const runs = this.service.schedule?.runs ?? [];
    const count = (at: number): number => [...this.tasks.values()].filter(({ run }) => run === at).length;
    return runs.map(({ at, state }) => `${(at - NOON) / MINUTE} ${state} ${count(at)}`).join(", ");
  }

  get remark(): string {
    return this.service.schedule?.remark?.text.replaceAll("2026-05-05T", "").replaceAll(":00.000Z", "") ?? "";
  }
}

test("each due time makes one run, which is over when its tasks are; the last few are kept", () => {
  const calendar = new Calendar({ history: "2" }, { total: 2 });
  expect([calendar.picture(), calendar.wakeAt]).toEqual(["", NOON + MINUTE]);
  expect(calendar.after(MINUTE).picture()).toBe("1 running 2");
  calendar.run();
  calendar.end("complete");
  expect([calendar.picture(), calendar.wakeAt]).toEqual(["1 complete 2", NOON + 2 * MINUTE]);
  for (let round = 0; round < 3; round++) {
    calendar.after(MINUTE).run();
    calendar.end("complete");
  }
  expect(calendar.picture()).toBe("4 complete 2, 3 complete 2");
  expect(calendar.tasks.size).toBe(4);
});

test("a task of a run that fails is tried again in it, and the run has failed when that is given up", () => {
  const calendar = new Calendar({}, { maxAttempts: 1 }).after(MINUTE);
  calendar.run();
  calendar.end("failed");
  expect(calendar.picture()).toBe("1 running 2");
  calendar.after(200).run();
  calendar.end("failed");
  expect([calendar.picture(), calendar.wakeAt]).toEqual(["1 failed 2", NOON + 2 * MINUTE]);
});

test("a run whose time comes while the one before goes on is left out, runs beside it, or takes its place", () => {
  const forbid = new Calendar({}).after(MINUTE);
  forbid.run();
  forbid.after(MINUTE);
  expect([forbid.picture(), forbid.remark]).toEqual([
    "1 running 1",
    "the run of 12:02 was left out: the one of 12:01 went on",
  ]);
  forbid.end("complete");
  expect(forbid.after(MINUTE).picture()).toBe("3 running 1, 1 complete 1");
  const allow = new Calendar({ overlap: "allow" }).after(MINUTE);
  allow.run();
  expect(allow.after(MINUTE).picture()).toBe("2 running 1, 1 running 1");
  const replace = new Calendar({ overlap: "replace" }).after(MINUTE);
  replace.run();
  replace.after(MINUTE);
  expect(replace.picture()).toBe("2 running 1, 1 replaced 1");
  const states = (): string[] => [...replace.tasks.values()].map(({ desired, status }) => `${desired} ${status.state}`);
  // The new one waits until the old one has ended.
  expect(states()).toEqual(["shutdown running", "ready assigned"]);
  replace.run();
  expect(states()).toEqual(["shutdown shutdown", "complete assigned"]);
});

test("times that went by without a manager are made up for by one run within the deadline; later they are left out, which is said", () => {
  const soon = new Calendar({ deadline: "30s" });
  soon.after(5 * MINUTE + 20_000);
  expect([soon.picture(), soon.remark]).toEqual([
    "5 running 1",
    "runs from 12:01 on were missed: the one of 12:05 makes up for them",
  ]);
  const late = new Calendar({ deadline: "30s" });
  late.after(5 * MINUTE + 40_000);
  expect([late.picture(), late.remark]).toEqual([
    "",
    "the run of 12:05 was left out: it was noticed 40 seconds late, and may begin 30 seconds late",
  ]);
  expect(late.after(20_000).picture()).toBe("6 running 1");
});

test("a clock that is set, a little or by years, forth or back, makes one run at most, and runs go on by the new time", () => {
  const calendar = new Calendar({}).after(MINUTE);
  calendar.run();
  calendar.end("complete");
  // A minute back: that time has had its run.
  calendar.offMs = -MINUTE;
  calendar.decide();
  expect([calendar.picture(), calendar.wakeAt - calendar.now]).toEqual(["1 complete 1", 2 * MINUTE - 1]);
  // Ten years ahead, and back again.
  calendar.offMs = 10 * 365 * 86_400_000;
  calendar.decide();
  expect(calendar.service.schedule?.runs.length).toBe(2);
  calendar.run();
  calendar.end("complete");
  calendar.offMs = 0;
  calendar.decide();
  expect(calendar.service.schedule?.runs.length).toBe(2);
  expect(calendar.remark).toContain("the clock was set back by 9 years");
  expect(calendar.wakeAt).toBe(NOON + 2 * MINUTE);
  expect(calendar.after(MINUTE).service.schedule?.runs.length).toBe(3);
});

test("another schedule counts from when it is given; scaled to none it is suspended; what runs goes on", () => {
  const calendar = new Calendar({}).after(MINUTE);
  calendar.run();
  const { spec } = calendar.service;
  const [old] = calendar.tasks.values();
  const labels = { ...spec.labels, [SCHEDULE_LABELS.cron]: "*/10 * * * *" };
  calendar.service = withSpec(calendar.service, { ...spec, labels, force: 1 }, calendar.now);
  calendar.after(7 * MINUTE);
  expect([calendar.picture(), calendar.wakeAt]).toEqual(["1 running 1", NOON + 10 * MINUTE]);
  expect([calendar.tasks.get(old?.id ?? "")?.desired, calendar.service.update]).toEqual(["complete", undefined]);
  calendar.end("complete");
  const none = { kind: "replicated-job", total: 0, concurrent: 1 } as const;
  calendar.service = withSpec(calendar.service, { ...calendar.service.spec, mode: none }, calendar.now);
  calendar.after(5 * MINUTE);
  expect([calendar.picture(), calendar.remark]).toEqual([
    "1 complete 1",
    "the run of 12:10 was left out: the service is scaled to 0",
  ]);
});

test("a run whose tasks were written down, and which was not, is one run all the same", () => {
  const calendar = new Calendar({});
  const before = calendar.service;
  calendar.after(MINUTE);
  calendar.service = before;
  calendar.decide();
  expect(calendar.picture()).toBe("1 running 1");
  // The other way round, too.
  calendar.tasks.clear();
  calendar.decide();
  expect(calendar.picture()).toBe("1 running 1");
});

test("whatever clocks, managers and nodes do, no time has two runs, none overlap that must not, and few are kept", () => {
  for (let seed = 0; seed < 6; seed++) {
    const random = randomOf(seed);
    const overlap = random.pick(["allow", "forbid", "replace"] as const) ?? "forbid";
    const calendar = new Calendar({ overlap, history: "3", deadline: "5m" }, { total: 2, maxAttempts: 2 });
    const seen = new Set<string>();
    for (let step = 0; step < 80; step++) {
      disturb(calendar, random);
      check(calendar, { overlap, seen, label: `seed ${seed}, step ${step}` });
    }
    // Left in peace, what has begun comes to its end.
    calendar.offMs = 0;
    calendar.nodes.set("a", nodeOf("a"));
    for (let round = 0; round < 12; round++) {
      calendar.after(20_000).run();
      calendar.end("complete");
    }
    const open = (calendar.service.schedule?.runs ?? []).filter(({ state }) => state === "running");
    expect([seed, open.filter(({ begunAt }) => begunAt < calendar.now - 2 * MINUTE)]).toEqual([seed, []]);
  }
});

function disturb(calendar: Calendar, random: Random): void {
  calendar.now += random.below(random.chance(0.1) ? 20 * MINUTE : MINUTE);
  if (random.chance(0.08)) calendar.offMs = (random.pick([0, -1, 1, 2, 90, -90, 9e6, -9e6]) ?? 0) * MINUTE;
  if (random.chance(0.1)) {
    const state = random.chance(0.5) ? "ready" : "down";
    calendar.nodes.set("a", nodeOf("a", { state }));
  }
  calendar.decide();
  if (random.chance(0.8)) calendar.run();
  if (random.chance(0.6)) calendar.end(random.chance(0.7) ? "complete" : "failed");
}

type Checking = { readonly overlap: string; readonly seen: Set<string>; readonly label: string };

function check({ service, tasks, now, nodes }: Calendar, { overlap, seen, label }: Checking): void {
  const { runs = [] } = service.schedule ?? {};
  const fail = (what: string): never => {
    throw new Error(`${label}: ${what}: ${JSON.stringify([runs, [...tasks.values()]])}`);
  };
  if (new Set(runs.map(({ at }) => at)).size !== runs.length) fail("a time has two runs");
  const fresh = runs.filter(({ at, begunAt }) => !seen.has(`${at} ${begunAt}`));
  if (fresh.length > 1) fail("several runs began at once");
  for (const { at, begunAt } of fresh) seen.add(`${at} ${begunAt}`);
  if (runs.filter(({ state }) => state !== "running").length > 3) fail("more runs are kept than should be");
  const open = runs.filter(({ state }) => state === "running");
  if (overlap !== "allow" && open.length > 1) fail("runs overlap");
  const bySlot = Map.groupBy([...tasks.values()].filter(isLive), ({ slot, run }) => `${slot} ${run}`);
  for (const list of bySlot.values()) if (list.length > 1) fail("a slot has two tasks");
  const going = [...tasks.values()].filter((task) => task.status.state === "running" && !hasEnded(task));
  const wanted = new Set(going.filter(isWanted).map(({ run }) => run));
  if (overlap !== "allow" && wanted.size > 1) fail("tasks of two runs are wanted");
  // Only behind a node that is not heard of may an older one go on.
  if (overlap === "replace" && new Set(going.map(({ run }) => run)).size > 1 && nodes.get("a")?.state === "ready")
    if (going.every(({ status }) => status.at < now)) fail("tasks of two runs run");
}
