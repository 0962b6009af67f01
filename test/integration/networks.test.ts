import { expect, test } from "bun:test";
import { eventually, IMAGE, runCommand, TestEngine, useEngine } from "../fixtures/engine.ts";
import { seeded } from "../fixtures/kill-at-random.ts";

const engine = useEngine();
const WEB = ["sh", "-c", "mkdir -p /www && echo hello >/www/index.html && exec httpd -f -p 80 -h /www"];
const SLEEP = ["sleep", "1000"];

type NetworkDocument = {
  name: string;
  id: string;
  network_interface: string;
  subnets: { subnet: string; gateway: string; lease_range?: object }[];
  containers: Record<string, { name: string; interfaces: Record<string, { mac_address: string }> }>;
};

const network = async (name: string): Promise<NetworkDocument> =>
  (JSON.parse(await engine.ok(["network", "inspect", name])) as NetworkDocument[])[0] as NetworkDocument;
const endpoint = async (container: string, name: string): Promise<{ IPAddress: string; MacAddress: string }> =>
  JSON.parse(
    await engine.ok(["inspect", "--format", `{{json (index .NetworkSettings.Networks "${name}")}}`, container]),
  ) as { IPAddress: string; MacAddress: string };
const isLink = async (name: string): Promise<boolean> => (await runCommand(["ip", "link", "show", name])).code === 0;
/** What a request from inside of a container gives: the page, or why not. Busybox's wget, linked statically, crashes where it fails. */
const REQUEST = (address: string) => `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${address} 80 | tail -n 1`;
const fetchFrom = async (container: string, address: string) =>
  await engine.run(["exec", container, "sh", "-c", REQUEST(address)]);
const served = async (container: string, address: string): Promise<void> => {
  const answer = await eventually(
    async () => (await fetchFrom(container, address)).stdout,
    (text) => text !== "",
  );
  expect(answer).toBe("hello\n");
};

test("a network is created, listed, inspected by the beginning of its id, and removed with its bridge", async () => {
  expect(await engine.ok(["network", "create", "--label", "a=b", "--opt", "mtu=1400", "web"])).toBe("web");
  const { id, subnets, network_interface } = await network("web");
  expect(await engine.ok(["network", "ls", "--noheading"])).toMatch(/bridge +bridge\n.* web +bridge$/);
  expect((await network(id.slice(0, 10))).name).toBe("web");
  expect(await engine.ok(["network", "inspect", "-f", "{{.Name}} {{(index .IPAM.Config 0).Subnet}}", "web"])).toBe(
    `web ${subnets[0]?.subnet}`,
  );
  for (const type of [["--type", "network"], []]) {
    const template = "{{.Name}} {{(index .Subnets 0).Subnet}} {{.DNSEnabled}}";
    expect(await engine.ok(["inspect", ...type, "-f", template, "web"])).toBe(`web ${subnets[0]?.subnet} true`);
  }
  expect(await engine.ok(["run", "--rm", "--network", "web", IMAGE, "cat", "/sys/class/net/eth0/mtu"])).toBe("1400");
  expect(await isLink(network_interface)).toBe(true);
  expect((await engine.run(["network", "exists", id.slice(0, 10)])).code).toBe(0);
  expect(await engine.ok(["network", "rm", "web"])).toBe("web");
  expect(await isLink(network_interface)).toBe(false);
  expect((await engine.run(["network", "exists", "web"])).code).toBe(1);
  const gone = await engine.run(["network", "rm", "web"]);
  expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining("network not found")]);
});

test("bad names, options, subnets and taken ones are refused, each for its own reason", async () => {
  const used = (await network("bridge")).subnets[0]?.subnet ?? "";
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["bad/name"], /invalid network name/],
    [["host"], /always there/],
    [["--opt", "colour=red", "x"], /unsupported bridge network option colour/],
    [["--opt", "mtu=1", "x"], /68 to 65535/],
    [["--subnet", "10.999.0.0/24", "x"], /no ADDRESS/],
    [["--subnet", used, "x"], /already used on the host or by another config/],
    [["--subnet", "127.0.0.0/24", "x"], /already used on the host/],
    [["--subnet", "10.199.7.0/24", "--gateway", "10.199.8.1", "x"], /not in subnet/],
    [["--subnet", "10.199.7.0/24", "--gateway", "10.199.7.0", "x"], /first or last address/],
    [["--subnet", "10.199.7.0/24", "--gateway", "10.199.7.255", "x"], /first or last address/],
    [["--gateway", "10.199.8.1", "x"], /more values of --gateway/],
    [["--subnet", "10.199.7.0/24", "--ipv4=false", "--ipv6", "x"], /without IPv4/],
    [["--subnet", "10.199.7.0/24", "--ip-range", "10.0.0.0/28", "x"], /outside/],
    [["--subnet", "10.199.7.0/24", "--ip-range", "10.199.7.20-10.199.7.10", "x"], /neither ADDRESS/],
    [["--subnet", "10.199.7.0/24", "--ip-range", "10.199.7.10-10.199.8.1", "x"], /outside/],
  ];
  for (const [words, reason] of cases) {
    const { code, stderr } = await engine.run(["network", "create", ...words]);
    expect([code, stderr]).toEqual([125, expect.stringMatching(reason)]);
  }
  await engine.ok(["network", "create", "twice"]);
  const again = await engine.run(["network", "create", "twice"]);
  expect([again.code, again.stderr]).toEqual([125, expect.stringContaining("network already exists")]);
  expect(await engine.ok(["network", "create", "--ignore", "twice"])).toBe("twice");
  await engine.ok(["network", "rm", "twice"]);
});

test("networks that are made at the same moment have subnets of their own", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `at-once-${index}`);
  await Promise.all(names.map(async (name) => await engine.ok(["network", "create", "--ipv6", name])));
  const cidrs = (await Promise.all(names.map(network))).flatMap(({ subnets }) => subnets.map(({ subnet }) => subnet));
  expect(new Set(cidrs).size).toBe(cidrs.length);
  expect(cidrs.length).toBeGreaterThanOrEqual(names.length);
  await engine.ok(["network", "rm", ...names]);
});

test("another root's networks and this one's never overlap", async () => {
  const other = new TestEngine();
  try {
    await other.ok(["network", "create", "--subnet", "10.199.40.0/24", "theirs"]);
    const { code, stderr } = await engine.run(["network", "create", "--subnet", "10.199.40.128/25", "ours"]);
    expect([code, stderr]).toEqual([125, expect.stringContaining("already used")]);
    await other.ok(["network", "rm", "theirs"]);
    expect(await engine.ok(["network", "create", "--subnet", "10.199.40.128/25", "ours"])).toBe("ours");
    await engine.ok(["network", "rm", "ours"]);
  } finally {
    await other.dispose();
  }
});

test("addresses come from the range, or are asked for, and one that is taken or outside is refused", async () => {
  const options = ["--subnet", "10.199.41.0/24", "--gateway", "10.199.41.254", "--ip-range", "10.199.41.128/30"];
  await engine.ok(["network", "create", ...options, "--ipv6", "ranged"]);
  const given: string[] = [];
  for (let index = 0; index < 4; index++) {
    const id = await engine.detached(["--network", "ranged"], ...SLEEP);
    given.push((await endpoint(id, "ranged")).IPAddress);
  }
  expect(given).toEqual([128, 129, 130, 131].map((last) => `10.199.41.${last}`));
  const full = await engine.run(["run", "--rm", "--network", "ranged", IMAGE, "true"]);
  expect([full.code, full.stderr]).toEqual([125, expect.stringContaining("no address is free")]);
  const fixed = ["--network", "ranged", "--ip", "10.199.41.7", "--mac-address", "02:aa:bb:cc:dd:ee"];
  const id = await engine.detached(fixed, ...SLEEP);
  expect(await endpoint(id, "ranged")).toMatchObject({
    IPAddress: "10.199.41.7",
    MacAddress: "02:aa:bb:cc:dd:ee",
    IPAMConfig: { IPv4Address: "10.199.41.7" },
  });
  expect(await engine.ok(["exec", id, "cat", "/sys/class/net/eth0/address"])).toBe("02:aa:bb:cc:dd:ee");
  expect(await engine.ok(["exec", id, "ip", "-6", "addr", "show", "eth0"])).toMatch(/inet6 fd[\da-f:]+::7\/64/);
  const taken = await engine.run(["run", "--rm", "--network", "ranged:ip=10.199.41.7", IMAGE, "true"]);
  expect([taken.code, taken.stderr]).toEqual([125, expect.stringContaining("in use")]);
  const outside = await engine.run(["run", "--rm", "--network", "ranged", "--ip", "10.199.42.7", IMAGE, "true"]);
  expect([outside.code, outside.stderr]).toEqual([125, expect.stringContaining("outside")]);
  await engine.ok(["rm", "-f", id]);
  expect(await engine.ok(["run", "--rm", "--network", "ranged:ip=10.199.41.7", IMAGE, "echo", "free"])).toBe("free");
  await engine.ok(["network", "rm", "-f", "ranged"]);
});

test("the IPv6 gateway's number is given to nobody where the IPv4 gateway has another", async () => {
  const options = ["--subnet", "10.199.42.0/29", "--gateway", "10.199.42.6", "--ipv6"];
  await engine.ok(["network", "create", ...options, "odd"]);
  for (const last of [2, 3, 4, 5]) {
    const id = await engine.detached(["--network", "odd"], ...SLEEP);
    expect((await endpoint(id, "odd")).IPAddress).toBe(`10.199.42.${last}`);
  }
  await engine.ok(["network", "rm", "-f", "odd"]);
});

test("network rm -f takes the containers on it away, and their anonymous volumes with them", async () => {
  await engine.ok(["network", "create", "gone"]);
  await engine.ok(["create", "--network", "gone", "-v", "/data", IMAGE, "true"]);
  expect(await engine.ok(["network", "rm", "-f", "gone"])).toBe("gone");
  expect(await engine.ok(["ps", "-aq"])).toBe("");
  expect(await engine.ok(["volume", "ls", "-q"])).toBe("");
});

test("a container on several networks has an interface on each and one way out", async () => {
  for (const name of ["n1", "n2"]) await engine.ok(["network", "create", name]);
  await engine.ok(["network", "create", "--internal", "inside"]);
  const words = ["--network", "inside", "--network", "n1:interface_name=front0", "--network", "n2"];
  const id = await engine.detached(words, ...SLEEP);
  const links = (await engine.ok(["exec", id, "ls", "/sys/class/net"])).split("\n");
  expect(links.toSorted()).toEqual(["eth0", "eth1", "front0", "lo"]);
  const routes = await engine.ok(["exec", id, "ip", "route"]);
  const { subnets } = await network("n1");
  expect(routes.match(/^default.*/gm)).toEqual([expect.stringContaining(`via ${subnets[0]?.gateway} dev front0`)]);
  const hosts = await engine.ok(["exec", id, "cat", "/etc/hosts"]);
  for (const name of ["inside", "n1", "n2"]) expect(hosts).toContain((await endpoint(id, name)).IPAddress);
  expect(Object.keys((await network("n2")).containers)).toEqual([id]);
  expect(await engine.ok(["ps", "--format", "{{.Networks}}"])).toBe("inside,n1,n2");
  expect(await engine.ok(["ps", "-q", "--no-trunc", "--filter", "network=n2"])).toBe(id);
  const used = await engine.run(["network", "rm", "n2"]);
  expect([used.code, used.stderr]).toEqual([2, expect.stringContaining("network is being used")]);
  await engine.ok(["rm", "-f", id]);
  expect(await engine.ok(["network", "prune", "--force"])).toBe("inside\nn1\nn2");
});

test("connect and disconnect work on a running container: interface, way out, published port and hosts follow", async () => {
  for (const name of ["n1", "n2"]) await engine.ok(["network", "create", name]);
  const id = await engine.detached(["--network", "n1", "-p", "127.0.0.1::80"], ...WEB);
  const page = async () => {
    const url = `http://${await engine.ok(["port", id, "80/tcp"])}/`;
    return (await runCommand(["curl", "-s", "--max-time", "2", url])).stdout;
  };
  const shown = (text: string) => text === "hello\n";
  expect(await eventually(page, shown)).toBe("hello\n");
  await engine.ok(["network", "connect", "n2", id]);
  const { IPAddress: second } = await endpoint(id, "n2");
  expect(await engine.ok(["exec", id, "ip", "addr", "show", "eth1"])).toContain(second);
  expect(await engine.ok(["exec", id, "cat", "/etc/hosts"])).toContain(second);
  const twice = await engine.run(["network", "connect", "n2", id]);
  expect([twice.code, twice.stderr]).toEqual([125, expect.stringContaining("already connected")]);
  await engine.expectClean();
  await engine.ok(["network", "disconnect", "n1", id]);
  expect(await engine.ok(["exec", id, "ls", "/sys/class/net"])).toBe("eth1\nlo");
  expect(await engine.ok(["exec", id, "ip", "route"])).toMatch(/^default via .* dev eth1/);
  expect(await eventually(page, shown)).toBe("hello\n");
  const off = await engine.run(["network", "disconnect", "n1", id]);
  expect([off.code, off.stderr]).toEqual([125, expect.stringContaining("not connected")]);
  await engine.expectClean();
  await engine.ok(["network", "rm", "n1"]);
  await engine.ok(["network", "disconnect", "n2", id]);
  expect(await engine.ok(["exec", id, "ls", "/sys/class/net"])).toBe("lo");
  await engine.ok(["network", "connect", "bridge", id]);
  expect(await eventually(page, shown)).toBe("hello\n");
  await engine.ok(["restart", "-t", "0", id]);
  expect(await eventually(page, shown)).toBe("hello\n");
  await engine.ok(["rm", "-f", id]);
  await engine.ok(["network", "rm", "n2"]);
});

test("connect and disconnect of a container that does not run count from its next start", async () => {
  await engine.ok(["network", "create", "later"]);
  const id = await engine.ok(["create", IMAGE, "ls", "/sys/class/net"]);
  await engine.ok(["network", "connect", "later", id]);
  expect(await engine.ok(["start", "-a", id])).toBe("eth0\neth1\nlo");
  await engine.ok(["network", "disconnect", "bridge", id]);
  expect(await engine.ok(["start", "-a", id])).toBe("eth0\nlo");
  await engine.ok(["rm", id]);
  const alone = await engine.ok(["create", "--network", "none", IMAGE, "true"]);
  const refused = await engine.run(["network", "connect", "later", alone]);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("invalid network mode")]);
  await engine.ok(["rm", alone]);
  await engine.ok(["network", "rm", "later"]);
});

test("a connect that cannot be had changes nothing", async () => {
  await engine.ok(["network", "create", "--subnet", "10.199.43.0/24", "fixed"]);
  await engine.detached(["--network", "fixed", "--ip", "10.199.43.9"], ...SLEEP);
  const id = await engine.detached([], ...SLEEP);
  const refused = await engine.run(["network", "connect", "--ip", "10.199.43.9", "fixed", id]);
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("in use")]);
  expect(await engine.ok(["exec", id, "ls", "/sys/class/net"])).toBe("eth0\nlo");
  expect(await engine.ok(["inspect", "-f", "{{range $n, $e := .NetworkSettings.Networks}}{{$n}}{{end}}", id])).toBe(
    "bridge",
  );
  await engine.expectClean();
  await engine.ok(["network", "rm", "-f", "fixed"]);
});

test("networks are kept from each other with a refusal, not with silence, and isolate=false opens one", async () => {
  await engine.ok(["network", "create", "n1"]);
  await engine.ok(["network", "create", "n2"]);
  await engine.ok(["network", "create", "--opt", "isolate=false", "open"]);
  await engine.ok(["network", "create", "--opt", "isolate=strict", "strict"]);
  const client = await engine.detached(["--network", "n1"], ...SLEEP);
  const servers: Record<string, string> = {};
  for (const name of ["n1", "n2", "open", "strict"]) {
    servers[name] = (await endpoint(await engine.detached(["--network", name], ...WEB), name)).IPAddress;
  }
  await served(client, servers["n1"] ?? "");
  await served(client, servers["open"] ?? "");
  for (const name of ["n2", "strict"]) {
    // Silence would be "timed out".
    expect((await fetchFrom(client, servers[name] ?? "")).stderr).toContain("Connection refused");
  }
  await engine.ok(["rm", "-f", "-a"]);
  await engine.ok(["network", "prune", "-f"]);
});

test("an internal network reaches its own containers, not the world nor other networks; its ports are not published", async () => {
  await engine.ok(["network", "create", "--internal", "--ipv6", "inside"]);
  await engine.ok(["network", "create", "--opt", "isolate=false", "open"]);
  const published = await engine.run(["run", "-d", "--network", "inside", "-p", "80", IMAGE, ...WEB]);
  expect([published.code, published.stderr]).toEqual([0, expect.stringContaining("are not published")]);
  const inner = (await endpoint(published.stdout.trim(), "inside")).IPAddress;
  const outer = (await endpoint(await engine.detached(["--network", "open"], ...WEB), "open")).IPAddress;
  const client = await engine.detached(["--network", "inside"], ...SLEEP);
  await served(client, inner);
  for (const family of ["-4", "-6"])
    expect(await engine.ok(["exec", client, "ip", family, "route"])).not.toContain("default");
  expect((await fetchFrom(client, outer)).stderr).toContain("unreachable");
  // Nor by a route that it makes itself.
  const { subnets } = await network("inside");
  const forced = ["run", "--rm", "--network", "inside", "--cap-add", "NET_ADMIN", IMAGE, "sh", "-c"];
  const script = `ip route add default via ${subnets[0]?.gateway}; ${REQUEST(outer)}`;
  expect((await engine.run([...forced, script])).stderr).toContain("Connection refused");
  await engine.ok(["rm", "-f", "-a"]);
  await engine.ok(["network", "prune", "-f"]);
});

test("siblings that may not reach each other are refused too", async () => {
  await engine.ok(["network", "create", "--opt", "com.docker.network.bridge.enable_icc=false", "apart"]);
  const server = await engine.detached(["--network", "apart"], ...WEB);
  const client = await engine.detached(["--network", "apart"], ...SLEEP);
  const { stdout, stderr } = await fetchFrom(client, (await endpoint(server, "apart")).IPAddress);
  expect([stdout, stderr]).toEqual(["", expect.stringMatching(/refused|unreachable|timed out/)]);
  await engine.ok(["network", "rm", "-f", "apart"]);
});

test("what is wrong about networks of a container is said by name, and nothing of it is left", async () => {
  await engine.ok(["network", "create", "known"]);
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["--network", "nonesuch"], /network with name or ID nonesuch: network not found/],
    [["--network", "known", "--network", "known"], /given twice/],
    [["--network", "known", "--network", "host"], /multiple networks/],
    [["--network", "none", "--ip", "10.0.0.1"], /Bridge mode/],
    [["--network", "known", "--network", "bridge", "--ip", "10.0.0.1"], /single network/],
    [["--network", "known:colour=red"], /colour=red/],
    [["--network", "known", "--mac-address", "01:00:00:00:00:01"], /MAC address/],
    [["--network", "known:ip=10.0.0.2", "--ip", "10.0.0.3"], /conflicting options: --ip and/],
    [["--network", "known:mac=02:42:0a:00:00:02", "--mac-address", "02:42:0a:00:00:03"], /conflicting options: --mac/],
    [["--network", "pasta"], /without root/],
    [["--network-alias", "db"], /answers no names/],
    [["--network", "none", "--add-host", "gate:host-gateway"], /no network of the container leads to the host/],
  ];
  for (const [words, reason] of cases) {
    const { code, stderr } = await engine.run(["run", "--rm", ...words, IMAGE, "true"]);
    expect([code, stderr]).toEqual([125, expect.stringMatching(reason)]);
  }
  expect(await engine.ok(["ps", "-aq"])).toBe("");
  await engine.ok(["network", "rm", "known"]);
});

test("system check names a bridge without a network and rules that were flushed, and mends both", async () => {
  await engine.ok(["network", "create", "web"]);
  const id = await engine.detached(["--network", "web"], ...SLEEP);
  const { network_interface: bridge } = await network("web");
  const alias = JSON.parse((await runCommand(["ip", "-j", "link", "show", bridge])).stdout)[0].ifalias as string;
  // A port that its user has added is nobody's business.
  const trunk = `estrunk${process.pid % 10_000}`;
  await runCommand(["ip", "link", "add", trunk, "master", bridge, "type", "veth", "peer", "name", `${trunk}p`]);
  expect(await isLink(trunk)).toBe(true);
  await engine.expectClean();
  const stray = `estray${process.pid % 10_000}`;
  await runCommand(["ip", "link", "add", stray, "type", "bridge"]);
  await runCommand(["ip", "link", "set", stray, "alias", alias]);
  const table = (await runCommand(["nft", "list", "tables"])).stdout;
  const mine = table.split("\n").filter((line) => line.includes("estiba_"));
  expect(mine.length).toBeGreaterThan(0);
  const digest = new Bun.CryptoHasher("sha256").update(engine.runRoot).digest("hex").slice(0, 8);
  await runCommand(["nft", "delete", "table", "inet", `estiba_${digest}`]);
  const { code, stdout } = await engine.run(["system", "check"]);
  expect(code).toBe(1);
  expect(stdout).toContain(`the bridge ${stray} belongs to no network`);
  expect(stdout).toContain(`the bridge ${bridge}, which ${id.slice(0, 12)} is on, is not in the nft table`);
  await engine.run(["system", "check", "--repair"]);
  await engine.expectClean();
  expect([await isLink(stray), await isLink(trunk)]).toEqual([false, true]);
  await runCommand(["ip", "link", "delete", trunk]);
  await engine.ok(["rm", "-f", id]);
  await engine.ok(["network", "rm", "web"]);
});

test("whenever a connect or disconnect is killed, check names it, and repair leaves the container as its definition says", async () => {
  await engine.ok(["network", "create", "net"]);
  const id = await engine.detached(["--network", "bridge:interface_name=eth0"], ...SLEEP);
  const random = seeded(process.pid);
  for (let round = 0; round < 16; round++) {
    const verb = round % 2 === 0 ? "connect" : "disconnect";
    const child = Bun.spawn(engine.argv(["network", verb, "net", id]), { stdio: ["ignore", "ignore", "ignore"] });
    await Bun.sleep(random() * 60);
    child.kill("SIGKILL");
    await child.exited;
    const { code, stdout } = await engine.run(["system", "check", "--repair"]);
    // What else is found is told by its text.
    if (code !== 0) expect(stdout).toMatch(/cut off|interface|address|names/);
    await engine.expectClean();
    const defined = await engine.ok(["ps", "--format", "{{.Networks}}"]);
    const links = await engine.ok(["exec", id, "ls", "/sys/class/net"]);
    expect(links).toBe(defined === "bridge,net" ? "eth0\neth1\nlo" : "eth0\nlo");
    // Back to where the next round begins.
    const wanted = verb === "connect" ? "bridge,net" : "bridge";
    if (defined !== wanted) await engine.ok(["network", verb, "net", id]);
  }
  await engine.ok(["rm", "-f", id]);
  await engine.ok(["network", "rm", "net"]);
}, 120_000);

test("with a user namespace of its own a container is on networks as any other", async () => {
  await engine.ok(["network", "create", "--ipv6", "net"]);
  const words = ["run", "--rm", "--userns", "auto", "--network", "net", "--network", "bridge", IMAGE];
  expect(await engine.ok([...words, "ls", "/sys/class/net"])).toBe("eth0\neth1\nlo");
  await engine.ok(["network", "rm", "net"]);
});

test("reload puts rules and published ports back after a flush", async () => {
  await engine.ok(["network", "create", "net"]);
  const id = await engine.detached(["--network", "net", "-p", "127.0.0.1::80"], ...WEB);
  const url = `http://${await engine.ok(["port", id, "80/tcp"])}/`;
  const page = async () => (await runCommand(["curl", "-s", "--max-time", "2", url])).stdout;
  const shown = (text: string) => text === "hello\n";
  await eventually(page, shown);
  const digest = new Bun.CryptoHasher("sha256").update(engine.runRoot).digest("hex").slice(0, 8);
  await runCommand(["nft", "delete", "table", "inet", `estiba_${digest}`]);
  expect(await page()).toBe("");
  expect(await engine.ok(["network", "reload", "--all"])).toBe(id);
  expect(await eventually(page, shown)).toBe("hello\n");
  await engine.ok(["stop", "-t", "0", id]);
  const stopped = await engine.run(["network", "reload", id]);
  expect([stopped.code, stopped.stderr]).toEqual([125, expect.stringContaining("does not run")]);
  await engine.ok(["network", "rm", "-f", "net"]);
});
