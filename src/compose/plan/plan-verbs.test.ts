import { expect, test } from "bun:test";
import type { ObservedContainer, ObservedPod, ObservedState } from "./observed.ts";
import { planRemove, planVerb, withPods } from "./plan-verbs.ts";

function container(name: string, parts: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    id: name,
    name: `p-${name}-1`,
    service: name,
    number: 1,
    oneOff: false,
    helper: false,
    status: "running",
    configHash: "",
    imageId: "",
    networks: [],
    volumes: [],
    mountedImages: [],
    sharesPorts: false,
    joins: [],
    labels: {},
    ...parts,
  };
}

test("rm removes what joins another container's namespaces before that one", () => {
  const steps = planRemove([container("web"), container("side", { joins: ["web"] })], false);
  expect(steps.map(({ id, after }) => `${id} <- ${after.join(", ")}`)).toEqual([
    "remove:web <- remove:side",
    "remove:side <- ",
  ]);
});

test("a pod is stopped after its last container, and not while one of it that was not named runs on", () => {
  const [web, api, other] = [container("web", { pod: "P" }), container("api", { pod: "P" }), container("other")];
  const pod: ObservedPod = { id: "P", name: "p-app", labels: {}, infraId: "I", isUp: true };
  const stops = (named: readonly ObservedContainer[], all: readonly ObservedContainer[], isUp = true): string[] => {
    const none = (): undefined => undefined;
    const world: ObservedState = {
      containers: all,
      pods: [{ ...pod, isUp }],
      pod: none,
      network: none,
      volume: none,
      imageId: none,
    };
    return withPods(world, planVerb("stop", named)).map(({ id, after }) => `${id} <- ${after.join(", ")}`);
  };
  const all = [web, api, other];
  expect(stops([web, api], all)).toContain("stop-pod:p-app <- stop:web, stop:api");
  expect(stops([web, other], all).filter((step) => step.startsWith("stop-pod"))).toEqual([]);
  const ended = { ...api, status: "exited" } as const;
  expect(stops([web], [web, ended, other])).toContain("stop-pod:p-app <- stop:web");
  expect(stops([web, api], all, false).filter((step) => step.startsWith("stop-pod"))).toEqual([]);
});
