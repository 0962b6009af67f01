import { expect, test } from "bun:test";
import type { Task } from "../model/task.ts";
import { findTask } from "./find-task.ts";
import type { TaskRow } from "./wire.ts";

type Facts = {
  readonly slot?: number;
  readonly service?: string;
  readonly state?: Task["status"]["state"];
  readonly at?: number;
};

function row(id: string, { slot = 1, service = "web", state = "running", at = 1 }: Facts = {}): TaskRow {
  const task: Task = {
    id,
    serviceId: service,
    slot,
    nodeId: "node1",
    specHash: "",
    createdAt: at,
    desired: state === "running" ? "running" : "shutdown",
    status: { state, at, message: "", containerId: `c0ffee${id}` },
    reserve: { nanoCpus: 0, memoryBytes: 0 },
    hostPorts: [],
  };
  return { task, serviceName: service, nodeName: "host1", version: 1 };
}

const found = (rows: readonly TaskRow[], name: string): string => findTask(rows, name).task.id;

test("the name of a slot means the task that runs there, else the last one", () => {
  const old = row("aaaa1", { state: "failed", at: 5 });
  expect(found([old, row("bbbb2", { at: 2 })], "web.1")).toBe("bbbb2");
  expect(found([row("cccc3", { state: "failed", at: 2 }), old], "web.1")).toBe("aaaa1");
});

test("a task is also meant by its container's name, its id, its container's id, and how an id begins", () => {
  const rows = [row("aaaa1"), row("bbbb2", { slot: 2 })];
  for (const name of ["web.2.bbbb2", "web.2.bb", "bbbb2", "bbbb", "c0ffeebbbb2"])
    expect(found(rows, name)).toBe("bbbb2");
  expect(found([row("aaaa1", { slot: 0 })], "web.node1")).toBe("aaaa1");
});

test("what begins several ids, a slot that is only begun, and a service are no task", () => {
  const rows = [row("aaaa1"), row("aaaa2", { slot: 12 }), row("cccc", { service: "web.1x" })];
  expect(() => findTask(rows, "aaaa")).toThrow("ambiguous");
  expect(() => findTask(rows, "aaa")).toThrow("not found");
  expect(found(rows, "web.1")).toBe("aaaa1");
  expect(() => findTask(rows, "nothing")).toThrow("not found");
});
