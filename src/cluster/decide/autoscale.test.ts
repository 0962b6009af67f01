import { expect, test } from "bun:test";
import { serviceOf, specOf, taskOf } from "../../../test/fixtures/cluster/model.ts";
import { type Random, randomOf } from "../../../test/fixtures/cluster/random.ts";
import { Stage } from "../../../test/fixtures/cluster/stage.ts";
import { plainSpec } from "../../engine/plain-spec.ts";
import { AUTOSCALE_LABELS, type Autoscale, autoscaleOf, replicasOf, type Scaling } from "../model/autoscale.ts";
import type { Service } from "../model/service.ts";
import { autoscale, type Measured, type Recollection, type Verdict } from "./autoscale.ts";

const RULE: Autoscale = { min: 1, max: 10, nanoCpus: 5e8, windowMs: 300_000 };

/** A service whose tasks all run and tell what they use. */
class Load {
  now = 0;
  replicas: number;
  before: Recollection | undefined;
  readonly rule: Autoscale;

  constructor(replicas: number, rule: Partial<Autoscale> = {}) {
    this.replicas = replicas;
    this.rule = { ...RULE, ...rule };
  }

  /** Looks once; `cpus` are used by all tasks together, and the last `silent` ones tell nothing. */
  look(cpus: number, { silent = 0, metric }: { silent?: number; metric?: Measured["metric"] } = {}): Verdict {
    const service = serviceOf({ kind: "replicated", replicas: this.replicas });
    const tasks = Array.from({ length: this.replicas }, (_, slot) => taskOf(service, slot + 1, "running"));
    const each = { nanoCpus: (cpus * 1e9) / Math.max(1, this.replicas - silent), memoryBytes: 0 };
    const telling = tasks.slice(0, this.replicas - silent);
    const measured = {
      usages: new Map(telling.map(({ id }) => [id, each])),
      ...(metric === undefined ? {} : { metric }),
    };
    const { rule, replicas, before, now } = this;
    const verdict = autoscale({ rule, replicas, tasks, measured, before, now });
    this.before = verdict.recollection;
    this.replicas = verdict.replicas;
    return verdict;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }
}

test("tasks come as soon as they are needed, within the bounds, at most twice as many at once; why is said", () => {
  const load = new Load(2);
  expect(load.look(1.0)).toMatchObject({ replicas: 2, state: "steady" });
  expect(load.look(1.6)).toMatchObject({
    replicas: 4,
    state: "up",
    message: "cpu is 1.60 processors, 0.50 processors for each task: 4 are right",
  });
  expect(load.look(20).replicas).toBe(8);
  expect(load.look(20)).toMatchObject({ replicas: 10, state: "up", message: expect.stringContaining("1 and 10") });
  expect(load.look(20)).toMatchObject({ replicas: 10, state: "limited" });
  // A tenth more or less is no reason.
  const calm = new Load(4);
  for (const cpus of [2.19, 1.81]) expect(calm.look(cpus)).toMatchObject({ replicas: 4, state: "steady" });
});

test("tasks go only when fewer were enough for the whole window, and to as many as were needed in it", () => {
  const load = new Load(8);
  load.look(4);
  expect(load.after(100_000).look(2.4)).toMatchObject({ replicas: 8, state: "waiting" });
  expect(load.after(100_000).look(0.4).replicas).toBe(8);
  expect(load.after(101_000).look(0.4)).toMatchObject({ replicas: 5, state: "down" });
  expect(load.after(98_000).look(0.4).replicas).toBe(5);
  expect(load.after(3_000).look(0.1)).toMatchObject({ replicas: 1, state: "down" });
  expect(load.after(1_000).look(0)).toMatchObject({ replicas: 1, state: "steady" });
  // A leader that is new knows of no peak.
  const fresh = new Load(8);
  expect(fresh.after(1e9).look(0.1)).toMatchObject({ replicas: 8, state: "waiting" });
});

test("what is not known takes no task away, and brings one only where what is known asks for it", () => {
  const load = new Load(4, { windowMs: 0 });
  expect(load.look(0, { silent: 4 })).toMatchObject({
    replicas: 4,
    state: "unknown",
    message: "cpu: no task has told yet",
  });
  expect(load.look(0.1, { silent: 3 }).replicas).toBe(4);
  expect(load.look(0.1, { silent: 1 }).replicas).toBe(2);
  const two = new Load(4, { windowMs: 0, metric: { url: "http://m/", target: 10 } });
  expect(two.look(0.1, { metric: { error: "away" } })).toMatchObject({
    replicas: 4,
    state: "unknown",
    message: expect.stringContaining("metric: away"),
  });
  expect(two.look(3, { metric: { error: "away" } }).replicas).toBe(6);
  expect(two.look(3, { metric: 79 }).replicas).toBe(8);
  expect(two.look(0.1, { metric: 0 }).replicas).toBe(1);
});

test("labels say it; what says nothing sensible is refused by name", () => {
  const spec = (labels: Partial<Record<keyof typeof AUTOSCALE_LABELS, string>>): Parameters<typeof autoscaleOf>[0] =>
    specOf({
      reserve: { nanoCpus: 5e8, memoryBytes: 0 },
      container: plainSpec({ image: "app:1" }),
      labels: Object.fromEntries(
        Object.entries(labels).map(([key, text]) => [AUTOSCALE_LABELS[key as keyof typeof AUTOSCALE_LABELS], text]),
      ),
    });
  expect(autoscaleOf(spec({}))).toBeUndefined();
  expect(autoscaleOf(spec({ max: "5", cpu: "70%", memory: "1m", window: "1m" }))).toEqual({
    min: 1,
    max: 5,
    nanoCpus: 3.5e8,
    memoryBytes: 1 << 20,
    windowMs: 60_000,
  });
  for (const [labels, what] of [
    [{ cpu: "0.5" }, "together with io.estiba.autoscale.max"],
    [{ max: "5" }, "nothing says"],
    [{ max: "2", min: "3", cpu: "1" }, "at least 3 and at most 2"],
    [{ max: "2", min: "0", cpu: "1" }, "at least 0"],
    [{ max: "many", cpu: "1" }, 'not "many"'],
    [{ max: "5", cpu: "fast" }, 'not "fast"'],
    [{ max: "5", cpu: "0" }, 'not "0"'],
    [{ max: "5", memory: "80%" }, "80% of what?"],
    [{ max: "5", metric: "http://m/" }, "together"],
    [{ max: "5", metric: "file:///etc/passwd", target: "1" }, "an http URL"],
    [{ max: "5", metric: "http://a:b@m/", target: "1" }, "password"],
    [{ max: "5", metric: "http://m/", target: "0" }, "above 0"],
    [{ max: "5", cpu: "1", window: "soon" }, 'not "soon"'],
  ] as const)
    expect(() => autoscaleOf(spec(labels))).toThrow(what);
  const global = { ...spec({ max: "5", cpu: "1" }), mode: { kind: "global" } as const };
  expect(() => autoscaleOf(global)).toThrow("for replicated services, not global");
});

test("a service has the number that was decided, within the bounds of now, and its own without any", () => {
  const service = serviceOf(
    { kind: "replicated", replicas: 3 },
    { labels: { [AUTOSCALE_LABELS.max]: "4", [AUTOSCALE_LABELS.cpu]: "1" } },
  );
  const scaling = { replicas: 9, state: "up", message: "", at: 0 } as const;
  expect([replicasOf(service), replicasOf({ ...service, scaling })]).toEqual([3, 4]);
  expect(replicasOf({ spec: { ...service.spec, labels: {} }, scaling })).toBe(3);
  // What was decided is forgotten with the labels.
  const scalingOf = (scaled: Service): Scaling | undefined => new Stage(scaled, []).service.scaling;
  expect(scalingOf({ ...service, scaling })).toEqual(scaling);
  expect(scalingOf({ ...service, spec: { ...service.spec, labels: {} }, scaling })).toBeUndefined();
});

test("under any load with noise and gaps, the number stays in its bounds, follows, and does not flap", () => {
  for (let seed = 0; seed < 8; seed++) {
    const random = randomOf(seed);
    const load = new Load(1 + random.below(10), { min: 2, windowMs: 60_000 });
    load.replicas = Math.max(2, load.replicas);
    let changes = 0;
    for (let phase = 0; phase < 4; phase++) changes += hold(load, random, 0.2 + random.next() * 6);
    // Up in a few steps, down in one or two, for each of the phases.
    expect([seed, changes <= 16]).toEqual([seed, true]);
  }
});

/** Six minutes of one demand: noise of some percent, tasks that tell nothing now and then. Gives how often the number changed. */
function hold(load: Load, random: Random, demand: number): number {
  let changes = 0;
  let peaks: { at: number; replicas: number }[] = [];
  for (let look = 0; look < 120; look++) {
    load.after(3_000);
    const before = load.replicas;
    // A task cannot use more than a processor.
    const cpus = Math.min(before, demand * (0.97 + random.next() * 0.06));
    const silent = random.chance(0.1) ? random.below(before + 1) : 0;
    const told = (cpus * (before - silent)) / before;
    const { replicas } = load.look(told, { silent });
    if (replicas < 2 || replicas > 10) throw new Error(`${replicas} tasks`);
    if (replicas !== before) changes += 1;
    peaks = [...peaks.filter(({ at }) => at > load.now - 60_000), { at: load.now, replicas: Math.ceil(told / 0.5) }];
    const peak = Math.max(...peaks.map((one) => one.replicas));
    if (replicas < before && replicas < Math.min(peak, before))
      throw new Error(`${replicas} tasks, ${peak} were needed`);
  }
  const right = Math.min(10, Math.max(2, Math.ceil(demand / 0.5)));
  if (Math.abs(load.replicas - right) > 1) throw new Error(`${load.replicas} tasks for ${demand} processors`);
  return changes;
}
