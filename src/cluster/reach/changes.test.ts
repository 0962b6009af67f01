import { expect, test } from "bun:test";
import type { NodeSummary, ServiceSummary } from "../door/wire.ts";
import { changesBetween, creations, type Picture } from "./changes.ts";

function service(id: string, replicas: number, updatedAt = 1): ServiceSummary {
  const spec = { name: `${id}-name`, mode: { kind: "replicated", replicas } };
  return { service: { id, createdAt: 3, updatedAt, spec } } as unknown as ServiceSummary;
}

function node(id: string, state: string): NodeSummary {
  const described = { description: { hostname: `${id}-name` }, availability: "active", role: "worker" };
  return { node: { id, createdAt: 2, updatedAt: 1, state, ...described } } as unknown as NodeSummary;
}

function told(before: Picture, after: Picture): string[] {
  return changesBetween(before, after, 7).map(
    ({ time, type, action, name, attributes }) => `${time} ${type} ${action} ${name} ${JSON.stringify(attributes)}`,
  );
}

test("what is new, what has changed and what is gone is told, and nothing of what stays", () => {
  const before = { services: [service("a", 1), service("b", 2), service("c", 1)], nodes: [node("n", "ready")] };
  const after = { services: [service("b", 3, 2), service("c", 1), service("d", 1)], nodes: [node("n", "down")] };
  expect(told(before, after)).toEqual([
    '7 node update n-name {"state.old":"ready","state.new":"down"}',
    '2 service update b-name {"replicas.old":"2","replicas.new":"3"}',
    "3 service create d-name {}",
    "7 service remove a-name {}",
  ]);
  expect(told(before, before)).toEqual([]);
  expect(creations(after).map(({ time, name }) => `${time} ${name}`)).toEqual([
    "2 n-name",
    "3 b-name",
    "3 c-name",
    "3 d-name",
  ]);
});
