import { expect, test } from "bun:test";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { answersOf, serve, Talkers } from "../fixtures/cluster/talkers.ts";
import { type Host, useCluster } from "../fixtures/cluster/test-cluster.ts";
import { killNode, startNode } from "../fixtures/cluster/two-machines.ts";
import { eventually, IMAGE, type TestEngine } from "../fixtures/engine.ts";
import type { Speaker } from "../fixtures/network-world.ts";

const cluster = useCluster({ managers: 1, workers: 2, etcd: 0, others: 1 });

const QUICK = ["-q", "--update-monitor", "300ms", "--stop-grace-period", "0s", "--restart-delay", "100ms"];

const byText = (a: string, b: string): number => (a < b ? -1 : 1);

/** Asks for a page until a file is there; makes another one with the first answer; prints what went wrong, then how often it was answered. */
const ASK_UNTIL = `
import os, sys, urllib.request
count = 0
while not os.path.exists(sys.argv[2]):
    try:
        with urllib.request.urlopen(sys.argv[1], timeout=5) as answer:
            assert answer.read() == b"ok\\n"
        count += 1
        if count == 1: open(sys.argv[3], "w").close()
    except Exception as error:
        print(error)
print(count)
`;

async function create(name: string, options: readonly string[], ...command: string[]): Promise<void> {
  const words = ["service", "create", ...QUICK, "--name", name, ...options, IMAGE];
  await cluster().first.ok([...words, ...(command.length > 0 ? command : ["sleep", "1000"])]);
}

/** Somebody in each container of a service, on all machines, who serves the name of the container on port 80. */
async function serversOf(talkers: Talkers, service: string): Promise<Map<string, Speaker>> {
  const all = new Map<string, Speaker>();
  for (const { engine } of cluster().hosts)
    for (const [name, speaker] of await talkers.of(engine, service)) {
      await serve(speaker, 80, name);
      all.set(name, speaker);
    }
  return all;
}

/** What a name leads to, as a container of a service on a machine sees it. */
async function lookUp({ engine }: Host, service: string, name: string): Promise<string[]> {
  const out = await engine.ok(["ps", "-q", "--filter", `label=com.docker.swarm.service.name=${service}`]);
  const { stdout } = await engine.run(["exec", out.split("\n")[0] ?? "", "nslookup", "-type=a", name]);
  const answer = stdout.slice(stdout.indexOf("\n\n"));
  return [...answer.matchAll(/^Address: ([\d.]+)$/gm)].map(([, address = ""]) => address).toSorted(byText);
}

function addresses(holders: Record<string, { name: string; owner: string }>, owner: string): string[] {
  return Object.entries(holders)
    .filter(([, holder]) => holder.owner === owner)
    .map(([ip]) => ip)
    .toSorted();
}

async function holdersOf(network: string): Promise<Record<string, { name: string; owner: string }>> {
  const out = await cluster().first.ok(["network", "inspect", network]);
  return (JSON.parse(out) as [{ addresses: Record<string, { name: string; owner: string }> }])[0].addresses;
}

test("tasks of one network reach each other on all machines: by address, by the service's name, and by no name of what has gone", async () => {
  await using talkers = new Talkers();
  const { first, hosts } = cluster();
  expect(await first.ok(["network", "create", "--driver", "overlay", "back"])).toBe("back");
  await create("web", ["--network", "back", "--replicas", "3"]);
  await create("app", ["--network", "back", "--mode", "global"]);
  const webs = await serversOf(talkers, "web");
  expect(webs.size).toBe(3);
  const holders = await holdersOf("back");
  const tasks = Object.entries(holders).filter(([, { name, owner }]) => owner === "task" && name.startsWith("web."));
  const vip = addresses(holders, "service").find((ip) => holders[ip]?.name === "web") ?? "";
  const names = [...webs.keys()].toSorted();
  for (const host of hosts) {
    const [app] = [...(await talkers.of(host.engine, "app")).values()];
    if (app === undefined) throw new Error("there is an app on each machine");
    for (const [ip, { name }] of tasks)
      for (const proto of ["tcp", "udp"] as const)
        expect(await app.probe(proto, ip, 80, { timeout: 3 })).toStartWith(`${name} `);
    // All of them are behind the virtual address, and see who asks.
    const answers = await answersOf(app, { host: vip, port: 80, times: 40 });
    expect([...new Set(answers.map((text) => text.split(" ")[0]))]).toEqual(names);
    expect(await lookUp(host, "app", "web")).toEqual([vip]);
    expect(await lookUp(host, "app", "tasks.web")).toEqual(tasks.map(([ip]) => ip).toSorted());
  }
  await first.ok(["service", "scale", "-d", "web=1"]);
  const [left] = await eventually(
    async () => await lookUp(cluster().host("worker1"), "app", "tasks.web"),
    (ips) => ips.length === 1,
  );
  expect(tasks.map(([ip]) => ip)).toContain(left ?? "");
  await first.ok(["service", "scale", "web=0"]);
  const [app] = [...(await talkers.of(cluster().host("worker2").engine, "app")).values()];
  // Refused at once, where nobody is.
  await eventually(
    async () => await app?.probe("tcp", vip, 80, { timeout: 3 }),
    (answer) => answer === "ECONNREFUSED",
  );
  const busy = await first.run(["network", "rm", "back"]);
  expect([busy.code, busy.stderr]).toEqual([2, expect.stringContaining("is in use by service")]);
});

test("a published port is open on every machine, over TCP and UDP, and tasks see the client's own address", async () => {
  await using talkers = new Talkers();
  const { hosts, others, first } = cluster();
  await create("web", ["--replicas", "2", "-p", "8080:80", "-p", "8080:80/udp"]);
  const webs = await serversOf(talkers, "web");
  const [other] = others;
  if (other === undefined) throw new Error("there is a machine beside the cluster");
  const client = talkers.at(other.enter);
  const seen = new Set<string>();
  for (const { machine } of hosts)
    for (const proto of ["tcp", "udp"] as const)
      for (const answer of await answersOf(client, { host: machine.address, port: 8080, proto, times: 10 })) {
        const [name = "", from] = answer.split(" ");
        seen.add(name);
        expect([machine.name, proto, from]).toEqual([machine.name, proto, other.address]);
      }
  expect([...seen].toSorted()).toEqual([...webs.keys()].toSorted());
  // A machine of the cluster by its own address, and by 127.0.0.1.
  for (const host of hosts) {
    const own = talkers.at(host.machine.enter);
    for (const address of [host.machine.address, "127.0.0.1"])
      expect(await own.probe("tcp", address, 8080, { timeout: 3 })).toContain("web.");
  }
  const taken = await first.run(["service", "create", "--name", "two", "-p", "8080:80", IMAGE]);
  expect([taken.code, taken.stderr]).toEqual([125, expect.stringContaining("already in use by service 'web'")]);
});

test("killing the processes of all nodes stops no container and no connection; they find what they had", async () => {
  await using talkers = new Talkers();
  const { hosts, others, first } = cluster();
  await first.ok(["network", "create", "--driver", "overlay", "back"]);
  await create("web", ["--network", "back", "--replicas", "2", "-p", "8080:80"]);
  await create("app", ["--network", "back", "--mode", "global"]);
  await serversOf(talkers, "web");
  const holders = await holdersOf("back");
  const vip = addresses(holders, "service").find((ip) => holders[ip]?.name === "web") ?? "";
  const client = talkers.at(others[0]?.enter ?? []);
  for (const { engine } of hosts) await killNode(engine);
  for (const { engine, machine } of hosts) {
    const [app] = [...(await talkers.of(engine, "app")).values()];
    expect(await app?.probe("tcp", vip, 80, { timeout: 3 })).toStartWith("web.");
    expect(await client.probe("tcp", machine.address, 8080, { timeout: 3 })).toStartWith("web.");
  }
  for (const { engine } of hosts) startNode(engine);
  await cluster().until((rows) => rows.filter((row) => / Ready( |$)/.test(row)).length === hosts.length);
  await first.ok(["service", "scale", "-d", "web=0"]);
  const [app] = [...(await talkers.of(cluster().host("worker2").engine, "app")).values()];
  await eventually(
    async () => await app?.probe("tcp", vip, 80, { timeout: 3 }),
    (answer) => answer === "ECONNREFUSED",
  );
});

test("a start-first update loses no request, by whichever machine it comes in", async () => {
  const { first, hosts, others } = cluster();
  const page = "mkdir /w; sleep 0.3; echo ok > /w/index.html; exec httpd -f -p 80 -h /w";
  const health = [
    "--health-cmd",
    "wget -q -O- 127.0.0.1/",
    "--health-interval",
    "100ms",
    "--health-start-period",
    "5s",
  ];
  const options = ["--replicas", "2", "--update-order", "start-first", "-p", "8080:80", ...health];
  await create("web", options, "sh", "-c", page);
  const stop = first.path("stop");
  const clients = hosts.map(({ machine }) => {
    const argv = [...(others[0]?.enter ?? []), "python3", "-c", ASK_UNTIL, `http://${machine.address}:8080/`, stop];
    argv.push(first.path(`begun-${machine.name}`));
    return Bun.spawn(argv, { stdout: "pipe", stderr: "inherit" });
  });
  try {
    for (const { machine } of hosts)
      await eventually(() => existsSync(first.path(`begun-${machine.name}`)), Boolean, 30_000);
    await first.ok(["service", "update", "-q", "--force", "web"]);
  } finally {
    writeFileSync(stop, "");
  }
  for (const client of clients) {
    const out = (await new Response(client.stdout).text()).trim();
    expect(out).toMatch(/^\d+$/);
    expect(Number(out)).toBeGreaterThan(0);
  }
  rmSync(stop);
});

test("what somebody changes by hand is put right: rules, tunnels, and who is told to be where", async () => {
  await using talkers = new Talkers();
  const { first, hosts, others } = cluster();
  await first.ok(["network", "create", "--driver", "overlay", "back"]);
  const onWorker = ["--constraint", "node.hostname==worker1"];
  await create("web", ["--network", "back", "-p", "8080:80", ...onWorker]);
  await create("app", ["--network", "back", "--mode", "global"]);
  await serversOf(talkers, "web");
  const holders = await holdersOf("back");
  const vip = addresses(holders, "service").find((ip) => holders[ip]?.name === "web") ?? "";
  const client = talkers.at(others[0]?.enter ?? []);
  const { engine, machine } = cluster().host("worker2");
  const [app] = [...(await talkers.of(engine, "app")).values()];
  const works = async (): Promise<void> => {
    for (const ask of [
      async () => await app?.probe("tcp", vip, 80, { timeout: 1 }),
      async () => await client.probe("tcp", machine.address, 8080, { timeout: 1 }),
    ])
      await eventually(ask, (answer) => answer?.startsWith("web.") === true, 30_000);
  };
  await works();
  const links = machine.run("ip", "-br", "link").split("\n");
  const tunnels = links.map((row) => row.split(/\s/)[0] ?? "").filter((name) => name.startsWith("estivx"));
  expect(tunnels).toHaveLength(2);
  machine.run("nft", "flush", "ruleset");
  await works();
  for (const name of tunnels) machine.run("ip", "link", "delete", name);
  await works();
  for (const name of tunnels) machine.run("ip", "neigh", "flush", "dev", name, "nud", "permanent");
  await works();
  const pid = await engine.ok(["ps", "--filter", "name=app", "--format", "{{.Pid}}"]);
  machine.run("nsenter", `--net=/proc/${pid}/ns/net`, "nft", "flush", "ruleset");
  await works();
  expect(hosts).toHaveLength(3);
});

test("who sends UDP to a task that has gone finds another one, by the same port of his own", async () => {
  await using talkers = new Talkers();
  const { first, others } = cluster();
  await first.ok(["network", "create", "--driver", "overlay", "back"]);
  const spread = ["--constraint", "node.role==worker", "--replicas-max-per-node", "1"];
  await create("web", ["--network", "back", "-p", "8080:80/udp", "--replicas", "2", ...spread]);
  await create("app", ["--network", "back", "--constraint", "node.role==manager"]);
  const webs = await serversOf(talkers, "web");
  const holders = await holdersOf("back");
  const vip = addresses(holders, "service").find((ip) => holders[ip]?.name === "web") ?? "";
  const [app] = [...(await talkers.of(first, "app")).values()];
  const outside = talkers.at(others[0]?.enter ?? []);
  const asks = [
    async () => (await app?.probe("udp", vip, 80, { timeout: 1, from: 5555 }))?.split(" ")[0],
    async () =>
      (await outside.probe("udp", cluster().host("manager1").machine.address, 8080, { timeout: 1, from: 5555 })).split(
        " ",
      )[0],
  ];
  for (const ask of asks) {
    const before = await ask();
    expect(webs.has(before ?? "")).toBe(true);
    expect(await ask()).toBe(before ?? "");
  }
  // One of both goes; the flows that it had find the other.
  await first.ok(["service", "update", "-q", "--constraint-add", "node.hostname==worker1", "--replicas", "1", "web"]);
  const fresh = await serversOf(talkers, "web");
  for (const ask of asks) await eventually(ask, (answer) => fresh.has(answer ?? "") && answer !== undefined, 30_000);
});

test("a node that reaches the subnet of a network elsewhere makes none of it, and its tasks say why", async () => {
  const { first } = cluster();
  const { machine } = cluster().host("worker2");
  machine.run("ip", "route", "add", "10.33.0.0/16", "via", "10.99.0.1");
  try {
    await first.ok(["network", "create", "--driver", "overlay", "back"]);
    const words = ["service", "create", "-d", "--name", "app", "--network", "back", "--mode", "global"];
    await first.ok([...words, "--restart-delay", "1m", IMAGE, "sleep", "1000"]);
    const rows = await eventually(
      async () =>
        await first.ok(["service", "ps", "--no-trunc", "--format", "{{.Node}} {{.CurrentState}} {{.Error}}", "app"]),
      (out) => (out.match(/Running/g) ?? []).length === 2 && out.includes("Rejected"),
      30_000,
    );
    expect(rows).toMatch(/worker2 Rejected [^\n]*the subnet of the network back, with 10\.33\.0\.\d+ in it/);
    expect(machine.run("ip", "route", "get", "10.33.0.9")).toContain("via 10.99.0.1");
  } finally {
    machine.run("ip", "route", "delete", "10.33.0.0/16");
  }
});

/** `OWNER NAME` of each who has an address on a network, as soon as it is so. */
async function holdersUntil(network: string, wanted: (all: string[]) => boolean): Promise<string[]> {
  const look = async (): Promise<string[]> =>
    Object.values(await holdersOf(network)).map(({ name, owner }) => `${owner} ${name}`);
  return await eventually(look, wanted, 15_000);
}

async function addressOn(engine: TestEngine, network: string, name: string): Promise<string> {
  return await engine.ok(["inspect", "--format", `{{.NetworkSettings.Networks.${network}.IPAddress}}`, name]);
}

test("an address is given back by who goes, also while the node's process was away; a running container joins and leaves", async () => {
  const { first } = cluster();
  const one = cluster().host("worker1").engine;
  await first.ok(["network", "create", "--driver", "overlay", "--attachable", "lab"]);
  await one.detached(["--name", "late"], "sleep", "1000");
  await one.ok(["network", "connect", "lab", "late"]);
  await holdersUntil("lab", (all) => all.includes("container late"));
  // Nobody looks for a moment: what is there stays.
  const ip = await addressOn(one, "lab", "late");
  await killNode(one);
  await one.detached(["--name", "next", "--network", "lab", "--ip", "10.33.0.77"], "sleep", "1000");
  expect([await addressOn(one, "lab", "late"), await addressOn(one, "lab", "next")]).toEqual([ip, "10.33.0.77"]);
  const taken = await first.run(["run", "--rm", "--network", "lab", "--ip", "10.33.0.77", IMAGE, "true"]);
  expect([taken.code, taken.stderr]).toEqual([125, expect.stringContaining("10.33.0.77")]);
  await one.ok(["network", "disconnect", "lab", "late"]);
  await holdersUntil("lab", (all) => !all.includes("container late"));
  await one.ok(["rm", "--force", "next"]);
  await holdersUntil("lab", (all) => !all.some((each) => each.startsWith("container")));
  await one.ok(["swarm", "leave", "--force"]);
});

test("large answers come through where links take smaller packets than tunnels do, and whatever bridges tell firewalls", async () => {
  const { first, hosts } = cluster();
  await first.ok(["network", "create", "--driver", "overlay", "back"]);
  const page = "mkdir /w; head -c 2000000 /dev/zero > /w/f; exec httpd -f -p 80 -h /w";
  await create("web", ["--network", "back", "--constraint", "node.hostname==worker1"], "sh", "-c", page);
  await create("app", ["--network", "back", "--constraint", "node.hostname==worker2"]);
  const vip = (
    await first.ok(["service", "inspect", "--format", "{{(index .Endpoint.VirtualIPs 0).Addr}}", "web"])
  ).split("/")[0];
  const fetch = `(printf 'GET /f HTTP/1.0\\r\\n\\r\\n'; sleep 2) | timeout 9 nc ${vip} 80 | wc -c`;
  const comesThrough = async (): Promise<void> => {
    const bytes = await eventually(
      async () => Number(await first.ok(["exec", "app.1", "sh", "-c", fetch])),
      (count) => count > 2_000_000,
      30_000,
    );
    expect(bytes).toBeGreaterThan(2_000_000);
  };
  const onAll = (...argv: string[]): void => {
    for (const { machine } of hosts) machine.run(...argv);
  };
  await comesThrough();
  try {
    onAll("ip", "link", "set", "eth0", "mtu", "1400");
    await comesThrough();
    // Where the kernel can have bridged packets pass firewalls at all.
    for (const value of existsSync("/proc/sys/net/bridge") ? ["0", "1"] : []) {
      onAll("sysctl", "-q", "-w", `net.bridge.bridge-nf-call-iptables=${value}`);
      await comesThrough();
    }
  } finally {
    onAll("ip", "link", "set", "eth0", "mtu", "1500");
  }
});
