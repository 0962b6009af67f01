import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import type { NetworkRoot } from "../../src/network/root-id.ts";
import { HOST4, HOST6, LAN4, LAN6, type Root, type Speaker, type Started, World } from "../fixtures/network-world.ts";

const BLOCKED = "timeout";
const REFUSED = "ECONNREFUSED";
const PROTOCOLS = ["tcp", "udp"] as const;

let world: World;
let root: Root;
let host: Speaker;
let lan: Speaker;
let a: Started;
let b: Started;

beforeAll(async () => {
  world = new World();
  root = world.root("main");
  host = world.peer(world.host);
  lan = world.peer(world.lan);
  a = await root.start(
    "a",
    "8080:80",
    "8080:80/udp",
    "127.0.0.1:8081:80",
    `${HOST4}:8082:80`,
    "[::1]:8083:80",
    "9000-9002:80-82",
  );
  b = await root.start("b", "8090:80", "8090:80/udp");
});

afterAll(async () => {
  await root.ask("remove");
  await world[Symbol.asyncDispose]();
});

describe("a published port", () => {
  test.each(PROTOCOLS)("is reached from the LAN by %s, and the container sees the client's address", async (proto) => {
    expect(await lan.probe(proto, HOST4, 8080)).toBe(`a ${LAN4}`);
    expect(await lan.probe(proto, HOST6, 8080)).toBe(`a ${LAN6}`);
  });

  test.each(PROTOCOLS)(
    "is reached on the host's own addresses by %s, localhost in both families too",
    async (proto) => {
      expect(await host.probe(proto, HOST4, 8080)).toStartWith("a ");
      expect(await host.probe(proto, HOST6, 8080)).toStartWith("a ");
      expect(await host.probe(proto, "127.0.0.1", 8080)).toBe(`a ${a.gateways[0]}`);
      expect(await host.probe(proto, "::1", 8080)).toBe(`a ${a.gateways[1]}`);
      expect(await host.probe(proto, a.gateways[0], 8080)).toStartWith("a ");
    },
  );

  test("of one address is refused on every other", async () => {
    expect(await host.probe("tcp", "127.0.0.1", 8081)).toStartWith("a ");
    expect(await host.probe("tcp", HOST4, 8081)).toBe(REFUSED);
    expect(await lan.probe("tcp", HOST4, 8081)).toBe(REFUSED);
    expect(await lan.probe("tcp", HOST4, 8082)).toBe(`a ${LAN4}`);
    expect(await host.probe("tcp", "127.0.0.1", 8082)).toBe(REFUSED);
    expect(await host.probe("tcp", "::1", 8083)).toStartWith("a ");
    expect(await lan.probe("tcp", HOST6, 8083)).toBe(REFUSED);
  });

  test("of a range leads to the port of the same place", async () => {
    expect(await lan.probe("tcp", HOST4, 9000)).toBe(`a ${LAN4}`);
    expect(await lan.probe("tcp", HOST4, 9001)).toBe(REFUSED);
  });

  test.each([false, true])("is reached by its own container and by a sibling (br_netfilter: %p)", async (on) => {
    world.callIptables(on);
    await root.ask("ensure-table");
    for (const proto of PROTOCOLS) {
      for (const address of [HOST4, HOST6, ...a.gateways]) {
        expect(await a.peer.probe(proto, address, 8080), `${proto} ${address} from itself`).toStartWith("a ");
        expect(await b.peer.probe(proto, address, 8080), `${proto} ${address} from the sibling`).toStartWith("a ");
      }
    }
    // [::1] is left to whoever listens there, and refused at once when nobody does, instead of hanging.
    expect(await host.probe("tcp", "::1", 8080)).toBe(on ? REFUSED : `a ${a.gateways[1]}`);
    world.callIptables(false);
    await root.ask("ensure-table");
  });

  test("that is random is free in both families and reaches the container", async () => {
    const c = await root.start("random", "80", "127.0.0.1::80/udp");
    const [tcp, udp] = c.mappings.map(({ hostPort }) => hostPort);
    expect(await lan.probe("tcp", HOST4, tcp ?? 0)).toBe(`random ${LAN4}`);
    expect(await lan.probe("tcp", HOST6, tcp ?? 0)).toBe(`random ${LAN6}`);
    expect(await host.probe("udp", "127.0.0.1", udp ?? 0)).toStartWith("random ");
    await root.ask("stop", { id: "random" });
    expect(await lan.probe("tcp", HOST4, tcp ?? 0)).toBe(REFUSED);
  });

  test("is busy for everybody else, and the error names who holds it", async () => {
    await host.ask({ op: "serve", proto: "tcp", host: "0.0.0.0", port: 7001 });
    expect(await root.ask("start", { id: "x", ports: ["7001:80"] }).catch(String)).toMatch(
      /in_use: .*0\.0\.0\.0:7001: python3 \(pid \d+\) uses it/,
    );
    expect(await root.ask("start", { id: "x", ports: ["8090:80"] }).catch(String)).toMatch("the container b uses it");
    expect(await root.ask("start", { id: "x", ports: ["192.0.2.77:7002:80"] }).catch(String)).toMatch(
      "not this host's",
    );
    const answers = ["0.0.0.0", "127.0.0.1", "::"].map((address) =>
      host.ask({ op: "serve", proto: "tcp", host: address, port: 8080 }),
    );
    expect(await Promise.all(answers)).toEqual([
      { error: "EADDRINUSE" },
      { error: "EADDRINUSE" },
      { error: "EADDRINUSE" },
    ]);
    await root.ask("stop", { id: "x" });
  });

  test("follows to the next container at once, also for a UDP client that goes on sending", async () => {
    const from = 40_001;
    const first = await root.start("first", "7100:80/udp");
    expect(await lan.probe("udp", HOST4, 7100, { from })).toBe(`first ${LAN4}`);
    await root.ask("stop", { id: first.id });
    expect(await lan.probe("udp", HOST4, 7100, { from })).toBe(REFUSED);
    await root.start("second", "7100:80/udp");
    expect(await lan.probe("udp", HOST4, 7100, { from })).toBe(`second ${LAN4}`);
    await root.ask("stop", { id: "second" });
  });

  test("that a dead container left in the map is taken over", async () => {
    await root.start("dead", "7200:80");
    await root.ask("crash", { id: "dead" });
    await root.start("alive", "7200:80");
    expect(await lan.probe("tcp", HOST4, 7200)).toBe(`alive ${LAN4}`);
    await root.ask("stop", { id: "dead" });
    expect(await lan.probe("tcp", HOST4, 7200)).toBe(`alive ${LAN4}`);
    await root.ask("stop", { id: "alive" });
  });
});

describe("a container", () => {
  test("reaches the LAN with the host's address", async () => {
    for (const proto of PROTOCOLS) await lan.ask({ op: "serve", proto, port: 6000, text: "lan" });
    for (const proto of PROTOCOLS) {
      expect(await a.peer.probe(proto, LAN4, 6000)).toBe(`lan ${HOST4}`);
      expect(await a.peer.probe(proto, LAN6, 6000)).toBe(`lan ${HOST6}`);
    }
  });

  test("reaches a sibling directly and keeps its own address", async () => {
    expect(await a.peer.probe("tcp", b.lease.ipv4, 80)).toBe(`b ${a.lease.ipv4}`);
    expect(await a.peer.probe("udp", b.lease.ipv6, 80)).toBe(`b ${a.lease.ipv6}`);
  });

  test("cannot be reached from the LAN by a route to its address", async () => {
    for (const pool of ["10.0.0.0/8", "172.16.0.0/16"]) world.run(world.lan, "ip", "route", "add", pool, "via", HOST4);
    world.run(world.lan, "ip", "-6", "route", "add", "fd00::/8", "via", HOST6);
    expect(await lan.probe("tcp", a.lease.ipv4, 80)).toBe(REFUSED);
    expect(await lan.probe("tcp", a.lease.ipv6, 80)).toBe(REFUSED);
    expect(await host.probe("tcp", a.lease.ipv4, 80)).toStartWith("a ");
  });

  test("cannot reach the host's loopback services by routing 127/8 to its gateway", async () => {
    const { table } = await root.ask<NetworkRoot>("names");
    const rogue = await root.start("rogue");
    await host.ask({ op: "serve", proto: "tcp", host: "127.0.0.1", port: 6100, text: "secret" });
    world.run(rogue.path, "ip", "addr", "del", "127.0.0.1/8", "dev", "lo");
    world.run(rogue.path, "sysctl", "-q", "-w", "net.ipv4.conf.all.route_localnet=1");
    world.run(rogue.path, "ip", "route", "add", "127.0.0.0/8", "via", rogue.gateways[0]);
    expect(await rogue.peer.probe("tcp", "127.0.0.1", 6100)).toBe(BLOCKED);
    // The attack is a real one: without the rule it succeeds.
    world.nft(`flush chain inet ${table} raw_pre`);
    expect(await rogue.peer.probe("tcp", "127.0.0.1", 6100)).toStartWith("secret ");
    world.nft(`flush ruleset`);
    await root.ask("ensure-table");
    await root.ask("stop", { id: "rogue" });
  });

  test("on the network none has a loopback interface and nothing else", async () => {
    const { path } = await root.ask<{ path: string }>("start-alone", { id: "alone" });
    const links = JSON.parse(world.run(path, "ip", "-j", "link")) as { ifname: string; flags: string[] }[];
    expect(links.map(({ ifname }) => ifname)).toEqual(["lo"]);
    expect(links[0]?.flags).toContain("UP");
    await root.ask("stop", { id: "alone" });
  });

  test("of another root is reached by its published port only", async () => {
    const other = world.root("other");
    const x = await other.start("x", "7300:80");
    expect(x.lease.ipv4.split(".")[1]).not.toBeUndefined();
    expect(await a.peer.probe("tcp", x.lease.ipv4, 80)).toBe(REFUSED);
    expect(await x.peer.probe("tcp", a.lease.ipv4, 80)).toBe(REFUSED);
    expect(await a.peer.probe("tcp", HOST4, 7300)).toStartWith("x ");
    expect(await x.peer.probe("tcp", HOST4, 8080)).toStartWith("a ");
    expect(await lan.probe("tcp", HOST4, 7300)).toBe(`x ${LAN4}`);
    await other.ask("remove");
    expect(await lan.probe("tcp", HOST4, 8080)).toBe(`a ${LAN4}`);
  });
});

describe("other tools' firewalls", () => {
  test("that flush the whole ruleset are healed by the next start", async () => {
    world.nft("flush ruleset");
    expect(await lan.probe("tcp", HOST4, 8080)).toBe(REFUSED);
    await root.ask("ensure-table");
    expect(await lan.probe("tcp", HOST4, 8080)).toBe(`a ${LAN4}`);
    expect(await a.peer.probe("tcp", LAN4, 6000)).toBe(`lan ${HOST4}`);
  });

  test("that flush the table's rules alone are named, and healed by a repair or the next start", async () => {
    const { table } = await root.ask<NetworkRoot>("names");
    for (const what of ["repair", "ensure-table"]) {
      world.nft(`flush table inet ${table}`);
      const texts = (await root.ask<{ text: string }[]>("audit")).map(({ text }) => text);
      expect(texts).toContainEqual(expect.stringMatching(/rules are gone from the nft chains .*forward/));
      expect(await lan.probe("tcp", HOST4, 8080)).toBe(REFUSED);
      await root.ask(what);
      expect(await cleanAudit(root)).toEqual([]);
      expect(await lan.probe("tcp", HOST4, 8080)).toBe(`a ${LAN4}`);
    }
  });

  test.each(["DOCKER-USER", "FORWARD"])(
    "that drop forwarded packets get our accept rules in %s, once",
    async (chain) => {
      world.nft(`
      table ip filter {
        chain ${chain === "FORWARD" ? "OTHER" : chain} { }
        chain FORWARD { type filter hook forward priority filter; policy drop; ${chain === "FORWARD" ? "" : `jump ${chain};`} }
      }`);
      expect(await lan.probe("tcp", HOST4, 8080)).toBe(BLOCKED);
      await root.ask("ensure-table");
      await root.ask("ensure-table");
      expect(await lan.probe("tcp", HOST4, 8080)).toBe(`a ${LAN4}`);
      expect(
        world.run(world.host, "nft", "list", "chain", "ip", "filter", chain).match(/"estiba\*".*accept/g),
      ).toHaveLength(2);
      world.nft("delete table ip filter");
    },
  );

  test("with a dropping chain of their own are named with what mends it", async () => {
    expect(await root.ask("foreign")).toEqual([]);
    world.nft("table inet firewalld { chain filter_FORWARD { type filter hook forward priority 10; policy drop;\n}\n}");
    const [finding, ...rest] = await root.ask<{ subject: string; fix: string }[]>("foreign");
    expect(rest).toEqual([]);
    expect(finding?.subject).toBe("nft chain inet firewalld filter_FORWARD");
    expect(await lan.probe("tcp", HOST4, 8080)).toBe(BLOCKED);
    world.run(world.host, "sh", "-c", finding?.fix ?? "false");
    expect(await lan.probe("tcp", HOST4, 8080)).toBe(`a ${LAN4}`);
    world.nft("delete table inet firewalld");
  });
});

describe("the network of a root", () => {
  test("bears twenty processes that make it and attach at once, each with addresses of its own", async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `p${index}`);
    const roots = ids.map(() => world.root("crowd"));
    const started = await Promise.all(
      roots.map((one, index) => one.ask<Started>("start", { id: ids[index], ports: [`${7400 + index}:80`] })),
    );
    expect(new Set(started.map(({ lease }) => lease.ipv4)).size).toBe(20);
    expect(new Set(started.map(({ lease }) => lease.ipv6)).size).toBe(20);
    expect(await roots[0]?.ask("audit", { running: ids })).toEqual([]);
    const pings = started.map(({ path, gateways }) =>
      world.run(path, "busybox", "ping", "-q", "-c1", "-W2", gateways[0]),
    );
    expect(pings).toHaveLength(20);
    await Promise.all(roots.map((one, index) => one.ask("stop", { id: ids[index] })));
    expect(await cleanAudit(roots[0])).toEqual([]);
    await roots[0]?.ask("remove");
  }, 60_000);

  test("after a crash names what is left, and repairs it without touching what runs", async () => {
    await root.start("lost", "7500:80", "127.0.0.1:7501:80/udp");
    await root.ask("crash", { id: "lost" });
    const kinds = (await root.ask<{ kind: string }[]>("audit"))
      .map(({ kind }) => kind)
      .filter((kind) => kind !== "stray-veth");
    expect(kinds).toEqual(["stale-lease", "stale-port", "stale-port", "stale-port"]);
    const { table } = await root.ask<NetworkRoot>("names");
    world.nft(
      `add element inet ${table} any4 { tcp . 7600 : 10.99.0.1 . 80 }; delete element inet ${table} any4 { tcp . 8080 }`,
    );
    const texts = (await root.ask<{ text: string }[]>("audit")).map(({ text }) => text).join("\n");
    expect(texts).toContain("belongs to no container");
    expect(texts).toContain("the port 0.0.0.0:8080/tcp of a is not in the nft map");
    await root.ask("repair");
    expect(await cleanAudit(root)).toEqual([]);
    expect(await lan.probe("tcp", HOST4, 8080)).toBe(`a ${LAN4}`);
    expect(await lan.probe("tcp", HOST4, 7500)).toBe(REFUSED);
  });

  test("keeps clear of routes, and is removed without a trace", async () => {
    world.run(world.host, "ip", "route", "add", "10.0.0.0/8", "via", LAN4);
    const other = world.root("routes");
    const { lease } = await other.ask<Started>("start", { id: "r" });
    expect(lease.ipv4).toStartWith("172.16.");
    world.run(world.host, "ip", "route", "del", "10.0.0.0/8");
    const names = await other.ask<NetworkRoot>("names");
    await other.ask("remove");
    await other.ask("remove");
    expect(world.run(world.host, "ip", "-o", "link")).not.toContain(names.bridgeName);
    expect(world.run(world.host, "nft", "list", "tables")).not.toContain(names.table);
    const notes = readdirSync("/run/estiba-subnets").map((file) => readFileSync(`/run/estiba-subnets/${file}`, "utf8"));
    expect(notes.join("")).not.toContain(names.runRoot);
  });

  test("says so when every pool of subnets is taken, and comes up when one is free again", async () => {
    const pools = ["10.64.0.0/12", "10.48.0.0/12", "172.16.0.0/16"];
    for (const pool of pools) world.run(world.host, "ip", "route", "add", pool, "via", LAN4);
    const late = world.root("late");
    expect(await late.ask("start", { id: "l" }).catch(String)).toMatch(/exhausted: no subnet is free .*\[look at/);
    for (const pool of pools) world.run(world.host, "ip", "route", "del", pool);
    expect((await late.ask<Started>("start", { id: "l" })).lease.ipv4).toMatch(/^(10|172)\./);
    await late.ask("remove");
  });

  test("says which sysctl it cannot set when /proc/sys is read-only", async () => {
    await using elsewhere = new World();
    const script = 'mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec "$@"';
    const readOnly = elsewhere.root("ro", ["unshare", "--mount", "sh", "-c", script, "sh"]);
    expect(await readOnly.ask("start", { id: "a" }).catch(String)).toMatch(
      /denied: cannot set the sysctl .*\[set it where/,
    );
    await readOnly.ask("remove");
  });
});

/** Interfaces end with their namespace, which the kernel frees a moment later. */
async function cleanAudit(one: Root | undefined): Promise<unknown> {
  for (let attempt = 0; ; attempt += 1) {
    const findings = await one?.ask<unknown[]>("audit");
    if (findings === undefined || findings.length === 0 || attempt === 200) return findings;
    await Bun.sleep(50);
  }
}
