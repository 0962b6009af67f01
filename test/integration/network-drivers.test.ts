import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { LAN, tool, tried, useLan } from "../fixtures/lan-machine.ts";

const engine = useEngine();
const SLEEP = ["sleep", "1000"];
const WEB = ["sh", "-c", "mkdir -p /www && hostname >/www/index.html && exec httpd -f -p 80 -h /www"];

const lan = useLan();
const PARENT = lan.parent;
const onLan = lan.run;
const KNOWS_IPVLAN =
  tried("ip link add p type veth peer name q; ip link add i link p type ipvlan && echo made") === "made\n";

const script = async (container: string, text: string): Promise<string> =>
  await engine.ok(["exec", container, "sh", "-c", text]);
const removeAll = async (): Promise<void> => {
  await engine.ok(["rm", "-f", "-t", "0", "--all"]);
  await engine.ok(["network", "prune", "--force"]);
};

test("a macvlan network puts containers beside an interface of the host's: its LAN reaches them, and they each other", async () => {
  const words = ["--driver", "macvlan", "--opt", `parent=${PARENT}`, "--subnet", LAN.subnet, "--gateway", LAN.gateway];
  await engine.ok(["network", "create", ...words, "--ip-range", LAN.range, "lan"]);
  const document = JSON.parse(await engine.ok(["network", "inspect", "lan"]))[0];
  expect(document).toMatchObject({ driver: "macvlan", network_interface: PARENT, dns_enabled: false });
  const web = await engine.detached(["--hostname", "web", "--network", "lan"], ...WEB);
  const client = await engine.detached(["--network", "lan:mac=02:00:5e:00:53:01"], ...SLEEP);
  const ip = await engine.ok(["inspect", "-f", "{{.NetworkSettings.Networks.lan.IPAddress}}", web]);
  expect(ip).toMatch(/^198\.51\.100\.1[2-9]\d$/);
  expect(await script(web, "ip route")).toContain(`default via ${LAN.gateway} dev eth0`);
  const page = await eventually(
    async () => (await onLan("curl", "-s", "--max-time", "3", `http://${ip}/`)).stdout,
    (text) => text !== "",
  );
  expect(page).toBe("web\n");
  const request = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${ip} 80 | tail -n 1`;
  expect(await script(client, request)).toBe("web");
  expect(await script(client, "cat /sys/class/net/eth0/address")).toBe("02:00:5e:00:53:01");
  // One after another with the same addresses, also where the kernel still has the interface of the one before.
  for (let round = 0; round < 4; round++)
    expect(await engine.ok(["run", "--rm", "--network", "lan:ip=198.51.100.99", IMAGE, "echo", "here"])).toBe("here");
  const ports = await engine.run(["run", "--rm", "--network", "lan", "-p", "80", IMAGE, "true"]);
  expect([ports.code, ports.stderr]).toEqual([0, expect.stringContaining("not published")]);
  await removeAll();
});

test.each(["bridge", "macvlan"])(
  "who stays in the network namespace of one that has ended has no interface of a %s network any more",
  async (driver) => {
    const parent = driver === "macvlan" ? ["-o", `parent=${PARENT}`, "--gateway", LAN.gateway] : [];
    await engine.ok(["network", "create", "-d", driver, ...parent, "--subnet", LAN.subnet, "lan"]);
    await engine.detached(["--name", "owner", "--network", "lan:ip=198.51.100.77"], ...SLEEP);
    await engine.detached(["--name", "guest", "--network", "container:owner"], ...SLEEP);
    await engine.detached(["--name", "guest-of-guest", "--network", "container:guest"], ...SLEEP);
    const interfaces = async (name: string): Promise<string> => await script(name, "cd /sys/class/net && echo *");
    await engine.ok(["stop", "-t", "0", "guest"]);
    expect(await interfaces("guest-of-guest")).toBe("eth0 lo");
    await engine.ok(["stop", "-t", "0", "owner"]);
    expect(await interfaces("guest-of-guest")).toBe("lo");
    await engine.expectClean();
    await engine.detached(["--name", "next", "--network", "lan:ip=198.51.100.77"], ...SLEEP);
    expect(await interfaces("next")).toBe("eth0 lo");
    await removeAll();
  },
);

test("of a private macvlan network containers reach the LAN, and not each other", async () => {
  const words = ["-d", "macvlan", "-o", `parent=${PARENT}`, "-o", "mode=private", "--subnet", LAN.subnet];
  await engine.ok(["network", "create", ...words, "--gateway", LAN.gateway, "lan"]);
  const web = await engine.detached(["--hostname", "web", "--network", "lan:ip=198.51.100.77"], ...WEB);
  const client = await engine.detached(["--cap-add", "NET_RAW", "--network", "lan"], ...SLEEP);
  expect(await script(client, `ping -c 1 -W 3 ${LAN.gateway} | grep -c ttl=`)).toBe("1");
  const page = await eventually(
    async () => (await onLan("curl", "-s", "--max-time", "3", "http://198.51.100.77/")).stdout,
    (text) => text !== "",
  );
  expect(page).toBe("web\n");
  const request = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 2 198.51.100.77 80 | tail -n 1";
  expect(await script(client, request)).toBe("");
  expect(await engine.ok(["exec", web, "true"])).toBe("");
  await removeAll();
});

test("a container comes and goes on a macvlan network while it runs, and the way out follows the priority", async () => {
  await engine.ok([
    "network",
    "create",
    "--driver",
    "macvlan",
    "-o",
    `parent=${PARENT}`,
    "--subnet",
    LAN.subnet,
    "lan",
  ]);
  await engine.ok(["network", "create", "inner"]);
  const id = await engine.detached(["--network", "inner"], ...SLEEP);
  const before = await script(id, "ip route | grep default");
  await engine.ok(["network", "connect", "--gw-priority", "5", "lan", id]);
  expect(await script(id, "ip route | grep default")).toBe(`default via ${LAN.gateway} dev eth1`);
  await engine.ok(["network", "disconnect", "lan", id]);
  expect(await script(id, "ls /sys/class/net")).not.toContain("eth1");
  expect(await script(id, "ip route | grep default")).toBe(before);
  await engine.ok(["network", "connect", "lan", id]);
  expect(await script(id, "ip route | grep default")).toBe(before);
  const both = ["--network", "inner", "--network", "lan:priority=1,interface_name=lan0"];
  expect(await engine.ok(["run", "--rm", ...both, IMAGE, "sh", "-c", "ip route | grep default"])).toBe(
    `default via ${LAN.gateway} dev lan0`,
  );
  await removeAll();
});

test("on a bridge that others manage containers are among its ports, and it stays as it is", async () => {
  const bridge = `estbr${process.pid % 100_000}`;
  await tool("ip", "link", "add", bridge, "type", "bridge");
  try {
    await tool("ip", "link", "set", bridge, "up");
    // The LAN is on it by a cable.
    const cable = ["link", "add", `${bridge}c`, "master", bridge, "type", "veth", "peer", "name", "eth1"];
    await tool("ip", ...cable, "netns", lan.pid());
    await tool("ip", "link", "set", `${bridge}c`, "up");
    await onLan("ip", "link", "set", "eth1", "up");
    await onLan("ip", "address", "add", "203.0.113.1/24", "dev", "eth1");
    const there = ["-o", "mode=unmanaged", "--interface-name", bridge];
    const addresses = ["--subnet", "203.0.113.0/24", "--gateway", "203.0.113.1"];
    await engine.ok(["network", "create", ...there, ...addresses, "--ip-range", "203.0.113.128/25", "plain"]);
    const words = ["--hostname", "web", "--network", "plain:ip=203.0.113.77", "-p", "80"];
    const { code, stdout, stderr } = await engine.run(["run", "-d", ...words, IMAGE, ...WEB]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("not published")]);
    const page = await eventually(
      async () => (await onLan("curl", "-s", "--max-time", "3", "http://203.0.113.77/")).stdout,
      (text) => text !== "",
    );
    expect(page).toBe("web\n");
    expect(await script(stdout.trim(), "ip route")).toContain("default via 203.0.113.1 dev eth0");
    expect(JSON.parse(await engine.ok(["network", "inspect", "plain"]))[0]).toMatchObject({
      network_interface: bridge,
      dns_enabled: false,
      subnets: [expect.objectContaining({ subnet: "203.0.113.0/24" })],
    });
    expect((await tool("ip", "address", "show", "dev", bridge)).includes("203.0.113.")).toBe(false);
    await engine.expectClean();
    const late = await engine.detached([], ...SLEEP);
    await engine.ok(["network", "connect", "plain", late]);
    const request = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 203.0.113.77 80 | tail -n 1";
    expect(await script(late, request)).toBe("web");
    await engine.ok(["network", "disconnect", "plain", late]);
    expect(await script(late, "ls /sys/class/net")).not.toContain("eth1");
    await engine.expectClean();
    await removeAll();
    expect(await tool("ip", "-o", "link", "show", "type", "bridge")).toContain(` ${bridge}:`);
  } finally {
    await runCommand(["ip", "link", "delete", bridge]);
  }
});

test("of several networks IPv4 and IPv6 leave and are published by the first one that has them, also when it comes and goes", async () => {
  await engine.ok(["network", "create", "four"]);
  await engine.ok(["network", "create", "--subnet", "10.199.44.0/24", "--subnet", "fd47:7::/64", "both"]);
  const web = await engine.detached(["--network", "four", "--network", "both", "-p", "80"], ...WEB);
  const port = (await engine.ok(["port", web, "80/tcp"])).split(":").at(-1);
  const page = async (address: string): Promise<string> =>
    (await runCommand(["curl", "-s", "-g", "--max-time", "3", `http://${address}:${port}/`])).stdout.trim();
  const shown = web.slice(0, 12);
  await eventually(
    async () => await page("127.0.0.1"),
    (text) => text === shown,
  );
  const defaults = "ip route | grep default; ip -6 route | grep default || true";
  expect(await script(web, defaults)).toMatch(/^default .* dev eth0.*\ndefault via fd47:7::1 dev eth1/);
  // The gateway's address goes with the bridge's last port: a sibling holds it.
  await engine.detached(["--network", "both"], ...SLEEP);
  expect(await page("[fd47:7::1]")).toBe(shown);
  await engine.ok(["network", "disconnect", "both", web]);
  expect([await page("127.0.0.1"), await page("[fd47:7::1]")]).toEqual([shown, ""]);
  expect(await script(web, defaults)).not.toContain("fd47");
  await engine.ok(["network", "connect", "both", web]);
  expect([await page("127.0.0.1"), await page("[fd47:7::1]")]).toEqual([shown, shown]);
  expect(await script(web, defaults)).toContain("default via fd47:7::1 dev eth1");
  await engine.expectClean();
  await removeAll();
});

test("a network of IPv6 only has names, publishes ports, and gives no IPv4 address", async () => {
  await engine.ok(["network", "create", "--subnet", "fd47:6::/64", "six"]);
  const document = JSON.parse(await engine.ok(["network", "inspect", "six"]))[0];
  expect(document.subnets).toEqual([{ subnet: "fd47:6::/64", gateway: "fd47:6::1" }]);
  const web = await engine.detached(["--name", "web", "--network", "six", "-p", "127.0.0.1::80", "-p", "80"], ...WEB);
  const settings = JSON.parse(await engine.ok(["inspect", "-f", "{{json .NetworkSettings.Networks.six}}", web]));
  expect([settings.IPAddress, settings.GlobalIPv6Address]).toEqual(["", expect.stringMatching(/^fd47:6::/)]);
  expect(await script(web, "ip -4 address show dev eth0")).toBe("");
  const client = await engine.detached(["--network", "six:ip6=fd47:6::77"], ...SLEEP);
  expect(await script(client, "ip -6 route | grep default")).toContain("via fd47:6::1");
  const found = await script(client, "nslookup -type=aaaa web");
  expect(found).toContain(settings.GlobalIPv6Address);
  const request = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${settings.GlobalIPv6Address} 80 | tail -n 1`;
  expect(await script(client, request)).toBe(web.slice(0, 12));
  const port = (await engine.ok(["port", "web", "80/tcp"])).split("\n").at(-1)?.split(":").at(-1);
  const { stdout } = await runCommand(["curl", "-s", "-g", "--max-time", "3", `http://[fd47:6::1]:${port}/`]);
  expect(stdout).toBe(`${web.slice(0, 12)}\n`);
  await engine.ok(["network", "create", "--ipv4=false", "--ipv6", "auto6"]);
  const automatic = JSON.parse(await engine.ok(["network", "inspect", "auto6"]))[0];
  expect(automatic.subnets.map(({ subnet }: { subnet: string }) => subnet)).toEqual([expect.stringMatching(/^fd/)]);
  const neither = await engine.run(["network", "create", "--ipv4=false", "x"]);
  expect([neither.code, neither.stderr]).toEqual([125, expect.stringContaining("needs IPv6")]);
  await removeAll();
});

test("a network without a driver of addresses gives an interface, and nothing else", async () => {
  await engine.ok(["network", "create", "--ipam-driver", "none", "bare"]);
  const document = JSON.parse(await engine.ok(["network", "inspect", "bare"]))[0];
  expect(document).toMatchObject({ ipam_options: { driver: "none" }, dns_enabled: false });
  const look = "ip address show eth0; ip route";
  const shown = await engine.ok(["run", "--rm", "--network", "bare", IMAGE, "sh", "-c", look]);
  expect(shown).toContain("UP");
  expect(shown).not.toContain("inet ");
  expect(shown).not.toContain("default");
  const fixed = await engine.run(["run", "--rm", "--network", "bare", "--ip", "10.199.31.7", IMAGE, "true"]);
  expect([fixed.code, fixed.stderr]).toEqual([125, expect.stringMatching(/gives no IPv4 addresses\n {2}leave/)]);
  await removeAll();
});

test("routes, a metric, sysctls and names of interfaces reach the container", async () => {
  const routes = ["--route", "10.21.0.0/24,10.199.31.9", "--route", "10.22.0.0/24,10.199.31.8,77"];
  await engine.ok(["network", "create", "--subnet", "10.199.31.0/24", "--opt", "metric=50", ...routes, "routed"]);
  const option = "com.docker.network.endpoint";
  const sysctls = "net.ipv4.conf.IFNAME.log_martians=1,net.ipv4.conf.IFNAME.forwarding=0";
  const long = `name=routed,alias=x,"driver-opt=${option}.sysctls=${sysctls}",driver-opt=${option}.ifname=wan`;
  const look = "ip route; cat /proc/sys/net/ipv4/conf/wan/log_martians";
  const shown = await engine.ok(["run", "--rm", "--network", long, IMAGE, "sh", "-c", look]);
  expect(shown).toContain("default via 10.199.31.1 dev wan  metric 50");
  expect(shown).toContain("10.21.0.0/24 via 10.199.31.9 dev wan");
  expect(shown).toContain("10.22.0.0/24 via 10.199.31.8 dev wan  metric 77");
  expect(shown).toEndWith("\n1");
  expect(JSON.parse(await engine.ok(["network", "inspect", "routed"]))[0].routes).toEqual([
    { destination: "10.21.0.0/24", gateway: "10.199.31.9" },
    { destination: "10.22.0.0/24", gateway: "10.199.31.8", metric: 77 },
  ]);
  await removeAll();
});

test("a network's name servers are asked, and update changes them for containers that run", async () => {
  const asked: string[] = [];
  const servers = [];
  for (const hostname of ["127.0.77.61", "127.0.77.62"]) {
    servers.push(
      await Bun.udpSocket({
        hostname,
        port: 53,
        socket: {
          data: (socket, bytes, port, address) => {
            asked.push(hostname);
            const reply = Buffer.from(bytes);
            // An answer without records: there is no such name.
            reply[2] = 0x81;
            reply[3] = 0x83;
            socket.send(reply, port, address);
          },
        },
      }),
    );
  }
  await engine.ok(["network", "create", "--dns", "127.0.77.61", "named"]);
  const id = await engine.detached(["--network", "named"], ...SLEEP);
  await engine.run(["exec", id, "nslookup", "-type=a", "first.example"]);
  expect(new Set(asked)).toEqual(new Set(["127.0.77.61"]));
  asked.length = 0;
  await engine.ok(["network", "update", "--dns-add", "127.0.77.62", "--dns-drop", "127.0.77.61", "named"]);
  await eventually(
    async () => {
      await engine.run(["exec", id, "nslookup", "-type=a", "second.example"]);
      return asked.includes("127.0.77.62");
    },
    (done) => done,
  );
  expect(JSON.parse(await engine.ok(["network", "inspect", "named"]))[0].network_dns_servers).toEqual(["127.0.77.62"]);
  const strange = await engine.run(["network", "update", "--dns-drop", "9.9.9.9", "named"]);
  expect([strange.code, strange.stderr]).toEqual([125, expect.stringContaining("has no name server 9.9.9.9")]);
  for (const server of servers) server.close();
  await removeAll();
});

test("a container that starts while the servers of its network change asks those that there are then", async () => {
  await engine.ok(["network", "create", "changing"]);
  // The runtime takes its time: by then the container's names have been told, and its state has not.
  const [runtime, go] = [engine.path("slow-runtime"), engine.path("go")];
  const real = await engine.ok(["info", "--format", "{{.host.ociRuntime.path}}"]);
  const wait = `while [ ! -e ${go} ]; do sleep 0.05; done`;
  writeFileSync(runtime, `#!/bin/sh\ncase " $* " in *" create "*) ${wait};; esac\nexec ${real} "$@"\n`, {
    mode: 0o755,
  });
  const folder = join(engine.runRoot, "names/containers");
  const told = (): string[] =>
    existsSync(folder) ? readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name)) : [];
  const start = engine.ok(["--runtime", runtime, "run", "-d", "--network", "changing", IMAGE, ...SLEEP]);
  const [id] = await eventually(told, (ids) => ids.length > 0);
  const update = engine.ok(["network", "update", "--dns-add", "127.0.78.1", "changing"]);
  await eventually(
    async () => await engine.ok(["network", "inspect", "changing"]),
    (text) => text.includes("127.0.78.1"),
  );
  // One that waits for nobody is over by then.
  await Promise.race([update, Bun.sleep(500)]);
  writeFileSync(go, "");
  await Promise.all([start, update]);
  const names = JSON.parse(readFileSync(join(folder, id ?? ""), "utf8")) as { servers?: string[] };
  expect(names.servers).toContain("127.0.78.1");
  await removeAll();
});

test("drivers, modes and routes that cannot be are refused by name", async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["-d", "weave", "x"], /driver "weave" cannot be created/],
    [["-d", "macvlan", "-o", "parent=nosuch0", "--subnet", LAN.subnet, "x"], /parent interface nosuch0 does not exist/],
    [["-d", "macvlan", "-o", `parent=${PARENT}`, "x"], /has the addresses of the network that its parent is on/],
    [["-d", "macvlan", "-o", `parent=${PARENT}`, "--subnet", LAN.subnet, "--dns", "1.1.1.1", "x"], /answers no names/],
    [["--disable-dns", "--dns", "1.1.1.1", "x"], /answers no names/],
    [["-d", "macvlan", "-o", "mode=l2", "x"], /cannot be "l2": it takes bridge, private/],
    [["-d", "macvlan", "-o", "isolate=true", "x"], /unsupported macvlan network option isolate/],
    [["--ipam-driver", "dhcp", "x"], /DHCP/],
    [["--ipam-driver", "none", "--subnet", "10.199.33.0/24", "x"], /has no subnets/],
    [["-o", "vlan=0", "x"], /it takes a number from 1 to 4094/],
    [["-o", "vlan=4095", "x"], /it takes a number from 1 to 4094/],
    [["-d", "macvlan", "-o", "vlan=5", "x"], /unsupported macvlan network option vlan/],
    [["-o", "mode=ours", "x"], /cannot be "ours": it takes managed, unmanaged/],
    [["-o", "mode=unmanaged", "x"], /none is named/],
    [["-o", "mode=unmanaged", "--interface-name", "nosuch0", "x"], /there is no bridge nosuch0/],
    [["-o", "mode=unmanaged", "--interface-name", PARENT, "x"], /it is no bridge/],
    [["-o", "mode=unmanaged", "-o", "isolate=true", "--interface-name", PARENT, "x"], /unsupported .* option isolate/],
    [
      ["--subnet", "10.199.33.0/24", "--route", "10.1.0.0/16,10.0.0.1", "x"],
      /by way of a gateway in the network's subnet/,
    ],
    [["--route", "10.1.0.0/16", "x"], /--route/],
    [["--dns", "nobody", "x"], /--dns/],
  ];
  for (const [words, reason] of cases) {
    const { code, stderr } = await engine.run(["network", "create", ...words]);
    expect([words, code, stderr]).toEqual([words, 125, expect.stringMatching(reason)]);
  }
  const bad = await engine.run(["create", "--network", "name=bridge,driver-opt=a=b", IMAGE, "true"]);
  expect([bad.code, bad.stderr]).toEqual([125, expect.stringContaining("--driver-opt")]);
});

const SLIM = ["network", "create", "-d", "ipvlan", "-o", `parent=${PARENT}`, "--subnet", LAN.subnet, "slim"];

test.skipIf(KNOWS_IPVLAN)("an ipvlan network is refused where the kernel has no such interfaces", async () => {
  const { code, stderr } = await engine.run(SLIM);
  expect([code, stderr]).toEqual([125, expect.stringContaining("this kernel has no such interfaces")]);
});

test.skipIf(!KNOWS_IPVLAN)(
  "on an ipvlan network containers have the parent's MAC address, and its LAN reaches them",
  async () => {
    await engine.ok(SLIM);
    const web = await engine.detached(["--hostname", "web", "--network", "slim:ip=198.51.100.77"], ...WEB);
    const client = await engine.detached(["--network", "slim"], ...SLEEP);
    const mac = await script(web, "cat /sys/class/net/eth0/address");
    expect(mac).toBe((await tool("cat", `/sys/class/net/${PARENT}/address`)).trim());
    const page = await eventually(
      async () => (await onLan("curl", "-s", "--max-time", "3", "http://198.51.100.77/")).stdout,
      (text) => text !== "",
    );
    expect(page).toBe("web\n");
    const request = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 198.51.100.77 80 | tail -n 1";
    expect(await script(client, request)).toBe("web");
    await removeAll();
  },
);
