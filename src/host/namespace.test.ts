import { expect, test } from "bun:test";
import { closeSync, readFileSync, readlinkSync } from "node:fs";
import { ERRNO } from "./errno.ts";
import { makeNetns, syscallInside } from "./namespace.ts";
import { listLinks } from "./netlink/route.ts";
import { NETLINK, NetlinkSocket } from "./netlink/socket.ts";
import { fdPath } from "./openat.ts";
import { AT_FDCWD } from "./syscall.ts";
import { readSysctl, writeSysctl, writeSysctls } from "./sysctl.ts";

const where = (): string => readlinkSync("/proc/thread-self/ns/net");
const LIFETIME = "net/ipv4/tcp_keepalive_time";

test("a call is made inside, and its errno is told; the thread is at home after both, and after a namespace that is none", () => {
  const home = where();
  const netns = makeNetns();
  expect(where()).toBe(home);
  expect(readlinkSync(fdPath(netns))).not.toBe(home);
  const fd = syscallInside(netns, "openat", AT_FDCWD, "/proc/thread-self/ns/net", 0);
  expect(readlinkSync(fdPath(fd))).toBe(readlinkSync(fdPath(netns)));
  expect(syscallInside(netns, "openat", AT_FDCWD, "/proc/sys/net/nowhere", 0)).toBe(-ERRNO.ENOENT);
  expect(where()).toBe(home);
  closeSync(fd);
  closeSync(netns);
  expect(() => syscallInside(netns, "openat", AT_FDCWD, "/", 0)).toThrow("entering a network namespace: EBADF");
  expect(where()).toBe(home);
});

test("what was opened inside is of there: sockets, sysctls, and the sysctls of a folder", () => {
  const netns = makeNetns();
  const before = readSysctl(LIFETIME);
  expect(writeSysctl(LIFETIME, "99", netns)).toBe(true);
  expect(writeSysctl("net/ipv4/nowhere", "1", netns)).toBe(false);
  writeSysctls("net/ipv4", { tcp_keepalive_probes: "7" }, netns);
  writeSysctls("net/nowhere", { at_all: "7" }, netns);
  const values = ["tcp_keepalive_time", "tcp_keepalive_probes"].map((name) => {
    const fd = syscallInside(netns, "openat", AT_FDCWD, `/proc/sys/net/ipv4/${name}`, 0);
    const value = readFileSync(fd, "utf8").trim();
    closeSync(fd);
    return value;
  });
  expect(values).toEqual(["99", "7"]);
  expect(readSysctl(LIFETIME)).toBe(before);
  expect(readSysctl("net/ipv4/tcp_keepalive_probes")).not.toBe("7");
  {
    using socket = new NetlinkSocket(NETLINK.ROUTE, netns);
    expect(listLinks(socket).map(({ name }) => name)).toEqual(["lo"]);
  }
  closeSync(netns);
});
