import { parseDuration } from "../../lib/duration.ts";
import { EstibaError } from "../../lib/error.ts";
import { parseSize } from "../../lib/size.ts";
import type { Service, ServiceSpec } from "./service.ts";

/** Labels of a service that have its tasks counted by what they use: so that whatever speaks Docker's API can say it. */
export const AUTOSCALE_LABELS = {
  min: "io.estiba.autoscale.min",
  max: "io.estiba.autoscale.max",
  cpu: "io.estiba.autoscale.cpu",
  memory: "io.estiba.autoscale.memory",
  metric: "io.estiba.autoscale.metric",
  target: "io.estiba.autoscale.target",
  window: "io.estiba.autoscale.window",
} as const;

/** How many tasks a service has by what they use. At least one of the three is there. */
export type Autoscale = {
  readonly min: number;
  readonly max: number;
  /** What a task is to use of processors, and of memory. */
  readonly nanoCpus?: number;
  readonly memoryBytes?: number;
  /** A number of the whole service, and the part of it that a task is to have. */
  readonly metric?: { readonly url: string; readonly target: number };
  /** Tasks go only when fewer were enough for so long. */
  readonly windowMs: number;
};

/** How many tasks there are by that, and why. */
export type Scaling = {
  readonly replicas: number;
  /** `unknown`: nothing could be measured; `waiting`: fewer would do, not for long enough yet; `limited`: a bound is reached. */
  readonly state: "up" | "down" | "steady" | "waiting" | "limited" | "unknown";
  readonly message: string;
  readonly at: number;
};

/** What a task uses. */
export type TaskUsage = {
  /** Billionths of a processor, since the look before; undefined for one that was not looked at before. */
  readonly nanoCpus?: number;
  readonly memoryBytes: number;
};

const WINDOW_MS = 300_000;

/** How a service is scaled by itself; undefined for one that is not. Throws `invalid` for labels that say nothing sensible. */
export function autoscaleOf(
  spec: Pick<ServiceSpec, "labels" | "mode" | "reserve" | "container">,
): Autoscale | undefined {
  const { labels, mode } = spec;
  const given = Object.values(AUTOSCALE_LABELS).find((label) => labels[label] !== undefined);
  if (given === undefined) return undefined;
  if (mode.kind !== "replicated") throw bad(`${given} is for replicated services, not ${mode.kind}`);
  const [min, max] = [countOf(labels, "min") ?? 1, countOf(labels, "max")];
  if (max === undefined) throw bad(`${given} is of use together with ${AUTOSCALE_LABELS.max}`);
  if (min < 1 || min > max) throw bad(`a service cannot have at least ${min} and at most ${max} tasks`);
  const windowText = labels[AUTOSCALE_LABELS.window];
  const windowMs = windowText === undefined ? WINDOW_MS : parseDuration(windowText);
  if (windowMs === undefined || windowMs < 0) throw unreadable("window", windowText, "a duration such as 5m");
  const rule = { ...cpuOf(spec), ...memoryOf(spec), ...metricOf(spec) };
  if (Object.keys(rule).length === 0)
    throw bad(`nothing says by what the tasks are counted: ${AUTOSCALE_LABELS.cpu}, .memory or .metric`);
  return { min, max, windowMs, ...rule };
}

/** How many tasks a replicated service is to have now. */
export function replicasOf({ spec, scaling }: Pick<Service, "spec" | "scaling">): number {
  const asked = spec.mode.kind === "replicated" ? spec.mode.replicas : 0;
  const rule = autoscaleOf(spec);
  return rule === undefined ? asked : Math.min(rule.max, Math.max(rule.min, scaling?.replicas ?? asked));
}

type Labels = ServiceSpec["labels"];

function countOf(labels: Labels, key: "min" | "max"): number | undefined {
  const text = labels[AUTOSCALE_LABELS[key]];
  if (text === undefined) return undefined;
  if (!/^\d{1,5}$/.test(text)) throw unreadable(key, text, "a number of tasks");
  return Number(text);
}

function cpuOf({ labels, reserve, container }: Parameters<typeof autoscaleOf>[0]): Pick<Autoscale, "nanoCpus"> {
  const text = labels[AUTOSCALE_LABELS.cpu];
  if (text === undefined) return {};
  const { cpuQuotaUs, cpuPeriodUs = 100_000 } = container.resources;
  const whole =
    reserve.nanoCpus > 0 ? reserve.nanoCpus : cpuQuotaUs === undefined ? 0 : (cpuQuotaUs / cpuPeriodUs) * 1e9;
  const nanoCpus = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1e9 : partOf("cpu", text, whole);
  if (nanoCpus <= 0) throw unreadable("cpu", text, "a number of processors such as 0.5, or a part of them such as 70%");
  return { nanoCpus };
}

function memoryOf({ labels, reserve, container }: Parameters<typeof autoscaleOf>[0]): Pick<Autoscale, "memoryBytes"> {
  const text = labels[AUTOSCALE_LABELS.memory];
  if (text === undefined) return {};
  const whole = reserve.memoryBytes > 0 ? reserve.memoryBytes : (container.resources.memoryBytes ?? 0);
  const memoryBytes = text.endsWith("%") ? partOf("memory", text, whole) : (parseSize(text) ?? 0);
  if (memoryBytes <= 0) throw unreadable("memory", text, "a size such as 200m, or a part such as 80%");
  return { memoryBytes };
}

/** A percentage of what a task has reserved, or may use at most; 0 for a text that is none. */
function partOf(key: "cpu" | "memory", text: string, whole: number): number {
  if (!/^\d+(?:\.\d+)?%$/.test(text)) return 0;
  if (whole > 0) return (whole * Number.parseFloat(text)) / 100;
  throw bad(`${AUTOSCALE_LABELS[key]}: ${text} of what? Neither --reserve-${key} nor --limit-${key} says`);
}

function metricOf({ labels }: Pick<ServiceSpec, "labels">): Pick<Autoscale, "metric"> {
  const [url, text] = [labels[AUTOSCALE_LABELS.metric], labels[AUTOSCALE_LABELS.target]];
  if (url === undefined && text === undefined) return {};
  if (url === undefined || text === undefined)
    throw bad(`${AUTOSCALE_LABELS.metric} and ${AUTOSCALE_LABELS.target} are of use together`);
  const parsed = URL.parse(url);
  if (parsed === null || !["http:", "https:"].includes(parsed.protocol)) throw unreadable("metric", url, "an http URL");
  // Labels are shown to everybody.
  if (parsed.username !== "" || parsed.password !== "")
    throw bad(`${AUTOSCALE_LABELS.metric} must not hold a password`);
  const target = Number(text);
  if (!(target > 0 && Number.isFinite(target))) throw unreadable("target", text, "a number above 0");
  return { metric: { url, target } };
}

function unreadable(key: keyof typeof AUTOSCALE_LABELS, text: string | undefined, wanted: string): EstibaError {
  return bad(`${AUTOSCALE_LABELS[key]} is ${wanted}, not "${text}"`);
}

function bad(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "service.bad_autoscale",
    what,
    fix: "for example: --autoscale-max 10 --autoscale-cpu 70% --reserve-cpu 0.5",
  });
}
