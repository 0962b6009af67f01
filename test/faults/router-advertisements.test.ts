// CVE-2020-13401: a container that says it is a router is believed neither by the host nor by its siblings.
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { eventually, runCommand, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const NO_IPV6 = existsSync("/proc/net/if_inet6") ? "" : ", skipped: this host has no IPv6";

/** A router advertisement to all nodes: a way out for half an hour, and a prefix to make addresses of. */
const ADVERTISE = `
import socket, struct
with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sender:
    link = socket.if_nametoindex("eth0")
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    router = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
    prefix = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    prefix += socket.inet_pton(socket.AF_INET6, "2001:db8:bad::")
    sender.sendto(router + prefix, ("ff02::1", 0, 0, link))
`;

test.skipIf(NO_IPV6 !== "")(
  `a container that advertises itself as a router leads nobody astray${NO_IPV6}`,
  async () => {
    await engine.ok(["network", "create", "--ipv6", "net"]);
    const start = async (name: string, ...options: string[]): Promise<string> => {
      await engine.detached(["--name", name, "--network", "net", ...options], "sleep", "1000");
      return await engine.ok(["inspect", "--format", "{{.State.Pid}}", name]);
    };
    const evil = await start("evil", "--cap-add", "NET_RAW");
    const [sibling, gullible] = [await start("sibling"), await start("gullible")];
    const inside = (pid: string, ...words: string[]) => runCommand(["nsenter", "-t", pid, "-n", ...words]);
    const learned = async (pid: string): Promise<string> => {
      const { stdout } = await inside(
        pid,
        "sh",
        "-c",
        "ip -6 route show proto ra; ip -6 addr show to 2001:db8:bad::/64",
      );
      return stdout;
    };
    // One that believes it shows that it was sent, and has arrived.
    const believe = "echo 2 >/proc/sys/net/ipv6/conf/eth0/accept_ra";
    expect((await inside(gullible, "sh", "-c", believe)).code).toBe(0);
    await eventually(
      async () => {
        expect((await inside(evil, "python3", "-c", ADVERTISE)).stderr).toBe("");
        return await learned(gullible);
      },
      (text) => text.includes("default") && text.includes("2001:db8:bad:"),
    );
    expect(await learned(sibling)).toBe("");
    expect(await learned(evil)).toBe("");
    expect(await learned(String(process.pid))).not.toContain("2001:db8:bad:");
    const link = await engine.ok(["network", "inspect", "--format", "{{.NetworkInterface}}", "net"]);
    expect((await runCommand(["ip", "-6", "route", "show", "dev", link, "proto", "ra"])).stdout).toBe("");
    await engine.ok(["rm", "-f", "-a"]);
    await engine.ok(["network", "rm", "net"]);
  },
);
