import { describe, expect, test } from "bun:test";
import { hostHostsText, hostResolvText, hostsText, resolvText } from "./files.ts";

const host = (resolvConf: string, systemdResolved = ""): { resolvConf: string; systemdResolved: string } => ({
  resolvConf,
  systemdResolved,
});

describe("/etc/hosts", () => {
  test("has Docker's shape: localhost, four lines of IPv6, extra hosts, a line per address", () => {
    expect(
      hostsText({
        addresses: ["10.64.0.2", "fd00::2"],
        names: ["0123456789ab", "web"],
        extraHosts: ["db:10.0.0.5", "a;b:[fd00::9]"],
      }),
    ).toBe(
      [
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost ip6-localhost ip6-loopback",
        "fe00::0\tip6-localnet",
        "ff00::0\tip6-mcastprefix",
        "ff02::1\tip6-allnodes",
        "ff02::2\tip6-allrouters",
        "10.0.0.5\tdb",
        "fd00::9\ta b",
        "10.64.0.2\t0123456789ab web",
        "fd00::2\t0123456789ab web",
        "",
      ].join("\n"),
    );
  });

  test("names a host once when hostname and name are the same", () => {
    expect(hostsText({ addresses: ["10.64.0.2"], names: ["web", "web"] })).toEndWith("\n10.64.0.2\tweb\n");
  });

  test("has no line of its own without an address", () => {
    expect(hostsText({ addresses: [], names: ["web"] })).toEndWith("ip6-allrouters\n");
  });

  test("an extra host is told from its address by a colon or an equals sign", () => {
    const text = hostsText({ addresses: [], names: [], extraHosts: ["db=10.0.0.5", "six=fd00::9", "a=[fd00::8]"] });
    expect(text).toEndWith("10.0.0.5\tdb\nfd00::9\tsix\nfd00::8\ta\n");
  });

  test("host-gateway stands for the gateway", () => {
    const options = { addresses: [], names: [], extraHosts: ["host.docker.internal:host-gateway"] };
    expect(hostsText({ ...options, gateway: "10.64.0.1" })).toEndWith(
      "10.64.0.1\thost.docker.internal\n10.64.0.1\thost.containers.internal\n",
    );
    expect(() => hostsText(options)).toThrow("no network of the container leads to the host");
  });

  test("names the host where the container reaches it, but for a name that is given another address", () => {
    const options = { addresses: ["10.64.0.2"], names: ["web"], gateway: "10.64.0.1" };
    expect(hostsText(options)).toEndWith("10.64.0.1\thost.containers.internal host.docker.internal\n10.64.0.2\tweb\n");
    expect(hostsText({ ...options, extraHosts: ["db;host.containers.internal:10.0.0.5"] })).toEndWith(
      "10.0.0.5\tdb host.containers.internal\n10.64.0.1\thost.docker.internal\n10.64.0.2\tweb\n",
    );
  });

  test("on the host's network is the host's after what is given, and the host is the loopback address", () => {
    expect(hostHostsText("127.0.0.1 localhost\n", ["db:host-gateway"])).toBe(
      "127.0.0.1\tdb\n127.0.0.1\thost.containers.internal host.docker.internal\n127.0.0.1 localhost\n",
    );
  });

  test.each(["db", ":10.0.0.5", "db:", "db:10.0.0", "d b:10.0.0.5", "db\n1.1.1.1 x:10.0.0.5"])(
    "refuses the extra host %j",
    (text) => {
      expect(() => hostsText({ addresses: [], names: [], extraHosts: [text] })).toThrow("cannot add the host");
    },
  );
});

describe("/etc/resolv.conf", () => {
  test("keeps the host's servers, search and options", () => {
    const conf =
      "# made by hand\nnameserver 10.0.0.53\nsearch a.test b.test\nnameserver fd00::53\noptions ndots:2 rotate\n";
    expect(resolvText(host(conf))).toEqual({
      text: "nameserver 10.0.0.53\nnameserver fd00::53\nsearch a.test b.test\noptions ndots:2 rotate\n",
      warning: undefined,
    });
  });

  test("leaves out servers that only the host itself can reach", () => {
    const conf = "nameserver 127.0.0.1\nnameserver ::1\nnameserver fe80::1%eth0\nnameserver 10.0.0.53\n";
    expect(resolvText(host(conf)).text).toBe("nameserver 10.0.0.53\n");
  });

  test("takes systemd-resolved's real servers", () => {
    const real = "nameserver 192.0.2.53\nsearch corp.test\n";
    const stub = "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch corp.test\n";
    expect(resolvText(host(stub, real)).text).toBe("nameserver 192.0.2.53\nsearch corp.test\n");
  });

  test("warns, and puts no public server in, when nothing can be reached", () => {
    const { text, warning } = resolvText(host("nameserver 127.0.0.1\nsearch a.test\n"));
    expect(text).toBe("search a.test\n");
    expect(warning).toContain("--dns");
  });

  test("what the user names replaces what the host has", () => {
    const conf = "nameserver 10.0.0.53\nsearch a.test\noptions rotate\n";
    const wanted = { servers: ["192.0.2.1"], search: ["."], options: ["ndots:1"] };
    expect(resolvText(host(conf), wanted).text).toBe("nameserver 192.0.2.1\noptions ndots:1\n");
    expect(resolvText(host(conf), { servers: [], search: [], options: [] }).text).toBe(
      "nameserver 10.0.0.53\nsearch a.test\noptions rotate\n",
    );
  });

  test("nothing else than what is given stands there where that is wanted", () => {
    const conf = "nameserver 10.0.0.53\nsearch a.test\noptions rotate\n";
    const given = { servers: ["192.0.2.1"], ownSearch: ["own.test"], nothingElse: true };
    expect(resolvText(host(conf), given)).toEqual({ text: "nameserver 192.0.2.1\n", warning: undefined });
    expect(hostResolvText(conf, { ...given, search: ["b.test"] })).toBe("nameserver 192.0.2.1\nsearch b.test\n");
  });

  test("own search domains stand first, and not at all where none are wanted", () => {
    const searched = (...search: string[]): string =>
      resolvText(host("nameserver 10.0.0.53\nsearch a.test\n"), { search, ownSearch: ["own.test"] }).text;
    expect(searched()).toContain("search own.test a.test\n");
    expect(searched("b.test")).toContain("search own.test b.test\n");
    expect(searched(".")).toBe("nameserver 10.0.0.53\n");
  });

  test("of several search lines the last one counts", () => {
    expect(resolvText(host("domain a.test\nsearch b.test\nnameserver 10.0.0.53\n")).text).toContain("search b.test\n");
  });

  test("on the host's network it is the host's, each kind of line but where something else is given", () => {
    const conf = "# made by hand\nnameserver 127.0.0.53\nnameserver fe80::1%eth0\ndomain a.test\noptions rotate\n";
    expect(hostResolvText(conf, { servers: [], search: [], options: [] })).toBe(conf);
    expect(hostResolvText(conf, { servers: ["192.0.2.1"] })).toBe(
      "# made by hand\ndomain a.test\noptions rotate\nnameserver 192.0.2.1\n",
    );
    expect(hostResolvText(conf, { search: ["b.test"], options: ["ndots:1"] })).toBe(
      "# made by hand\nnameserver 127.0.0.53\nnameserver fe80::1%eth0\nsearch b.test\noptions ndots:1\n",
    );
    expect(hostResolvText(conf, { search: ["."] })).not.toContain("a.test");
  });
});
