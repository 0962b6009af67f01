import { expect, test } from "bun:test";
import { plainSpec } from "../../engine/plain-spec.ts";
import type { BindMount } from "../../state/spec/mounts.ts";
import { expandTemplates, hasTemplates, requireTemplates, type TaskFacts } from "./templates.ts";

const FACTS: TaskFacts = {
  Service: { ID: "s1", Name: "web", Labels: { tier: "front" } },
  Node: { ID: "n1", Hostname: "host1", Platform: { Architecture: "arm64", OS: "linux" } },
  Task: { ID: "t1", Name: "web.2.t1", Slot: "2" },
};

test("host name, environment and mounts say of each task what it is; all else stays as it was written", () => {
  const bind: BindMount = {
    type: "bind",
    source: "/data/{{.Task.Slot}}",
    target: "/{{.Service.Name}}",
    readOnly: false,
    propagation: "rprivate",
    recursive: true,
  };
  const container = {
    ...plainSpec({ image: "{{.Node.ID}}" }),
    hostname: "{{.Node.Hostname}}-{{.Task.Slot}}",
    env: ["A={{.Service.Labels.tier}} {{index .Service.Labels `tier`}}", "B={{.Node.Platform.Architecture}}", "C=d"],
    mounts: [bind],
  };
  expect(hasTemplates(container)).toBe(true);
  expect(expandTemplates(container, FACTS)).toEqual({
    ...container,
    hostname: "host1-2",
    env: ["A=front front", "B=arm64", "C=d"],
    mounts: [{ ...bind, source: "/data/2", target: "/web" }],
  });
  const plain = plainSpec({ image: "{{.Node.ID}}" });
  expect([hasTemplates(plain), expandTemplates(plain, FACTS)]).toEqual([false, plain]);
});

test("what no task can say is refused by its text", () => {
  for (const text of ["{{.Node.Nothing}}", "{{.Task", "{{nothing}}"]) {
    const container = { ...plainSpec({ image: "a" }), hostname: text };
    expect(() => requireTemplates(container, { name: "web", labels: {} })).toThrow(`cannot expand "${text}"`);
  }
  requireTemplates({ ...plainSpec({ image: "a" }), env: ["A={{.Service.Labels.none}}"] }, { name: "web", labels: {} });
});
