import type { Placement, RestartRule, UpdateRule } from "../../cluster/model/service.ts";
import type { Reservation } from "../../cluster/model/task.ts";
import type { Rules } from "../../cluster/model/usual-rules.ts";
import { parseDuration } from "../../lib/duration.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { sizeOf } from "../container/options/values.ts";
import type { RULE_OPTIONS } from "./options.ts";

export type RuleValues = Values<typeof RULE_OPTIONS>;

/** Rules with what options change of them. Throws `invalid` naming the option. */
export function changedRules(before: Rules, values: RuleValues): Rules {
  return {
    placement: placementOf(before.placement, values),
    reserve: reserveOf(before.reserve, values),
    restart: restartOf(before.restart, values),
    update: updateOf("update", before.update, values),
    rollback: updateOf("rollback", before.rollback, values),
  };
}

function placementOf(before: Placement, values: RuleValues): Placement {
  const { placement, "replicas-max-per-node": maxPerNode } = values;
  return {
    ...before,
    maxPerNode: countOf("--replicas-max-per-node", maxPerNode) ?? before.maxPerNode,
    strategy: (placement as Placement["strategy"] | undefined) ?? before.strategy,
  };
}

function reserveOf(before: Reservation, values: RuleValues): Reservation {
  const cpus = values["reserve-cpu"];
  if (cpus !== undefined && !/^\d+(?:\.\d+)?$/.test(cpus))
    throw badOption("--reserve-cpu", cpus, "a number of processors");
  return {
    nanoCpus: cpus === undefined ? before.nanoCpus : Math.round(Number(cpus) * 1e9),
    memoryBytes: sizeOf("--reserve-memory", values["reserve-memory"]) ?? before.memoryBytes,
  };
}

function restartOf(before: RestartRule, values: RuleValues): RestartRule {
  return {
    condition: (values["restart-condition"] as RestartRule["condition"] | undefined) ?? before.condition,
    delayMs: durationMs("--restart-delay", values["restart-delay"]) ?? before.delayMs,
    maxAttempts: countOf("--restart-max-attempts", values["restart-max-attempts"]) ?? before.maxAttempts,
    windowMs: durationMs("--restart-window", values["restart-window"]) ?? before.windowMs,
  };
}

function updateOf(kind: "update" | "rollback", before: UpdateRule, values: RuleValues): UpdateRule {
  const option = <K extends string>(name: K): `${typeof kind}-${K}` => `${kind}-${name}`;
  const duration = (name: "delay" | "monitor" | "progress-deadline"): number | undefined =>
    durationMs(`--${option(name)}`, values[option(name)]);
  const ratio = values[option("max-failure-ratio")];
  if (ratio !== undefined && !(Number(ratio) >= 0 && Number(ratio) <= 1))
    throw badOption(`--${option("max-failure-ratio")}`, ratio, "a number from 0 to 1");
  return {
    parallelism: countOf(`--${option("parallelism")}`, values[option("parallelism")]) ?? before.parallelism,
    delayMs: duration("delay") ?? before.delayMs,
    order: (values[option("order")] as UpdateRule["order"] | undefined) ?? before.order,
    monitorMs: duration("monitor") ?? before.monitorMs,
    failureAction:
      (values[option("failure-action")] as UpdateRule["failureAction"] | undefined) ?? before.failureAction,
    maxFailureRatio: ratio === undefined ? before.maxFailureRatio : Number(ratio),
    progressMs: duration("progress-deadline") ?? before.progressMs,
  };
}

/** Throws `invalid` for options that mean nothing to a service of that mode. */
export function requireOfUse(mode: string, values: RuleValues): void {
  const isAlways = mode === "replicated" || mode === "global";
  const isReplicated = !mode.startsWith("global");
  for (const [name, value] of Object.entries(values)) {
    const isOfSteps = /^(?:update|rollback)-/.test(name);
    const isOfUse = isOfSteps ? isAlways : name !== "replicas-max-per-node" || isReplicated;
    if (value !== undefined && !isOfUse) throw badOption(`--${name}`, String(value), `of use with --mode ${mode}`);
  }
}

/** A span of time in milliseconds. Throws `invalid` naming the option. */
export function durationMs(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0) throw badOption(option, text, "a duration", "for example 500ms, 10s or 1m30s");
  return ms;
}

/** A number that is not below zero. Throws `invalid` naming the option. */
export function countOf(option: string, count: number | undefined): number | undefined {
  if (count !== undefined && count < 0) throw badOption(option, String(count), "a number from 0");
  return count;
}
