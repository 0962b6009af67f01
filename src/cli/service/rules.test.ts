import { expect, test } from "bun:test";
import { USUAL_RULES } from "../../cluster/model/usual-rules.ts";
import { RULE_OPTIONS } from "./options.ts";
import { changedRules } from "./rules.ts";
import { neutralValues } from "./task-container.ts";

test("rules take from options what was given, in milliseconds and bytes, and leave the rest", () => {
  const values = {
    ...neutralValues(RULE_OPTIONS),
    "restart-delay": "1m30s",
    "update-delay": "9s",
    "update-monitor": "300ms",
    "rollback-progress-deadline": "0s",
    "reserve-cpu": "0.5",
    "reserve-memory": "64m",
    "update-max-failure-ratio": "0.25",
  };
  const rules = changedRules(USUAL_RULES, values);
  expect(rules.restart).toEqual({ ...USUAL_RULES.restart, delayMs: 90_000 });
  expect(rules.update).toEqual({ ...USUAL_RULES.update, delayMs: 9_000, monitorMs: 300, maxFailureRatio: 0.25 });
  expect(rules.rollback).toEqual({ ...USUAL_RULES.rollback, progressMs: 0 });
  expect(rules.reserve).toEqual({ nanoCpus: 5e8, memoryBytes: 64 << 20 });
});

test("what is no duration, ratio or number is refused with the option's name", () => {
  for (const wrong of [
    { "update-delay": "soon" },
    { "update-delay": "-1s" },
    { "update-max-failure-ratio": "2" },
    { "reserve-cpu": "many" },
    { "restart-max-attempts": -1 },
  ])
    expect(() => changedRules(USUAL_RULES, { ...neutralValues(RULE_OPTIONS), ...wrong })).toThrow(
      new RegExp(`--${Object.keys(wrong)[0]}`),
    );
});
