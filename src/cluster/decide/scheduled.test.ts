import { expect, setDefaultTimeout, test } from "bun:test";
import { nodeOf, serviceOf } from "../../../test/fixtures/cluster/model.ts";
import { type Random, randomOf } from "../../../test/fixtures/cluster/random.ts";
import { Stage } from "../../../test/fixtures/cluster/stage.ts";
import { SCHEDULE_LABELS } from "../model/schedule.ts";
import { withSpec } from "../model/service.ts";
import { hasEnded, isLive, isWanted } from "../model/task.ts";

// Processes and many rounds: a busy machine takes long over them.
setDefaultTimeout(60_000);

const MINUTE = 60_000;
const NOON = Date.parse("2026-05-05T12:00:00Z");

type Rule = Partial<Record<keyof typeof SCHEDULE_LABELS, string>>;

/** A job with a schedule, on one node. */
function calendarOf(rule: Rule, { total = 1, maxAttempts = 0 } = {}): Stage {
  const all: Rule = { cron: "* * * * *", ...rule };
  const labels = Object.fromEntries(
    Object.entries(all).map(([key, value]) => [SCHEDULE_LABELS[key as keyof typeof SCHEDULE_LABELS], value]),
  );
  const restart = { condition: "on-failure", delayMs: 100, maxAttempts, windowMs: 0 } as const;
  const service = serviceOf({ kind: "replicated-job", total, concurrent: total }, { labels, restart });
  return new Stage(service, [nodeOf("a")], NOON + 1);
}

/** By run, the minutes since noon: its state, and how many tasks it has. */
function picture({ service, tasks }: Stage): string {
  const runs = service.schedule?.runs ?? [];
  const count = (at: number): number => [...tasks.values()].filter(({ run }) => run === at).length;
  return runs.map(({ at, state }) => `${(at - NOON) / MINUTE} ${state} ${count(at)}`).join(", ");
}

function remark({ service }: Stage): string {
  return service.schedule?.remark?.text.replaceAll("2026-05-05T", "").replaceAll(":00.000Z", "") ?? "";
}

test("each due time makes one run, which is over when its tasks are; the last few are kept", () => {
  const calendar = calendarOf({ history: "2" }, { total: 2 });
  expect([picture(calendar), calendar.wakeAt]).toEqual(["", NOON + MINUTE]);
  expect(picture(calendar.after(MINUTE))).toBe("1 running 2");
  calendar.run();
  calendar.end("complete");
  expect([picture(calendar), calendar.wakeAt]).toEqual(["1 complete 2", NOON + 2 * MINUTE]);
  for (let round = 0; round < 3; round++) {
    calendar.after(MINUTE).run();
    calendar.end("complete");
  }
  expect(picture(calendar)).toBe("4 complete 2, 3 complete 2");
  expect(calendar.tasks.size).toBe(4);
});

test("a task of a run that fails is tried again in it, and the run has failed when that is given up", () => {
  const calendar = calendarOf({}, { maxAttempts: 1 }).after(MINUTE);
  calendar.run();
  calendar.end("failed");
  expect(picture(calendar)).toBe("1 running 2");
  calendar.after(200).run();
  calendar.end("failed");
  expect([picture(calendar), calendar.wakeAt]).toEqual(["1 failed 2", NOON + 2 * MINUTE]);
});

test("a run whose time comes while the one before goes on is left out, runs beside it, or takes its place", () => {
  const forbid = calendarOf({}).after(MINUTE);
  forbid.run();
  forbid.after(MINUTE);
  expect([picture(forbid), remark(forbid)]).toEqual([
    "1 running 1",
    "the run of 12:02 was left out: the one of 12:01 went on",
  ]);
  forbid.end("complete");
  expect(picture(forbid.after(MINUTE))).toBe("3 running 1, 1 complete 1");
  const allow = calendarOf({ overlap: "allow" }).after(MINUTE);
  allow.run();
  expect(picture(allow.after(MINUTE))).toBe("2 running 1, 1 running 1");
  const replace = calendarOf({ overlap: "replace" }).after(MINUTE);
  replace.run();
  replace.after(MINUTE);
  expect(picture(replace)).toBe("2 running 1, 1 replaced 1");
  const states = (): string[] => [...replace.tasks.values()].map(({ desired, status }) => `${desired} ${status.state}`);
  // The new one waits until the old one has ended.
  expect(states()).toEqual(["shutdown running", "ready assigned"]);
  replace.run();
  expect(states()).toEqual(["shutdown shutdown", "complete assigned"]);
});

test("times that went by without a manager are made up for by one run within the deadline; later they are left out, which is said", () => {
  const soon = calendarOf({ deadline: "30s" });
  soon.after(5 * MINUTE + 20_000);
  expect([picture(soon), remark(soon)]).toEqual([
    "5 running 1",
    "runs from 12:01 on were missed: the one of 12:05 makes up for them",
  ]);
  const late = calendarOf({ deadline: "30s" });
  late.after(5 * MINUTE + 40_000);
  expect([picture(late), remark(late)]).toEqual([
    "",
    "the run of 12:05 was left out: it was noticed 40 seconds late, and may begin 30 seconds late",
  ]);
  expect(picture(late.after(20_000))).toBe("6 running 1");
});

test("a clock that is set, a little or by years, forth or back, makes one run at most, and runs go on by the new time", () => {
  const calendar = calendarOf({}).after(MINUTE);
  calendar.run();
  calendar.end("complete");
  // A minute back: that time has had its run.
  calendar.offMs = -MINUTE;
  calendar.decide();
  expect([picture(calendar), calendar.wakeAt - calendar.now]).toEqual(["1 complete 1", 2 * MINUTE - 1]);
  // Ten years ahead, and back again.
  calendar.offMs = 10 * 365 * 86_400_000;
  calendar.decide();
  expect(calendar.service.schedule?.runs.length).toBe(2);
  calendar.run();
  calendar.end("complete");
  calendar.offMs = 0;
  calendar.decide();
  expect(calendar.service.schedule?.runs.length).toBe(2);
  expect(remark(calendar)).toContain("the clock was set back by 9 years");
  expect(calendar.wakeAt).toBe(NOON + 2 * MINUTE);
  expect(calendar.after(MINUTE).service.schedule?.runs.length).toBe(3);
});

test("another schedule counts from when it is given; scaled to none it is suspended; what runs goes on", () => {
  const calendar = calendarOf({}).after(MINUTE);
  calendar.run();
  const { spec } = calendar.service;
  const [old] = calendar.tasks.values();
  const labels = { ...spec.labels, [SCHEDULE_LABELS.cron]: "*/10 * * * *" };
  calendar.service = withSpec(calendar.service, { ...spec, labels, force: 1 }, calendar.now);
  calendar.after(7 * MINUTE);
  expect([picture(calendar), calendar.wakeAt]).toEqual(["1 running 1", NOON + 10 * MINUTE]);
  expect([calendar.tasks.get(old?.id ?? "")?.desired, calendar.service.update]).toEqual(["complete", undefined]);
  calendar.end("complete");
  const none = { kind: "replicated-job", total: 0, concurrent: 1 } as const;
  calendar.service = withSpec(calendar.service, { ...calendar.service.spec, mode: none }, calendar.now);
  calendar.after(5 * MINUTE);
  expect([picture(calendar), remark(calendar)]).toEqual([
    "1 complete 1",
    "the run of 12:10 was left out: the service is scaled to 0",
  ]);
});

test("a run whose tasks were written down, and which was not, is one run all the same", () => {
  const calendar = calendarOf({});
  const before = calendar.service;
  calendar.after(MINUTE);
  calendar.service = before;
  calendar.decide();
  expect(picture(calendar)).toBe("1 running 1");
  // The other way round, too.
  calendar.tasks.clear();
  calendar.decide();
  expect(picture(calendar)).toBe("1 running 1");
});

test("whatever clocks, managers and nodes do, no time has two runs, none overlap that must not, and few are kept", () => {
  for (let seed = 0; seed < 6; seed++) {
    const random = randomOf(seed);
    const overlap = random.pick(["allow", "forbid", "replace"] as const) ?? "forbid";
    const calendar = calendarOf({ overlap, history: "3", deadline: "5m" }, { total: 2, maxAttempts: 2 });
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
}, 30_000);

function disturb(calendar: Stage, random: Random): void {
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

function check({ service, tasks, now, nodes }: Stage, { overlap, seen, label }: Checking): void {
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
