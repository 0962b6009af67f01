import { expect, test } from "bun:test";
import { serviceOf } from "../../../test/fixtures/cluster/model.ts";
import { plainSpec } from "../../engine/plain-spec.ts";
import type { Service } from "../model/service.ts";
import { makeReplica } from "./replica.ts";
import { portSteps } from "./service-ports.ts";

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
