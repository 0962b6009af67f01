import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { killHard } from "../fixtures/supervision.ts";

const engine = useEngine();
const SLEEP = ["sleep", "1000"];

const addressOn = async (container: string, network: string): Promise<string> =>
  await engine.ok(["inspect", "-f", `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, container]);
/** The addresses that a container finds for a name. */
const lookUp = async (container: string, name: string, type = "a"): Promise<string[]> => {
  const { stdout } = await engine.run(["exec", container, "nslookup", `-type=${type}`, name]);
  return addressesIn(stdout);
};
const addressesIn = (text: string): string[] =>
  [...(text.split("\n\n")[1] ?? "").matchAll(/^Address: (\S+)$/gm)].map(([, address = ""]) => address);
const listeningPath = join(engine.runRoot, "names/listening");
const resolver = (): number =>
  (JSON.parse(readFileSync(listeningPath, "utf8")) as { process: { pid: number } }).process.pid;
const removeNetworks = async (): Promise<void> => {
  await engine.ok(["rm", "-f", "-a"]);
  await engine.ok(["network", "prune", "-f"]);
};

test("containers find each other by name, alias, short id and host name from their first moment, only on shared networks", async () => {
  await engine.ok(["network", "create", "--ipv6", "front"]);
  await engine.ok(["network", "create", "back"]);
  const options = ["--name", "db", "--hostname", "pg", "--network", "back:alias=store", "--network", "front"];
  const db = await engine.detached(options, ...SLEEP);
  const back = await addressOn(db, "back");
  const front = await addressOn(db, "front");
  for (const name of ["db", "pg", db.slice(0, 12), "store", "db.dns.podman", "db.back", "DB"]) {
    const output = await engine.ok(["run", "--rm", "--network", "back", IMAGE, "nslookup", "-type=a", name]);
    expect([name, addressesIn(output)]).toEqual([name, [back]]);
  }
  const peer = await engine.detached(["--network", "front"], ...SLEEP);
  expect(await lookUp(peer, "db")).toEqual([front]);
  const [front6 = ""] = await lookUp(peer, "db", "aaaa");
  expect(front6).toMatch(/^fd/);
  const format = "{{range .Subnets}}{{.Gateway}} {{end}}";
  for (const gateway of (await engine.ok(["network", "inspect", "-f", format, "front"])).trim().split(" "))
    for (const address of [front, front6])
      expect(await engine.ok(["exec", peer, "nslookup", address, gateway])).toContain("name = db.dns.podman");
  expect(await lookUp(peer, "store")).toEqual([]);
  const stranger = await engine.detached([], ...SLEEP);
  expect(await engine.ok(["exec", stranger, "cat", "/etc/resolv.conf"])).not.toContain("dns.podman");
  await removeNetworks();
});

test("siblings are found below every search domain, and the host by the names of both peers", async () => {
  await engine.ok(["network", "create", "net"]);
  await engine.detached(["--name", "db", "--network", "net"], ...SLEEP);
  const options = ["--dns-search", "corp.example", "--dns-search", "example.org", "--add-host", "gate:host-gateway"];
  const client = await engine.detached(["--network", "net", ...options], ...SLEEP);
  expect(await engine.ok(["exec", client, "grep", "search", "/etc/resolv.conf"])).toMatch(
    /^search (?=.*\bcorp\.example\b)(?=.*\bexample\.org\b)/,
  );
  const db = await addressOn("db", "net");
  for (const name of ["db", "db.corp.example", "db.example.org", "db.dns.podman", "db.net"])
    expect([name, await lookUp(client, name)]).toEqual([name, [db]]);
  expect(await lookUp(client, "db.elsewhere.example")).toEqual([]);
  const gateway = await engine.ok(["network", "inspect", "-f", "{{(index .Subnets 0).Gateway}}", "net"]);
  for (const name of ["host.docker.internal", "host.containers.internal"])
    expect([name, await lookUp(client, name)]).toEqual([name, [gateway]]);
  expect(await engine.ok(["exec", client, "grep", "gate", "/etc/hosts"])).toContain(`${gateway}\tgate`);
  await removeNetworks();
});

test("several holders of an alias take turns, also for who asks for both families, and one that has ended is gone at once", async () => {
  await engine.ok(["network", "create", "pool"]);
  const ids = [];
  for (let index = 0; index < 3; index++)
    ids.push(await engine.detached(["--network", "pool", "--network-alias", "worker"], ...SLEEP));
  const addresses = [];
  for (const id of ids) addresses.push(await addressOn(id, "pool"));
  const client = await engine.detached(["--network", "pool"], ...SLEEP);
  const firsts = new Set<string | undefined>();
  for (let round = 0; round < 6; round++) {
    const found = await lookUp(client, "worker");
    expect(found.toSorted()).toEqual(addresses.toSorted());
    firsts.add(found[0]);
  }
  expect(firsts.size).toBeGreaterThan(1);
  await engine.ok(["rm", "-f", ids[0] ?? ""]);
  expect((await lookUp(client, "worker")).toSorted()).toEqual(addresses.slice(1).toSorted());
  const both = new Set<string>();
  for (let round = 0; round < 4; round++) {
    const { stdout } = await engine.run(["exec", client, "nslookup", "worker"]);
    both.add(/^Address: (\S+)$/m.exec(stdout)?.[1] ?? "");
  }
  expect([...both].toSorted()).toEqual(addresses.slice(1).toSorted());
  await removeNetworks();
});

test("names follow rename, connect and disconnect", async () => {
  await engine.ok(["network", "create", "n1"]);
  await engine.ok(["network", "create", "n2"]);
  const client = await engine.detached(["--network", "n1"], ...SLEEP);
  const server = await engine.detached(["--name", "old", "--network", "n1"], ...SLEEP);
  await engine.ok(["rename", "old", "new"]);
  expect(await lookUp(client, "old.dns.podman")).toEqual([]);
  expect(await lookUp(client, "new")).toEqual([await addressOn(server, "n1")]);
  const plain = await engine.detached(["--name", "plain"], ...SLEEP);
  await engine.ok(["network", "connect", "--alias", "extra", "n1", plain]);
  expect(await lookUp(client, "extra")).toEqual([await addressOn(plain, "n1")]);
  expect(await lookUp(plain, "new")).toEqual([await addressOn(server, "n1")]);
  await engine.ok(["network", "disconnect", "n1", plain]);
  expect(await lookUp(client, "extra")).toEqual([]);
  expect(await engine.ok(["exec", plain, "cat", "/etc/resolv.conf"])).not.toContain("dns.podman");
  await removeNetworks();
});

test("foreign names go to the servers of the container, and nowhere from an internal network", async () => {
  const asked: string[] = [];
  // Answers every question with 192.0.2.7: the question comes back with one record after it.
  const upstream = await Bun.udpSocket({
    hostname: "127.0.77.53",
    port: 53,
    socket: {
      data: (socket, bytes, port, address) => {
        asked.push(Buffer.from(bytes.subarray(12)).toString("latin1"));
        const end = bytes.indexOf(0, 12) + 5;
        const reply = Buffer.concat([
          bytes.subarray(0, 2),
          Buffer.of(0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0),
          bytes.subarray(12, end),
          Buffer.of(0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7),
        ]);
        socket.send(reply, port, address);
      },
    },
  });
  expect(upstream.port).toBe(53);
  await engine.ok(["network", "create", "out"]);
  await engine.ok(["network", "create", "--internal", "inside"]);
  // No way leads to the first one: the second is asked.
  const servers = ["--dns", "255.255.255.255", "--dns", "127.0.77.53"];
  const id = await engine.detached(["--network", "out", ...servers], ...SLEEP);
  expect(await lookUp(id, "www.example.org")).toEqual(["192.0.2.7"]);
  const before = asked.length;
  expect(await lookUp(id, "www.example.org")).toEqual(["192.0.2.7"]);
  // Kept for the minute that the answer says.
  expect(asked.length).toBe(before);
  await lookUp(id, "nosuch.dns.podman");
  const words = ["--network", "inside", "--dns", "127.0.77.53", "--add-host", "gate:host-gateway"];
  const inner = await engine.detached(words, ...SLEEP);
  expect(await lookUp(inner, "www.example.org")).toEqual([]);
  const gateway = await engine.ok(["network", "inspect", "-f", "{{(index .Subnets 0).Gateway}}", "inside"]);
  expect(await engine.ok(["exec", inner, "grep", "gate", "/etc/hosts"])).toBe(`${gateway}\tgate`);
  expect(asked.length).toBe(before);
  upstream.close();
  await removeNetworks();
});

test("a resolver that was killed is found, and answers again after the next command", async () => {
  await engine.ok(["network", "create", "net"]);
  const server = await engine.detached(["--name", "server", "--network", "net"], ...SLEEP);
  const client = await engine.detached(["--network", "net"], ...SLEEP);
  const first = resolver();
  await killHard(first);
  const { code, stdout } = await engine.run(["system", "check"]);
  expect([code, stdout]).toEqual([1, "names: nobody answers names: who did was killed\n"]);
  await engine.detached(["--network", "net"], ...SLEEP);
  expect(resolver()).not.toBe(first);
  expect(await lookUp(client, "server")).toEqual([await addressOn(server, "net")]);
  await killHard(resolver());
  await engine.run(["system", "check", "--repair"]);
  await eventually(
    async () => await lookUp(client, "server"),
    (found) => found.length === 1,
  );
  await removeNetworks();
});

test("the resolver goes when the last container that has names is gone, and none is started without such a network", async () => {
  await engine.ok(["network", "create", "--disable-dns", "mute"]);
  await eventually(
    () => existsSync(listeningPath),
    (there) => !there,
  );
  const id = await engine.detached(["--network", "mute"], ...SLEEP);
  expect(existsSync(listeningPath)).toBe(false);
  expect(await engine.ok(["exec", id, "cat", "/etc/resolv.conf"])).not.toContain("dns.podman");
  const aliased = await engine.run(["run", "--rm", "--network", "mute:alias=x", IMAGE, "true"]);
  expect([aliased.code, aliased.stderr]).toEqual([125, expect.stringContaining("answers no names")]);
  await removeNetworks();
});

test("where another server has port 53, the container starts and its user is told that names are not answered", async () => {
  await engine.ok(["network", "create", "--subnet", "10.199.44.0/24", "taken"]);
  // Makes the bridge, so that its address can be bound.
  await engine.ok(["run", "--rm", "--network", "taken", IMAGE, "true"]);
  const other = await eventually(
    async () => {
      try {
        return await Bun.udpSocket({ hostname: "10.199.44.1", port: 53 });
      } catch {
        return undefined;
      }
    },
    (socket) => socket !== undefined,
  );
  try {
    const { code, stderr } = await engine.run(["run", "-d", "--network", "taken", IMAGE, ...SLEEP]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("names are not answered at 10.199.44.1")]);
  } finally {
    other?.close();
  }
  await removeNetworks();
});

test("by UDP and by TCP the answer is the same, in pieces and several on one connection, too", async () => {
  await engine.ok(["network", "create", "net"]);
  const id = await engine.detached(["--name", "web", "--network", "net"], ...SLEEP);
  const [pid, gateway] = (
    await engine.ok(["inspect", "-f", '{{.State.Pid}} {{(index .NetworkSettings.Networks "net").Gateway}}', id])
  ).split(" ");
  // Asks for "web" in the container's network namespace, where the host's own Bun is the client. Prints what came, in hex.
  const script = `
    const query = Buffer.from("0007010000010000000000000377656200000100" + "01", "hex");
    const framed = Buffer.concat([Buffer.of(0, query.length), query]);
    const udp = Promise.withResolvers();
    const socket = await Bun.udpSocket({ connect: { hostname: "${gateway}", port: 53 }, socket: { data: (_, bytes) => udp.resolve(Buffer.from(bytes).toString("hex")) } });
    socket.send(query);
    const one = await udp.promise;
    const tcp = Promise.withResolvers();
    let got = Buffer.alloc(0);
    const stream = await Bun.connect({ hostname: "${gateway}", port: 53, socket: { data: (_, bytes) => {
      got = Buffer.concat([got, bytes]);
      if (got.length >= 2 * (2 + one.length / 2)) tcp.resolve(got.toString("hex"));
    } } });
    stream.write(framed.subarray(0, 5));
    await Bun.sleep(20);
    stream.write(Buffer.concat([framed.subarray(5), framed]));
    console.log(one, await tcp.promise);
    process.exit(0);`;
  const { stdout, stderr } = await runCommand(["nsenter", "-t", pid ?? "", "-n", process.execPath, "-e", script]);
  const [udp = "", tcp] = stdout.trim().split(" ");
  const address = (await addressOn(id, "net")).split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  expect({ stderr, end: udp.slice(-8) }).toEqual({ stderr: "", end: address.join("") });
  const framed = (udp.length / 2).toString(16).padStart(4, "0") + udp;
  expect(tcp).toBe(framed + framed);
  await removeNetworks();
});
