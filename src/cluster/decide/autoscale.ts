import type { Autoscale, Scaling, TaskUsage } from "../model/autoscale.ts";
import type { Task } from "../model/task.ts";
import { isLive } from "../model/task.ts";

/** What was measured of a service: of each task, as far as its node has told; the metric, or why it cannot be had. */
export type Measured = {
  readonly usages: ReadonlyMap<string, TaskUsage>;
  readonly metric?: number | { readonly error: string };
};

/** What the leader remembers of a service: how many tasks would have been right, as long as the window reaches. */
export type Recollection = { readonly since: number; readonly wishes: readonly Wish[] };

type Wish = { readonly at: number; readonly replicas: number };

/** What is known when it is decided how many tasks a service has. */
export type ScaleSituation = {
  readonly rule: Autoscale;
  /** How many it is to have until now. */
  readonly replicas: number;
  readonly tasks: readonly Task[];
  readonly measured: Measured;
  /** Undefined for a leader that is new: it waits for a whole window before it takes a task away. */
  readonly before: Recollection | undefined;
  /** Of a clock that nobody sets. */
  readonly now: number;
};

export type Verdict = Pick<Scaling, "replicas" | "state" | "message"> & { readonly recollection: Recollection };

/** So far from its target a load may be without a change. */
const TOLERANCE = 0.1;
/** A service at most doubles at once; one that is small may get so many more. */
const FEW_MORE = 4;

/** One view on a load: how many tasks it asks for, or why that is not known. */
type View = { readonly text: string; readonly replicas?: number };

/**
 * How many tasks a service is to have. More as soon as they are needed; fewer when no more were needed for the whole window. What is not
 * known takes no task away.
 */
export function autoscale(situation: ScaleSituation): Verdict {
  const { rule, replicas, before, now } = situation;
  const views = viewsOf(situation);
  const known = views.flatMap(({ replicas: wish }) => wish ?? []);
  const text = views.map((view) => view.text).join("; ");
  const most = Math.max(...known);
  const { since = now, wishes = [] } = before ?? {};
  const kept = wishes.filter(({ at }) => at > now - rule.windowMs);
  if (known.length === 0 || (known.length < views.length && most <= replicas))
    return { replicas, state: "unknown", message: text, recollection: { since, wishes: kept } };
  const wish = bounded(rule, Math.min(most, Math.max(2 * replicas, replicas + FEW_MORE)));
  // Only the peaks count.
  const recollection = { since, wishes: [...kept.filter((one) => one.replicas > wish), { at: now, replicas: wish }] };
  const isLimited = bounded(rule, most) !== most;
  const limit = isLimited ? `, and the bounds are ${rule.min} and ${rule.max}` : "";
  if (wish > replicas) return { replicas: wish, state: "up", message: `${text}${limit}`, recollection };
  if (wish === replicas)
    return { replicas, state: isLimited ? "limited" : "steady", message: `${text}${limit}`, recollection };
  const peak = Math.max(...recollection.wishes.map((one) => one.replicas));
  const lower = now - since < rule.windowMs ? replicas : Math.min(replicas, peak);
  if (lower < replicas) return { replicas: lower, state: "down", message: `${text}${limit}`, recollection };
  const waits = `${text}: taken away when that is so for ${rule.windowMs / 1000}s`;
  return { replicas, state: "waiting", message: waits, recollection };
}

function bounded({ min, max }: Autoscale, replicas: number): number {
  return Math.min(max, Math.max(min, replicas));
}

function viewsOf({ rule, replicas, tasks, measured }: ScaleSituation): View[] {
  const live = tasks.filter(isLive);
  const usages = live
    .filter(({ status }) => status.state === "running")
    .flatMap(({ id }) => measured.usages.get(id) ?? []);
  const views: View[] = [];
  const { nanoCpus, memoryBytes, metric } = rule;
  const told = (key: keyof TaskUsage): Pick<Load, "replicas" | "counted" | "total"> => {
    const amounts = usages.flatMap((usage) => usage[key] ?? []);
    return { replicas, counted: amounts.length, total: amounts.reduce((total, amount) => total + amount, 0) };
  };
  if (nanoCpus !== undefined) views.push(viewOf({ name: "cpu", ...told("nanoCpus"), target: nanoCpus, show: inCpus }));
  if (memoryBytes !== undefined)
    views.push(viewOf({ name: "memory", ...told("memoryBytes"), target: memoryBytes, show: inMib }));
  if (metric === undefined) return views;
  const value = measured.metric ?? { error: "it was not read yet" };
  if (typeof value !== "number") return [...views, { text: `metric: ${value.error}` }];
  const of = { replicas, counted: replicas, total: value, target: metric.target, show: String };
  return [...views, viewOf({ name: "metric", ...of })];
}

type Load = {
  readonly name: string;
  readonly replicas: number;
  /** How many tasks the total is of. */
  readonly counted: number;
  readonly total: number;
  /** For one task. */
  readonly target: number;
  readonly show: (amount: number) => string;
};

/** Of tasks that tell nothing it is thought what keeps things as they are: nothing where more are asked for, their share otherwise. */
function viewOf({ name, replicas, counted, total, target, show }: Load): View {
  if (counted === 0 && replicas > 0) return { text: `${name}: no task has told yet` };
  const text = `${name} is ${show(total)}, ${show(target)} for each task`;
  const ratio = replicas === 0 ? Number.POSITIVE_INFINITY : total / (replicas * target);
  if (Math.abs(ratio - 1) <= TOLERANCE) return { text: `${text}: ${replicas} are right`, replicas };
  const up = Math.ceil(total / target);
  const missing = Math.max(0, replicas - counted);
  const down = Math.ceil(total / target + missing);
  const wish = up > replicas ? up : Math.min(replicas, Math.max(down, 1));
  return { text: `${text}: ${wish} are right`, replicas: wish };
}

function inCpus(nanos: number): string {
  return `${(nanos / 1e9).toFixed(2)} processors`;
}

function inMib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
