import { describe, expect, test } from "bun:test";
import type { Project } from "../project.ts";
import type { Service } from "../service.ts";
import { serviceHash } from "./hash.ts";
import { LABELS } from "./names.ts";
import type { ObservedContainer, ObservedState } from "./observed.ts";
import { planUp } from "./plan-up.ts";
import type { Step } from "./step.ts";
import type { UpRequest } from "./up-request.ts";

const IMAGE_ID = "a".repeat(64);

function service(parts: Partial<Service> = {}): Service {
  return { image: "bb:1", command: null, entrypoint: null, networks: { default: null }, ...parts };
}

function project(services: Record<string, Service>): Project {
  const networks = { default: { name: "p_default" } };
  return { name: "p", services, networks, volumes: {}, secrets: {}, configs: {}, models: {} };
}

function container(name: string, of: Service, parts: Partial<ObservedContainer> = {}): ObservedContainer {
  const [, serviceName = "", number = "1"] = name.split("-");
  return {
    id: name.padEnd(64, "0"),
    name,
    service: serviceName,
    number: Number(number),
    oneOff: false,
    helper: false,
    status: "running",
    configHash: serviceHash(of),
    imageId: IMAGE_ID,
    networks: ["p_default"],
    volumes: [],
    mountedImages: [],
    sharesPorts: false,
    joins: [],
    labels: {},
    ...parts,
  };
}

function world(containers: readonly ObservedContainer[], networks: readonly string[] = ["p_default"]): ObservedState {
  const labels = { [LABELS.project]: "p" };
  return {
    containers,
    pods: [],
    pod: () => undefined,
    network: (name) => (networks.includes(name) ? { name, labels, users: [] } : undefined),
    volume: () => undefined,
    imageId: () => IMAGE_ID,
  };
}

function request(of: Project, parts: Partial<UpRequest> = {}): UpRequest {
  return {
    naming: { project: "p", separator: "-" },
    targets: Object.keys(of.services),
    recreate: "diverged",
    recreateDependencies: "diverged",
    scale: {},
    start: true,
    hashes: Object.fromEntries(Object.entries(of.services).map(([name, one]) => [name, serviceHash(one)])),
    renewVolumes: false,
    replaceVolumes: [],
    orphans: "warn",
    pods: {},
    known: Object.keys(of.services),
    ...parts,
  };
}

/** `id <- what it waits for`, for reading. */
function shown(steps: readonly Step[]): string[] {
  return steps.map(({ id, after }) => (after.length === 0 ? id : `${id} <- ${after.toSorted().join(", ")}`));
}

describe("planUp", () => {
  test("an empty world gets network, containers and starts, each behind what it needs", () => {
    const wanted = project({
      db: service(),
      web: service({ depends_on: { db: { condition: "service_healthy", required: true } } }),
    });
    expect(shown(planUp(wanted, world([], []), request(wanted)).steps)).toEqual([
      "network:default",
      "create:p-db-1 <- network:default",
      "create:p-web-1 <- network:default",
      "start:p-db-1 <- create:p-db-1",
      "start:p-web-1 <- create:p-web-1, wait:db:service_healthy",
      "wait:db:service_healthy <- start:p-db-1",
    ]);
  });

  test("what is there and fits stays as it is", () => {
    const wanted = project({ web: service() });
    expect(shown(planUp(wanted, world([container("p-web-1", service())]), request(wanted)).steps)).toEqual([
      "keep:p-web-1",
    ]);
  });

  test("a changed service is made anew, with the attribute as the reason", () => {
    const old = service({ environment: { A: "1" } });
    const wanted = project({ web: service({ environment: { A: "2" } }) });
    const { steps } = planUp(wanted, world([container("p-web-1", old, { made: old })]), request(wanted));
    expect(steps[0]?.why).toEqual([{ path: "environment.A", before: "1", after: "2", at: ["environment", "A"] }]);
    expect(shown(steps)).toEqual(["create:p-web-1", "start:p-web-1 <- create:p-web-1"]);
  });

  test("a change of scale, dependencies or build makes nothing anew", () => {
    const wanted = project({ web: service({ scale: 1, build: { context: "/x" }, profiles: ["a"] }) });
    expect(shown(planUp(wanted, world([container("p-web-1", service())]), request(wanted)).steps)).toEqual([
      "keep:p-web-1",
    ]);
  });

  test("another image under the same name makes it anew", () => {
    const wanted = project({ web: service() });
    const old = container("p-web-1", service(), { imageId: "b".repeat(64) });
    const { steps } = planUp(wanted, world([old]), request(wanted));
    expect(steps[0]?.why?.[0]?.path).toBe("image");
  });

  test("scaling down removes diverged containers first, then the highest numbers", () => {
    const wanted = project({ web: service() });
    const all = [1, 2, 3].map((number) =>
      container(`p-web-${number}`, number === 1 ? service({ tty: true }) : service()),
    );
    const { steps } = planUp(wanted, world(all), request(wanted, { scale: { web: 1 } }));
    expect(steps.flatMap(({ action }) => (action.kind === "remove" ? [action.name] : []))).toEqual([
      "p-web-3",
      "p-web-1",
    ]);
  });

  test("scaling up counts on from the highest number", () => {
    const wanted = project({ web: service() });
    const { steps } = planUp(wanted, world([container("p-web-2", service())]), request(wanted, { scale: { web: 2 } }));
    expect(steps.flatMap(({ action }) => (action.kind === "create" ? [action.name] : []))).toEqual(["p-web-3"]);
  });

  test("a container that joins another's network goes before that one is made anew, and comes back after it", () => {
    const joined: Service = { image: "bb:1", command: null, entrypoint: null, network_mode: "service:db" };
    const wanted = project({ db: service({ tty: true }), side: joined });
    const db = container("p-db-1", service());
    const side = container("p-side-1", joined, { joins: [db.id], networks: [] });
    const { steps } = planUp(wanted, world([db, side]), request(wanted));
    expect(shown(steps)).toEqual([
      `create:p-db-1 <- remove:${side.id}`,
      `stop:${side.id}`,
      `remove:${side.id} <- stop:${side.id}`,
      `create:p-side-1 <- create:p-db-1, remove:${side.id}`,
      "start:p-db-1 <- create:p-db-1",
      "start:p-side-1 <- create:p-side-1",
    ]);
  });

  test("a dependent that asked for it stops before what it depends on is made anew, and starts again", () => {
    const web = service({ depends_on: { db: { condition: "service_started", required: true, restart: true } } });
    const wanted = project({ db: service({ tty: true }), web });
    const running = container("p-web-1", web);
    const { steps } = planUp(wanted, world([container("p-db-1", service()), running]), request(wanted));
    expect(shown(steps)).toEqual([
      `create:p-db-1 <- stop:${running.id}`,
      `stop:${running.id}`,
      "start:p-db-1 <- create:p-db-1",
      `start:p-web-1 <- start:p-db-1, stop:${running.id}`,
    ]);
  });

  test("a replacement that was cut off is taken away while its predecessor is there, and renamed when that is gone", () => {
    const wanted = project({ web: service() });
    const old = container("p-web-1", service());
    const labels = { [LABELS.replace]: old.id };
    const half = container("p-web-1", service(), {
      id: "f".repeat(64),
      name: `${old.id.slice(0, 12)}_p-web-1`,
      labels,
    });
    const both = planUp(wanted, world([old, half]), request(wanted)).steps;
    expect(both.map(({ action }) => action.kind)).toEqual(["remove", "keep"]);
    // It serves already: the old one has to go, not this one.
    const serving = { ...half, status: "running", hasTakenOver: true } as const;
    const over = planUp(wanted, world([old, serving]), request(wanted)).steps;
    expect(over.map(({ action }) => action)).toMatchObject([
      { kind: "take-over", id: half.id, old: old.id, name: "p-web-1" },
      { kind: "keep", name: "p-web-1" },
    ]);
    const alone = planUp(wanted, world([half]), request(wanted)).steps;
    expect(alone.map(({ action }) => action.kind)).toEqual(["rename", "keep"]);
  });

  test("start-first: an address that the file fixes goes over on a network where it can, else the old one stops first", () => {
    const deploy = { update_config: { order: "start-first" } } as const;
    const fixed = service({ deploy, networks: { default: { ipv4_address: "10.1.1.9" } } });
    const mac = service({ deploy, mac_address: "02:00:00:00:00:01" });
    const startsFirst = (of: Service, addressesMove: boolean): boolean | undefined => {
      const now = project({ web: of });
      const there = world([container("p-web-1", service())]);
      const observed: ObservedState = {
        ...there,
        network: (name) => {
          const network = there.network(name);
          return network && { ...network, addressesMove };
        },
      };
      const { steps } = planUp(now, observed, request(now));
      const action = steps.find(({ id }) => id === "create:p-web-1")?.action;
      return action?.kind === "create" ? action.replaces?.startFirst : undefined;
    };
    expect([startsFirst(fixed, true), startsFirst(mac, true)]).toEqual([true, true]);
    expect([startsFirst(fixed, false), startsFirst(mac, false)]).toEqual([undefined, undefined]);
    expect(startsFirst(service({ deploy }), false)).toBe(true);
  });

  test("containers of unknown services are named, or removed when that is asked for", () => {
    const wanted = project({ web: service() });
    const observed = world([container("p-web-1", service()), container("p-old-1", service())]);
    expect(planUp(wanted, observed, request(wanted)).warnings[0]).toContain("orphan containers ([p-old-1])");
    const { steps } = planUp(wanted, observed, request(wanted, { orphans: "remove" }));
    expect(steps.flatMap(({ action }) => (action.kind === "remove" ? [action.name] : []))).toEqual(["p-old-1"]);
  });

  test("an external network that is not there is an error", () => {
    const wanted = { ...project({ web: service() }), networks: { default: { name: "elsewhere", external: true } } };
    expect(() => planUp(wanted, world([]), request(wanted))).toThrow("declared as external, but could not be found");
  });
});
