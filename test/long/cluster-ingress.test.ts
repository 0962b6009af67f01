import { expect, test } from "bun:test";
import { answersOf, serve, Talkers } from "../fixtures/cluster/talkers.ts";
import { useCluster } from "../fixtures/cluster/test-cluster.ts";
import { eventually, IMAGE } from "../fixtures/engine.ts";
import type { Speaker } from "../fixtures/network-world.ts";

// All of them have an IPv4 address and an IPv6 one; the cluster knows the IPv4 ones only.
const cluster = useCluster({ managers: 1, workers: 2, etcd: 0, others: 1 });

const QUICK = ["-q", "--update-monitor", "300ms", "--stop-grace-period", "0s", "--restart-delay", "100ms"];
const BOTH = ["-p", "8080:80", "-p", "8080:80/udp"];
const ON_WORKERS = ["--constraint", "node.role==worker", "--replicas-max-per-node", "1", "--replicas", "2"];

/** A service with somebody in each container, on all machines, who serves the name of the container on port 80. */
async function served(talkers: Talkers, options: readonly string[]): Promise<Map<string, Speaker>> {
  const { first } = cluster();
  await first.ok(["service", "create", ...QUICK, "--name", "web", ...options, IMAGE, "sleep", "1000"]);
  return await servers(talkers);
}

async function servers(talkers: Talkers): Promise<Map<string, Speaker>> {
  // One that takes another's place may have begun before that has ended.
  const wanted = Number((await cluster().first.ok(["service", "ls", "--format", "{{.Replicas}}"])).split(/\D/)[0]);
  await eventually(
    async () => Object.values(await cluster().running()).reduce((sum, count) => sum + count, 0),
    (count) => count === wanted,
    20_000,
  );
  const all = new Map<string, Speaker>();
  for (const { engine } of cluster().hosts)
    for (const [name, speaker] of await talkers.of(engine, "web")) {
      await serve(speaker, 80, name);
      all.set(name, speaker);
    }
  return all;
}

/** Asks each machine, from outside and by its own addresses, over TCP and UDP: who answers, and by which address the client is known. */
async function expectOpen(talkers: Talkers, names: Iterable<string>): Promise<void> {
  const { hosts, others } = cluster();
  const [other] = others;
  if (other === undefined) throw new Error("there is a machine beside the cluster");
  const client = talkers.at(other.enter);
  const seen = new Set<string>();
  for (const { machine } of hosts)
    for (const [host, own] of [
      [machine.address, other.address],
      [machine.address6, other.address6],
    ] as const)
      for (const proto of ["tcp", "udp"] as const) {
        await eventually(
          async () => await client.probe(proto, host, 8080, { timeout: 1 }),
          (answer) => answer.endsWith(` ${own}`),
          20_000,
        );
        for (const answer of await answersOf(client, { host, port: 8080, proto, times: 12 })) {
          const [name = "", from] = answer.split(" ");
          seen.add(name);
          expect([machine.name, host, proto, from]).toEqual([machine.name, host, proto, own]);
        }
      }
  expect([...seen].toSorted()).toEqual([...names].toSorted());
  for (const { machine } of hosts) {
    const own = talkers.at(machine.enter);
    // Where bridges call ip6tables, nothing that is sent to [::1] can be led on.
    const calls = machine.run("sysctl", "-en", "net.bridge.bridge-nf-call-ip6tables");
    for (const host of [machine.address6, "127.0.0.1", ...(calls === "1" ? [] : ["::1"])])
      for (const proto of ["tcp", "udp"] as const)
        expect([machine.name, host, proto, await own.probe(proto, host, 8080, { timeout: 3 })]).toEqual([
          machine.name,
          host,
          proto,
          expect.stringContaining("web."),
        ]);
  }
}

test("a published port is open on every machine over IPv6, TCP and UDP, and tasks see the client's own address", async () => {
  await using talkers = new Talkers();
  const webs = await served(talkers, [...ON_WORKERS, ...BOTH]);
  expect(webs.size).toBe(2);
  await expectOpen(talkers, webs.keys());
  const { hosts } = cluster();
  const calling = (value: number): void => {
    for (const { machine } of hosts) machine.run("sysctl", "-eqw", `net.bridge.bridge-nf-call-ip6tables=${value}`);
  };
  calling(0);
  try {
    for (const { machine } of hosts) {
      const own = talkers.at(machine.enter);
      const ask = async (): Promise<string> => await own.probe("tcp", "::1", 8080, { timeout: 1 });
      await eventually(ask, (answer) => answer.startsWith("web."), 30_000);
    }
    await expectOpen(talkers, webs.keys());
  } finally {
    calling(1);
  }
});

test("so it is for tasks that have no IPv6 of their own; they begin nothing by it", async () => {
  await using talkers = new Talkers();
  await cluster().first.ok(["network", "create", "--driver", "overlay", "back"]);
  const webs = await served(talkers, [...ON_WORKERS, ...BOTH, "--network", "back"]);
  await expectOpen(talkers, webs.keys());
  for (const web of webs.values())
    expect(await web.probe("tcp", "2001:db8::1", 80, { timeout: 3 })).toBe("ENETUNREACH");
});

test("a port of one address is open at that one only, and the same port of another address is another service's", async () => {
  await using talkers = new Talkers();
  const { first } = cluster();
  const at = (ip: string): string[] => ["-p", `published=8080,target=80,host_ip=${ip}`];
  const words = [...QUICK, "--constraint", "node.hostname==worker1"];
  const home = cluster().host("manager1").machine;
  await first.ok(["service", "create", ...words, "--name", "near", ...at("127.0.0.1"), IMAGE, "sleep", "1000"]);
  await first.ok(["service", "create", ...words, "--name", "six", ...at("::"), IMAGE, "sleep", "1000"]);
  // Its task is on a node that does not have the address.
  await first.ok(["service", "create", ...words, "--name", "one", ...at(home.address), IMAGE, "sleep", "1000"]);
  for (const name of ["near", "six", "one"])
    for (const speaker of (await talkers.of(cluster().host("worker1").engine, name)).values())
      await serve(speaker, 80, name);
  const own = talkers.at(home.enter);
  const ask = async (host: string): Promise<string> =>
    (await own.probe("tcp", host, 8080, { timeout: 2 })).split(" ")[0] ?? "";
  await eventually(
    async () => await ask("127.0.0.1"),
    (answer) => answer === "near",
    20_000,
  );
  await eventually(
    async () => await ask(home.address6),
    (answer) => answer === "six",
    20_000,
  );
  await eventually(
    async () => await ask(home.address),
    (answer) => answer === "one",
    20_000,
  );
  expect(await ask(cluster().host("worker2").machine.address)).toBe("ECONNREFUSED");
  for (const ip of ["0.0.0.0", "::1", "127.0.0.1", home.address]) {
    const { code, stderr } = await first.run(["service", "create", "--name", "more", ...at(ip), IMAGE]);
    expect([ip, code, stderr]).toEqual([ip, 125, expect.stringContaining("port '8080' is already in use by service")]);
  }
});

test("who sends UDP over IPv6 to a task that has gone finds another one, by the same port of his own", async () => {
  await using talkers = new Talkers();
  const { first, others } = cluster();
  const webs = await served(talkers, [...ON_WORKERS, "-p", "8080:80/udp"]);
  const client = talkers.at(others[0]?.enter ?? []);
  const host = cluster().host("manager1").machine.address6;
  const ask = async (): Promise<string> =>
    (await client.probe("udp", host, 8080, { timeout: 1, from: 5555 })).split(" ")[0] ?? "";
  const before = await eventually(ask, (answer) => webs.has(answer), 20_000);
  expect(await ask()).toBe(before);
  // By force: nobody serves twice in one container.
  const elsewhere = ["--constraint-add", "node.hostname==worker1", "--replicas", "1", "--force"];
  await first.ok(["service", "update", "-q", ...elsewhere, "web"]);
  const fresh = await servers(talkers);
  await eventually(ask, (answer) => fresh.has(answer), 30_000);
});

test("a port with mode=host is open where a task is, and only there, over IPv6 as well", async () => {
  await using talkers = new Talkers();
  const { hosts, others } = cluster();
  const mode = ["--publish", "published=8080,target=80,mode=host", "--constraint", "node.hostname==worker1"];
  await served(talkers, mode);
  const client = talkers.at(others[0]?.enter ?? []);
  for (const { machine } of hosts)
    for (const address of [machine.address, machine.address6])
      expect([machine.name, await client.probe("tcp", address, 8080, { timeout: 3 })]).toEqual([
        machine.name,
        machine.name === "worker1" ? expect.stringContaining("web.1") : "ECONNREFUSED",
      ]);
});
