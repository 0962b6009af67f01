import { expect, test } from "bun:test";
import { specOf } from "../../../test/fixtures/cluster/model.ts";
import { asksOf, FORMAT } from "./format.ts";
import type { ServiceSpec } from "./service.ts";

test("what this version makes it knows, whatever users name in it", () => {
  const spec = specOf();
  const container = { ...spec.container, labels: { "any.label": "x" }, sysctls: { "net.any": "1" } };
  expect(asksOf({ ...spec, labels: { novelty: "a label" }, container })).toEqual({
    format: 1,
    newer: [],
    unknown: [],
  });
  expect(FORMAT).toBe(1);
});

test("what it does not know is found by its name, at any depth, and among values", () => {
  const spec = specOf();
  const later = {
    ...spec,
    novelty: 1,
    absent: undefined,
    mode: { kind: "weekly" },
    update: { ...spec.update, order: "both-first" },
    container: { ...spec.container, ports: [{ containerPort: 80, weight: 2 }], security: { lock: true } },
  } as unknown as ServiceSpec;
  expect(asksOf(later).unknown.toSorted()).toEqual([
    "container.ports.weight",
    "container.security.lock",
    "mode.kind weekly",
    "novelty",
    "update.order both-first",
  ]);
});
