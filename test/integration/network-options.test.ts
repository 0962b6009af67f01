import { expect, test } from "bun:test";
import { IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();

const inside = async (network: string, script: string): Promise<string> =>
  await engine.ok(["run", "--rm", "--network", network, IMAGE, "sh", "-c", script]);
const isLink = async (name: string): Promise<boolean> => (await runCommand(["ip", "link", "show", name])).code === 0;

test("a bridge has the name that was chosen, in either peer's words, until its network goes", async () => {
  const names = ["a", "b"].map((letter) => `estb${letter}${process.pid % 100_000}`);
  const [own = "", docker = ""] = names;
  await engine.ok(["network", "create", "--interface-name", own, "own"]);
  await engine.ok(["network", "create", "-o", `com.docker.network.bridge.name=${docker}`, "docker"]);
  for (const [network, bridge] of [
    ["own", own],
    ["docker", docker],
  ] as const) {
    expect(await engine.ok(["network", "inspect", "-f", "{{.NetworkInterface}}", network])).toBe(bridge);
    expect(await inside(network, "ip route | grep -c default")).toBe("1");
    expect(await isLink(bridge)).toBe(true);
  }
  const taken = await engine.run(["network", "create", "--interface-name", own, "again"]);
  expect([taken.code, taken.stderr]).toEqual([125, expect.stringContaining(own)]);
  const strange = await engine.run(["network", "create", "--interface-name", "lo", "again"]);
  expect([strange.code, strange.stderr]).toEqual([125, expect.stringContaining("lo")]);
  await engine.ok(["network", "rm", "own", "docker"]);
  for (const name of names) expect(await isLink(name)).toBe(false);
});

test("options of the driver say how long packets are, how interfaces are called, and whether there is a way out", async () => {
  const prefix = "com.docker.network";
  const options = [`${prefix}.driver.mtu=1300`, `${prefix}.container_iface_prefix=lan`, "no_default_route=1"];
  await engine.ok(["network", "create", ...options.flatMap((option) => ["--opt", option]), "odd"]);
  expect(await inside("odd", "cat /sys/class/net/lan0/mtu; ls /sys/class/net; ip route")).toMatch(
    /^1300\nlan0\nlo\n\S+ dev lan0 [^\n]*$/,
  );
  expect(JSON.parse(await engine.ok(["network", "inspect", "odd"]))[0].options).toEqual(
    Object.fromEntries(options.map((option) => option.split("="))),
  );
  // Too short for IPv6.
  await engine.ok(["network", "create", "--opt", "mtu=1000", "short"]);
  expect(await inside("short", "cat /sys/class/net/eth0/mtu; ip route | grep -c default")).toBe("1000\n1");
  const six = await engine.run(["network", "create", "--opt", "mtu=1000", "--subnet", "fd47:9::/64", "six"]);
  expect([six.code, six.stderr]).toEqual([125, expect.stringContaining("the least mtu is 1280")]);
  await engine.ok(["network", "rm", "odd", "short"]);
});

test("a network may say at which address of the host ports are published that name none", async () => {
  const option = "com.docker.network.bridge.host_binding_ipv4";
  for (const [network, address] of [
    ["home", "127.0.0.1"],
    ["all", "0.0.0.0"],
  ] as const) {
    await engine.ok(["network", "create", "--opt", `${option}=${address}`, network]);
    const ports = ["-p", "80", "-p", "127.0.0.2::81"];
    await engine.ok(["run", "-d", "--name", network, "--network", network, ...ports, IMAGE, "sleep", "1000"]);
    const shown = (await engine.ok(["port", network])).replaceAll(/:\d+/g, "");
    expect(shown).toBe(`80/tcp -> ${address}\n81/tcp -> 127.0.0.2`);
    await engine.ok(["rm", "-f", "-t", "0", network]);
    await engine.ok(["network", "rm", network]);
  }
  const { code, stderr } = await engine.run(["network", "create", "--opt", `${option}=::1`, "six"]);
  expect([code, stderr]).toEqual([125, expect.stringContaining("it takes an IPv4 address")]);
});

test("the host has no address of its own on the cable of a container", async () => {
  await engine.ok(["network", "create", "--ipv6", "six"]);
  const id = await engine.detached(["--network", "six"], "sleep", "1000");
  const shown = async <T>(...words: string[]): Promise<T[]> =>
    JSON.parse((await runCommand(["ip", "-j", ...words])).stdout) as T[];
  const links = await shown<{ ifalias?: string; ifname: string }>("link", "show");
  const own = links.find(({ ifalias }) => ifalias === `${id} six`)?.ifname ?? "";
  const [found] = await shown<{ operstate: string; addr_info: object[] }>("address", "show", "dev", own);
  expect([found?.operstate, found?.addr_info]).toEqual(["UP", []]);
  await engine.ok(["network", "rm", "-f", "-t", "0", "six"]);
});

test("a network without a name gets one, and labels and filters find it", async () => {
  const name = await engine.ok(["network", "create", "--label", "tier=front", "--label", "bare"]);
  expect(await engine.ok(["network", "ls", "-q", "--filter", "label=tier=front", "--filter", "label=bare"])).toBe(name);
  expect(await engine.ok(["network", "ls", "-q", "--filter", "label=tier=back"])).toBe("");
  expect(await engine.ok(["network", "ls", "-q", "--filter", `name=^${name}$`, "--filter", "driver=bridge"])).toBe(
    name,
  );
  const labels = '{{.Labels}} {{json .Labels}} {{.Label "tier"}}';
  expect(await engine.ok(["network", "ls", "--filter", "label=tier", "--format", labels])).toBe(
    'bare=,tier=front "bare=,tier=front" front',
  );
  // The default network is nothing to take away, though nobody is on it.
  expect(await engine.ok(["network", "ls", "-q", "--filter", "dangling=true"])).toBe(name);
  expect(await engine.ok(["network", "ls", "-q", "--filter", "dangling=false"])).toBe("bridge");
  expect(await engine.ok(["network", "prune", "-f", "--filter", "label!=tier"])).toBe("");
  expect(await engine.ok(["network", "prune", "-f", "--filter", "label=tier"])).toBe(name);
});
