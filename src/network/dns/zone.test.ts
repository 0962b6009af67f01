import { expect, test } from "bun:test";
import { formatIp } from "../address.ts";
import { type Answer, RCODE, TYPE } from "./message.ts";
import { Turns } from "./turns.ts";
import { answer, makeZone, type NamedContainer } from "./zone.ts";

const endpoint = (network: string, ip: string, more: object = {}): NamedContainer["endpoints"][number] => ({
  network,
  ip,
  gateway: `${ip.slice(0, ip.lastIndexOf("."))}.1`,
  subnets: [`${ip}/24`],
  aliases: [],
  internal: false,
  ...more,
});
const container = (name: string, ...endpoints: NamedContainer["endpoints"]): NamedContainer => ({
  names: [name, `id-${name}`],
  endpoints,
  search: ["corp.example"],
});
const zone = makeZone([
  container(
    "web",
    endpoint("front", "10.1.0.2", { ip6: "fd00::2", subnets: ["10.1.0.0/24", "fd00::/64"] }),
    endpoint("back", "10.2.0.2"),
  ),
  container("api1", endpoint("back", "10.2.0.3", { aliases: ["api"] })),
  container("api2", endpoint("back", "10.2.0.4", { aliases: ["API"] })),
  container("lonely", endpoint("other", "10.3.0.2", { internal: true })),
]);
const ask = (source: string, name: string, type: number = TYPE.A, turn = 0): unknown => {
  const verdict = answer(zone, source, { name, type }, turn);
  if ("forward" in verdict) return "forwarded";
  const names = Object.entries(RCODE).find(([, code]) => code === verdict.rcode)?.[0];
  return verdict.answers.length > 0 ? verdict.answers.map(({ data }) => formatIp(data)) : names;
};

test("a container is found by name, id and alias on networks that it shares with the asker, and nowhere else", () => {
  expect(ask("10.2.0.3", "web")).toEqual(["10.2.0.2"]);
  expect(ask("10.2.0.3", "id-web")).toEqual(["10.2.0.2"]);
  expect(ask("10.1.0.2", "api1")).toEqual(["10.2.0.3"]);
  expect(ask("10.3.0.2", "web")).toBe("NXDOMAIN");
  expect(ask("10.9.9.9", "web")).toBe("REFUSED");
});

test("the same under our domain and every search domain; under a network's, what is on that one", () => {
  for (const suffix of ["dns.podman", "back", "corp.example"])
    expect(ask("10.2.0.3", `web.${suffix}`)).toEqual(["10.2.0.2"]);
  expect(ask("10.1.0.2", "web")).toEqual(["10.1.0.2", "10.2.0.2"]);
  expect([ask("10.1.0.2", "web.front"), ask("10.1.0.2", "web.back")]).toEqual([["10.1.0.2"], ["10.2.0.2"]]);
  expect(ask("10.1.0.2", "api.front")).toBe("forwarded");
  expect(ask("10.2.0.3", "nosuch.corp.example")).toBe("forwarded");
  expect(ask("10.2.0.3", "nosuch.dns.podman")).toBe("NXDOMAIN");
});

test("a link is a name that the container alone finds, and that stands before other containers' names", () => {
  const links = [
    { name: "Store", target: "api1" },
    { name: "web", target: "id-api2" },
  ];
  const linked = makeZone([
    container("web", endpoint("back", "10.2.0.2")),
    container("api1", endpoint("back", "10.2.0.3")),
    container("api2", endpoint("back", "10.2.0.4")),
    container("user", endpoint("back", "10.2.0.5", { links })),
  ]);
  const asked = (source: string, name: string): unknown => {
    const verdict = answer(linked, source, { name, type: TYPE.A }, 0);
    return "answers" in verdict ? verdict.answers.map(({ data }) => formatIp(data)) : "forwarded";
  };
  for (const name of ["store", "store.dns.podman", "store.back"]) expect(asked("10.2.0.5", name)).toEqual(["10.2.0.3"]);
  expect([asked("10.2.0.5", "web"), asked("10.2.0.2", "web")]).toEqual([["10.2.0.4"], ["10.2.0.2"]]);
  expect(asked("10.2.0.2", "store")).toEqual([]);
});

test("several holders of a name take turns", () => {
  expect(ask("10.2.0.2", "api", TYPE.A, 0)).toEqual(["10.2.0.3", "10.2.0.4"]);
  expect(ask("10.2.0.2", "api", TYPE.A, 1)).toEqual(["10.2.0.4", "10.2.0.3"]);
});

test("turns are counted for each name and type: who asks for both families, or for two names in turn, gets them, too", () => {
  const turns = new Turns();
  const asked = [0, 1, 2].map(() => [
    turns.next({ name: "api", type: TYPE.A }),
    turns.next({ name: "api", type: TYPE.AAAA }),
    turns.next({ name: "web", type: TYPE.A }),
  ]);
  expect(asked).toEqual([
    [0, 0, 0],
    [1, 1, 1],
    [2, 2, 2],
  ]);
});

test("a known name without that family is empty, not unknown: nobody goes on searching", () => {
  expect(ask("10.1.0.2", "web", TYPE.AAAA)).toEqual(["fd00::2"]);
  expect(ask("10.2.0.2", "api", TYPE.AAAA)).toBe("NOERROR");
  expect(ask("10.2.0.2", "api", 15)).toBe("NOERROR");
});

test("foreign names are forwarded, but for single words and for who has no way out", () => {
  expect(ask("10.2.0.3", "example.com")).toBe("forwarded");
  expect(ask("10.2.0.3", "nosuch")).toBe("NXDOMAIN");
  expect(ask("10.3.0.2", "example.com")).toBe("NXDOMAIN");
});

test("the host is found by the names of both peers, and a neighbour by its addresses; nobody else is asked about those", () => {
  expect(ask("10.2.0.3", "host.containers.internal")).toEqual(["10.2.0.1"]);
  expect(ask("10.2.0.3", "host.docker.internal", TYPE.AAAA)).toBe("NOERROR");
  const reverse6 = (last: string): string => `${last}.${"0.".repeat(27)}0.0.d.f.ip6.arpa`;
  const pointed = (source: string, name: string): string => {
    const pointer = answer(zone, source, { name, type: TYPE.PTR }, 0);
    return "forward" in pointer ? "forwarded" : Buffer.from(pointer.answers[0]?.data ?? []).toString("latin1");
  };
  expect(pointed("10.2.0.3", "2.0.2.10.in-addr.arpa")).toContain("web");
  expect(pointed("fd00::2", reverse6("2"))).toContain("web");
  for (const [source, name] of [
    ["10.2.0.3", "77.0.2.10.in-addr.arpa"],
    ["10.1.0.2", reverse6("7")],
  ] as const)
    expect([name, pointed(source, name)]).toEqual([name, ""]);
  for (const name of ["2.0.1.10.in-addr.arpa", reverse6("2"), "8.8.8.8.in-addr.arpa", "300.0.2.10.in-addr.arpa"])
    expect([name, pointed("10.2.0.3", name)]).toEqual([name, "forwarded"]);
  expect(ask("10.3.0.2", "2.0.2.10.in-addr.arpa", TYPE.PTR)).toBe("NXDOMAIN");
});

test("a container that has taken another's place has its names from one moment on; the other one answers to its id", () => {
  const old = { ...container("web-1", endpoint("back", "10.2.0.2", { aliases: ["web"] })), search: [] };
  const asker = container("asker", endpoint("back", "10.2.0.9"));
  const fresh = container("new", endpoint("back", "10.2.0.3"));
  const taken: NamedContainer = {
    ...container("new", endpoint("back", "10.2.0.3", { aliases: ["web"] })),
    names: ["new", "id-new", "web-1"],
    insteadOf: "id-web-1",
  };
  const found = (containers: readonly NamedContainer[], name: string): unknown => {
    const verdict = answer(makeZone(containers), "10.2.0.9", { name, type: TYPE.A }, 0);
    return "answers" in verdict ? verdict.answers.map(({ data }) => formatIp(data)) : verdict;
  };
  for (const name of ["web", "web-1"]) {
    expect(found([old, asker, fresh], name)).toEqual(["10.2.0.2"]);
    expect(found([old, asker, taken], name)).toEqual(["10.2.0.3"]);
  }
  expect(found([old, asker, taken], "id-web-1")).toEqual(["10.2.0.2"]);
  expect(found([asker, taken], "web-1")).toEqual(["10.2.0.3"]);
});

test("names of a cluster's services lead to their addresses in turns, and to nobody, never to the world, when they have none", () => {
  const shared = [
    { network: "back", names: { shop: ["10.2.0.8"], "tasks.shop": ["10.2.0.5", "10.2.0.6"], "tasks.gone": [] } },
  ];
  const wide = makeZone([container("web", endpoint("back", "10.2.0.2"))], shared);
  const look = (name: string, turn = 0): unknown => {
    const verdict = answer(wide, "10.2.0.2", { name, type: TYPE.A }, turn);
    return "forward" in verdict ? "forwarded" : verdict.answers.map(({ data }) => formatIp(data));
  };
  expect(look("shop")).toEqual(["10.2.0.8"]);
  expect([look("tasks.shop"), look("tasks.shop", 1)]).toEqual([
    ["10.2.0.5", "10.2.0.6"],
    ["10.2.0.6", "10.2.0.5"],
  ]);
  expect(look("tasks.gone")).toEqual([]);
  expect(look("tasks.other")).toBe("forwarded");
});

test("a service's ports are found by SRV, each with a name for its address; the records of a cluster's names last for five seconds", () => {
  const ports = [
    { protocol: "tcp", port: 80 },
    { protocol: "tcp", port: 443 },
    { protocol: "udp", port: 53 },
  ] as const;
  const names = { shop: ["10.2.0.8"], "tasks.shop": ["10.2.0.5", "10.2.0.6"] };
  const wide = makeZone([container("web", endpoint("back", "10.2.0.2"))], [{ network: "back", names, ports }]);
  const answersTo = (name: string, type: number, turn = 0): readonly Answer[] => {
    const verdict = answer(wide, "10.2.0.2", { name, type }, turn);
    if ("forward" in verdict) throw new Error(`${name} is forwarded`);
    return verdict.answers;
  };
  const look = (name: string, turn = 0): string[] =>
    answersTo(name, TYPE.SRV, turn).map(({ data }) => {
      const bytes = Buffer.from(data);
      const labels: string[] = [];
      for (let at = 6; (bytes[at] ?? 0) > 0; at += 1 + (bytes[at] ?? 0))
        labels.push(bytes.toString("latin1", at + 1, at + 1 + (bytes[at] ?? 0)));
      return `${bytes.readUInt16BE(0)} ${bytes.readUInt16BE(2)} ${bytes.readUInt16BE(4)} ${labels.join(".")}`;
    });
  expect(look("_443._tcp.shop")).toEqual(["0 0 443 10-2-0-8.shop"]);
  expect(look("_443._tcp.tasks.shop")).toEqual(["0 0 443 10-2-0-5.tasks.shop", "0 0 443 10-2-0-6.tasks.shop"]);
  expect(look("_443._tcp.tasks.shop", 1)[0]).toBe("0 0 443 10-2-0-6.tasks.shop");
  expect(look("_domain._udp.shop.dns.podman")).toEqual(["0 0 53 10-2-0-8.shop.dns.podman"]);
  expect(look("shop")).toHaveLength(3);
  // A word says which only where there is no choice.
  expect([look("_http._tcp.shop"), look("_81._tcp.shop"), look("web")]).toEqual([[], [], []]);
  for (const name of ["10-2-0-6.tasks.shop", "10-2-0-6.tasks.shop.dns.podman"])
    expect(answersTo(name, TYPE.A)).toEqual([{ type: TYPE.A, data: Uint8Array.of(10, 2, 0, 6), ttl: 5 }]);
  expect(answersTo("10-2-0-7.tasks.shop", TYPE.A)).toEqual([]);
  expect(answersTo("web", TYPE.A)).toEqual([{ type: TYPE.A, data: Uint8Array.of(10, 2, 0, 2), ttl: 1 }]);
});
