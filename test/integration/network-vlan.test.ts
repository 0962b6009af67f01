import { expect, test } from "bun:test";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { tool, tried, useLan } from "../fixtures/lan-machine.ts";

const engine = useEngine();
const lan = useLan();
const WEB = ["sh", "-c", "mkdir -p /www && hostname >/www/index.html && exec httpd -f -p 80 -h /www"];
// Other kernels take the option, and do not heed it.
const KNOWS_VLANS = / vlan_filtering 1 /.test(
  tried("ip link add br0 type bridge vlan_filtering 1; ip -d link show br0"),
);

const removeAll = async (): Promise<void> => {
  await engine.ok(["rm", "-f", "-t", "0", "--all"]);
  await engine.ok(["network", "prune", "--force"]);
};

test.skipIf(KNOWS_VLANS)("an option vlan that this kernel's bridges would not heed is refused", async () => {
  const { code, stderr } = await engine.run(["network", "create", "-o", "vlan=20", "x"]);
  expect([code, stderr]).toEqual([125, expect.stringContaining("this kernel's bridges know no VLANs")]);
  expect(stderr).toContain("mode=unmanaged with a bridge of that VLAN, or the driver macvlan on an interface of it");
});

/** A cable from a bridge to the machine on the LAN, which carries tags of the VLANs 20 and 30; there each is an interface, v20 and v30. */
async function addTrunk(bridge: string): Promise<AsyncDisposable> {
  const cable = `${bridge}c`;
  const words = ["link", "add", cable, "master", bridge, "type", "veth", "peer", "name", "trunk", "netns"];
  await tool("ip", ...words, lan.pid());
  await tool("ip", "link", "set", cable, "up");
  for (const vlan of ["20", "30"]) {
    await tool("bridge", "vlan", "add", "vid", vlan, "dev", cable);
    for (const setting of [
      `link add link trunk name v${vlan} type vlan id ${vlan}`,
      `address add 203.0.113.${vlan}/24 dev v${vlan}`,
      "link set trunk up",
      `link set v${vlan} up`,
    ])
      expect(await lan.run("ip", ...setting.split(" "))).toMatchObject({ code: 0 });
  }
  return { [Symbol.asyncDispose]: async () => void (await runCommand(["ip", "link", "delete", cable])) };
}

const fetchBy = async (device: string) =>
  await lan.run("curl", "-s", "--max-time", "3", "--interface", device, "http://203.0.113.77/");

test.skipIf(!KNOWS_VLANS)(
  "with a VLAN, containers are reached by a trunk's packets of that VLAN, and of no other",
  async () => {
    const bridge = `estv${process.pid % 100_000}`;
    const options = ["-o", "vlan=20", "--interface-name", bridge, "--subnet", "203.0.113.0/24"];
    await engine.ok(["network", "create", ...options, "office"]);
    const words = ["--hostname", "web", "--network", "office:ip=203.0.113.77", "-p", "127.0.0.1::80"];
    const web = await engine.detached(words, ...WEB);
    await using _trunk = await addTrunk(bridge);
    const page = async (): Promise<string> => (await fetchBy("v20")).stdout;
    expect(await eventually(page, (text) => text !== "")).toBe("web\n");
    expect((await fetchBy("v30")).code).not.toBe(0);
    // The host is in it, as the gateway and for published ports.
    const local = await runCommand([
      "curl",
      "-s",
      "--max-time",
      "3",
      `http://${await engine.ok(["port", web, "80/tcp"])}/`,
    ]);
    expect(local.stdout).toBe("web\n");
    expect(await engine.ok(["exec", web, "ip", "route"])).toContain("default via 203.0.113.1 dev eth0");
    await engine.expectClean();
    await removeAll();
  },
);

test.skipIf(!KNOWS_VLANS)(
  "on a bridge of others that keeps VLANs apart, a container is in its network's VLAN alone",
  async () => {
    const bridge = `estw${process.pid % 100_000}`;
    await tool("ip", "link", "add", bridge, "type", "bridge");
    try {
      await tool("ip", "link", "set", bridge, "up");
      const there = ["-o", "mode=unmanaged", "-o", "vlan=20", "--interface-name", bridge];
      const create = ["network", "create", ...there, "--subnet", "203.0.113.0/24", "--gateway", "203.0.113.20", "lan"];
      const refused = await engine.run(create);
      expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("does not keep VLANs apart")]);
      await tool("ip", "link", "set", bridge, "type", "bridge", "vlan_filtering", "1");
      await engine.ok(create);
      const web = await engine.detached(["--hostname", "web", "--network", "lan:ip=203.0.113.77"], ...WEB);
      await using _trunk = await addTrunk(bridge);
      const page = async (): Promise<string> => (await fetchBy("v20")).stdout;
      expect(await eventually(page, (text) => text !== "")).toBe("web\n");
      expect((await fetchBy("v30")).code).not.toBe(0);
      const links = JSON.parse(await tool("ip", "-j", "link", "show")) as { ifname: string; ifalias?: string }[];
      const port = links.find(({ ifalias }) => ifalias === `${web} lan`)?.ifname;
      const [shown] = JSON.parse(await tool("bridge", "-j", "vlan", "show", "dev", port ?? "")) as {
        vlans: object[];
      }[];
      expect(shown?.vlans).toEqual([{ vlan: 20, flags: ["PVID", "Egress Untagged"] }]);
      await tool("ip", "link", "set", bridge, "type", "bridge", "vlan_filtering", "0");
      const late = await engine.run(["run", "--rm", "--network", "lan", IMAGE, "true"]);
      expect([late.code, late.stderr]).toEqual([125, expect.stringContaining("does not keep VLANs apart")]);
      await removeAll();
    } finally {
      await runCommand(["ip", "link", "delete", bridge]);
    }
  },
);
