import { expect, test } from "bun:test";
import { nodeOf } from "../../../test/fixtures/cluster/model.ts";
import { parseConstraint, requirePreference } from "./constraint.ts";

const node = nodeOf("n1", { labels: { zone: "EU-1", ssd: "" }, role: "manager" });

test("constraints compare what a node has with a value, a list, a pattern, or nothing", () => {
  for (const [text, fulfils] of [
    ["node.labels.zone==eu-1", true],
    ["node.labels.zone == eu-1", true],
    ["node.labels.zone!=eu-1", false],
    ["node.labels.rack!=a", true],
    ["node.labels.rack==a", false],
    ["node.labels.zone in (us-1, eu-1)", true],
    ["node.labels.zone not in (us-1, eu-1)", false],
    ["node.labels.zone=~^EU-\\d$", true],
    ["node.labels.zone!~^EU", false],
    ["node.labels.ssd", true],
    ["!node.labels.ssd", false],
    ["node.labels.rack", false],
    ["!node.labels.rack", true],
    ["node.role==manager", true],
    ["node.hostname==host-n1", true],
    ["node.id!=n1", false],
    ["node.platform.os==linux", true],
    ["node.platform.arch==arm64", false],
    ["node.ip==10.0.0.1", true],
    ["node.ip==10.0.0.0/8", true],
    ["node.ip!=10.0.0.0/8", false],
    ["node.ip==192.168.0.0/16", false],
    ["engine.labels.gpu==yes", false],
  ] as const)
    expect([text, parseConstraint(text)(node)]).toEqual([text, fulfils]);
});

test("what is no constraint is refused with what one looks like", () => {
  for (const text of [
    "",
    "zone==a",
    "node.labels.=a",
    "node.ip==host",
    "node.role=~(",
    "node.role=~" + "a".repeat(300),
    "node.role > 3",
    "node.label.a==b",
  ]) {
    expect(() => parseConstraint(text)).toThrow(/invalid placement constraint/);
  }
});

test("a label is one only where the node has it, not where every object has such a thing", () => {
  expect(parseConstraint("node.labels.constructor")(node)).toBeFalse();
});

test("tasks are spread over what nodes have, and nothing else", () => {
  for (const key of ["node.labels.zone", "node.hostname", "engine.labels.rack"]) requirePreference(key);
  for (const key of ["", "zone", "node.zone", "node.labels."])
    expect(() => requirePreference(key)).toThrow("invalid placement preference");
});
