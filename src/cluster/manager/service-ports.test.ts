import { expect, test } from "bun:test";
import { serviceOf } from "../../../test/fixtures/cluster/model.ts";
import { plainSpec } from "../../engine/plain-spec.ts";
import type { Service } from "../model/service.ts";
import { makeReplica } from "./replica.ts";
import { portSteps, withChosenPorts } from "./service-ports.ts";

/** A service that publishes port 80 on these addresses. */
function on(id: string, ...addresses: string[]): Service {
  const ports = addresses.map((hostIp) => ({
    hostIp,
    hostPort: 80,
    containerPort: 80,
    protocol: "tcp" as const,
    range: 1,
    share: { group: "service" },
  }));
  const service = serviceOf(
    { kind: "replicated", replicas: 1 },
    { container: { ...plainSpec({ image: "a" }), ports } },
  );
  return { ...service, id };
}

function isRefused(there: string[], asked: string[]): boolean {
  const replica = { ...makeReplica(), services: new Map([["one", on("one", ...there)]]) };
  try {
    portSteps(replica, on("two", ...asked), undefined);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ reason: "service.port_taken" });
    return true;
  }
}

test("two services have one port where no address is both's", () => {
  expect(isRefused([""], ["127.0.0.1"])).toBe(true);
  expect(isRefused(["0.0.0.0"], ["127.0.0.1"])).toBe(true);
  expect(isRefused(["10.0.0.1"], ["0.0.0.0"])).toBe(true);
  expect(isRefused(["::"], ["fd00::1"])).toBe(true);
  expect(isRefused(["127.0.0.1", "::1"], ["::1"])).toBe(true);
  expect(isRefused(["0.0.0.0"], ["::"])).toBe(false);
  expect(isRefused(["0.0.0.0"], ["fd00::1"])).toBe(false);
  expect(isRefused(["127.0.0.1"], ["10.0.0.1"])).toBe(false);
});

test("a service does not publish a port twice on one address", () => {
  const twice =
    (...addresses: string[]) =>
    () =>
      portSteps(makeReplica(), on("one", ...addresses), undefined);
  for (const addresses of [
    ["", ""],
    ["", "::1"],
  ])
    expect(twice(...addresses)).toThrow("duplicate published ports provided: 80/tcp");
  expect(twice("127.0.0.1", "::1")).not.toThrow();
});

test("a port that names none of the nodes' gets the first that is free, and keeps it", () => {
  const open = (id: string, ...hostPorts: number[]): Service => {
    const service = on(id, ...hostPorts.map(() => ""));
    const ports = service.spec.container.ports.map((port, index) => ({
      ...port,
      hostPort: hostPorts[index] ?? 0,
      containerPort: 80 + index,
    }));
    return { ...service, spec: { ...service.spec, container: { ...service.spec.container, ports } } };
  };
  const replica = { ...makeReplica(), services: new Map([["one", open("one", 30_000, 30_002)]]) };
  const chosen = (spec: Service["spec"], before?: Service): number[] =>
    withChosenPorts(replica, spec, before).container.ports.map(({ hostPort }) => hostPort);
  expect(chosen(open("two", 0, 0, 8080).spec)).toEqual([30_001, 30_003, 8080]);
  expect(chosen(open("two", 0, 30_001).spec)).toEqual([30_003, 30_001]);
  expect(chosen(open("two", 0, 0).spec, open("two", 30_009, 8081))).toEqual([30_009, 30_001]);
  expect(chosen(open("two", 0).spec, open("two", 30_002))).toEqual([30_001]);
});
