import { describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { eventually, IMAGE, runCommand, testRuntimes, useEngine } from "../fixtures/engine.ts";
import { freePorts } from "../fixtures/free-port.ts";

const engine = useEngine();
const WEB = ["sh", "-c", "mkdir /www && echo hello >/www/index.html && exec httpd -f -p 80 -h /www"];
// Busybox has no UDP server: the host's own Bun is one.
const UDP_ECHO = [
  "chroot",
  "/host",
  process.execPath,
  "-e",
  "await Bun.udpSocket({ port: 5000, socket: { data: (socket, bytes, port, address) => socket.send(bytes, port, address) } })",
];

const page = async (address: string): Promise<string> => {
  const { stdout } = await runCommand(["curl", "-s", "--max-time", "2", `http://${address}/`]);
  return stdout.trim();
};

const shows = async (address: string): Promise<void> => {
  expect(
    await eventually(
      () => page(address),
      (text) => text !== "",
    ),
  ).toBe("hello");
};

const hostAddress = (): string | undefined =>
  Object.entries(networkInterfaces())
    .filter(([name]) => !name.startsWith("estiba"))
    .flatMap(([, addresses]) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

/** A port that is free at this moment, on both protocols. */
function freePort(): number {
  using server = Bun.listen({ hostname: "0.0.0.0", port: 0, socket: { data: () => undefined } });
  return server.port;
}

for (const { name: runtime, why } of testRuntimes()) {
  const title = why === undefined ? `with ${runtime}` : `with ${runtime}, skipped: ${why}`;
  describe.skipIf(why !== undefined)(title, () => {
    const run = async (...args: string[]) => await engine.ok(["--runtime", runtime, "run", ...args]);

    test("without a network there is only the loopback, and it is up", async () => {
      const output = await run("--rm", "--network", "none", IMAGE, "sh", "-c", "ls /sys/class/net; ip addr show lo");
      expect(output).toStartWith("lo\n");
      expect(output).toContain("127.0.0.1/8");
      expect(output).toContain("LOOPBACK,UP");
    });

    test("on the host's network the interfaces, ports and names are the host's", async () => {
      // Interfaces of other containers come and go meanwhile.
      const lasting = Object.keys(networkInterfaces()).filter((name) => !/^(estiba|veth)/.test(name));
      const seen = (await run("--rm", "--network", "host", IMAGE, "ls", "/sys/class/net")).split("\n");
      expect(seen).toEqual(expect.arrayContaining(lasting));
      expect(await run("--rm", "--network", "host", IMAGE, "hostname")).toBe((await Bun.$`hostname`.text()).trim());
    });

    test("on the bridge it has an address, a way out and names", async () => {
      const output = await run(
        "--rm",
        "--name",
        "alone",
        IMAGE,
        "sh",
        "-c",
        "ip -4 addr show eth0; ip route; cat /etc/hosts",
      );
      expect(output).toMatch(/inet (10|172)\.\d+\.\d+\.\d+\/\d+/);
      expect(output).toMatch(/default via (10|172)\.\d+\.\d+\.1 dev eth0/);
      expect(output).toMatch(/^(10|172)\.\S+\s+.*\balone\b/m);
      expect(output).toMatch(/^127\.0\.0\.1\s+localhost/m);
    });

    test("a published port is reached over localhost, the host's address and the container's own", async () => {
      const port = freePort();
      const id = await run("-d", "-p", `${port}:80`, IMAGE, ...WEB);
      await shows(`127.0.0.1:${port}`);
      await shows(`localhost:${port}`);
      const address = hostAddress();
      if (address !== undefined) await shows(`${address}:${port}`);
      await shows(await engine.ok(["inspect", "--format", "{{.NetworkSettings.IPAddress}}", id]));
      expect(await engine.ok(["ps", "--format", "{{.Ports}}"])).toContain(`0.0.0.0:${port}->80/tcp`);
      await engine.ok(["stop", "-t", "0", id]);
      expect((await runCommand(["curl", "-s", "--max-time", "2", `http://127.0.0.1:${port}/`])).code).toBe(7);
    });

    test("a UDP port is published", async () => {
      const port = freePort();
      await run("-d", "-p", `127.0.0.1:${port}:5000/udp`, "-v", "/:/host:ro", IMAGE, ...UDP_ECHO);
      const socket = createSocket("udp4");
      try {
        const answer = Promise.withResolvers<string>();
        socket.on("message", (bytes) => answer.resolve(bytes.toString()));
        // The server needs a moment, and UDP tells nobody.
        const again = setInterval(() => socket.send("ping", port, "127.0.0.1"), 50);
        try {
          expect(await answer.promise).toBe("ping");
        } finally {
          clearInterval(again);
        }
      } finally {
        socket.close();
      }
    });
  });
}

test("a random port is picked, shown and works", async () => {
  const id = await engine.detached(["-p", "80", "-p", "127.0.0.1::81"], ...WEB);
  const ports = JSON.parse(await engine.ok(["inspect", "--format", "{{json .NetworkSettings.Ports}}", id])) as Record<
    string,
    { HostIp: string; HostPort: string }[]
  >;
  expect(Object.keys(ports).toSorted()).toEqual(["80/tcp", "81/tcp"]);
  expect(ports["81/tcp"]?.[0]?.HostIp).toBe("127.0.0.1");
  await shows(`127.0.0.1:${ports["80/tcp"]?.[0]?.HostPort}`);
});

test("a range of ports is published one to one", async () => {
  const first = await freePorts(3);
  const script = "mkdir /www && echo hello >/www/index.html && httpd -p 8001 -h /www && exec httpd -f -p 8002 -h /www";
  await engine.detached(["-p", `127.0.0.1:${first}-${first + 2}:8000-8002`], "sh", "-c", script);
  await shows(`127.0.0.1:${first + 1}`);
  await shows(`127.0.0.1:${first + 2}`);
});

test("of a range for one port, containers that start at once take one each, and pass over what others hold", async () => {
  const first = await freePorts(4);
  using _held = Bun.listen({ hostname: "127.0.0.1", port: first + 1, socket: { data: () => undefined } });
  const range = `${first}-${first + 3}`;
  const start = async (): Promise<string> => await engine.detached(["-p", `127.0.0.1:${range}:80`], ...WEB);
  const ids = await Promise.all([start(), start(), start()]);
  const ports = await Promise.all(ids.map(async (id) => await engine.ok(["port", id, "80"])));
  expect(ports.toSorted()).toEqual([0, 2, 3].map((offset) => `127.0.0.1:${first + offset}`).toSorted());
  await Promise.all(ports.map(shows));
  const late = await engine.run(["run", "--rm", "-p", `127.0.0.1:${range}:80`, IMAGE, "true"]);
  expect(late.code).toBe(125);
  expect(late.stderr).toContain(`every tcp port of 127.0.0.1:${range} is in use`);
  // What was asked for stays the range.
  const asked = await engine.ok(["inspect", "--format", "{{json .HostConfig.PortBindings}}", ids[0] ?? ""]);
  expect(JSON.parse(asked)).toEqual({ "80/tcp": [{ HostIp: "127.0.0.1", HostPort: range }] });
});

test("a port in use is refused, naming the port and its holder, and the container can start when it is free", async () => {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const refused = await engine.run(["run", "-d", "--name", "late", "-p", `${server.port}:80`, IMAGE, "sleep", "100"]);
  expect(refused.code).toBe(125);
  expect(refused.stderr).toContain(String(server.port));
  expect(refused.stderr).toMatch(/uses it|in use/);
  server.stop(true);
  expect(await engine.ok(["start", "late"])).toBe("late");
  const second = await engine.run(["run", "--rm", "-p", `${server.port}:80`, IMAGE, "true"]);
  expect(second.code).toBe(125);
  expect(second.stderr).toMatch(new RegExp(`${server.port}.*container`));
});

test("malformed and impossible ports are refused, each for its own reason", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["80:", /container port/],
    ["x:80", /"x"/],
    ["1-2:80-82", /differ/],
    ["80:80/icmp", /icmp/],
    ["70000:80", /70000/],
    ["1.2.3.4.5:80:80", /1\.2\.3\.4\.5/],
    ["203.0.113.77:8080:80", /not this host's/],
    ["0:80-", /80-/],
  ];
  for (const [text, pattern] of cases) {
    const { code, stderr } = await engine.run(["run", "--rm", "-p", text, IMAGE, "true"]);
    expect({ text, code }).toEqual({ text, code: 125 });
    expect(stderr).toMatch(pattern);
  }
});

test.each(["host", "none"])("ports on the network %s are discarded with a warning", async (mode) => {
  const options = ["-d", "--network", mode, "-p", "8080:80", "-P", "--expose", "90"];
  const { code, stdout, stderr } = await engine.run(["run", ...options, IMAGE, "sleep", "60"]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `WARN: Published ports are discarded when using ${mode} network mode\n`,
  });
  const bound = "{{json .NetworkSettings.Ports}} {{json .HostConfig.PortBindings}} {{.HostConfig.PublishAllPorts}}";
  expect(await engine.ok(["inspect", "--format", bound, stdout.trim()])).not.toContain("8080");
  expect(await engine.ok(["port", stdout.trim()])).toBe("");
  const { code: asPod, stderr: refusal } = await engine.run(["pod", "create", "--network", mode, "-p", "8080:80"]);
  expect({ asPod, refusal }).toEqual({ asPod: 125, refusal: expect.stringContaining(`--network ${mode}`) });
});

test("containers reach each other by address, and addresses are given back", async () => {
  const first = await engine.detached([], ...WEB);
  const address = await engine.ok(["inspect", "--format", "{{.NetworkSettings.IPAddress}}", first]);
  const fetched = await eventually(
    () => engine.run(["run", "--rm", IMAGE, "wget", "-q", "-O", "-", `http://${address}/`]),
    ({ code }) => code === 0,
  );
  expect(fetched.stdout).toBe("hello\n");
  await engine.ok(["rm", "-f", first]);
  await engine.expectClean();
});

test.each(["bridge", "host"])(
  "name servers and hosts of one's own are written down on the network %s",
  async (mode) => {
    const output = await engine.ok([
      "run",
      "--rm",
      "--network",
      mode,
      "--dns=192.0.2.1",
      "--dns-search=example.test",
      "--dns-option=ndots:2",
      "--add-host=box:192.0.2.9",
      IMAGE,
      "cat",
      "/etc/resolv.conf",
      "/etc/hosts",
    ]);
    expect(output.match(/^nameserver .*/gm)).toEqual(["nameserver 192.0.2.1"]);
    expect(output).toContain("search example.test");
    expect(output).toContain("options ndots:2");
    expect(output).toMatch(/192\.0\.2\.9\s+box/);
  },
);

test.each(["bridge", "own", "host"])("on %s, the host is reached by its two names", async (network) => {
  if (network === "own") await engine.ok(["network", "create", "own"]);
  using server = Bun.serve({ hostname: "0.0.0.0", port: 0, fetch: () => new Response("the host") });
  for (const name of ["host.containers.internal", "host.docker.internal"]) {
    const fetching = ["wget", "-qO-", `http://${name}:${server.port}/`];
    expect([name, await engine.ok(["run", "--rm", "--network", network, IMAGE, ...fetching])]).toEqual([
      name,
      "the host",
    ]);
  }
  if (network === "own") await engine.ok(["network", "rm", "own"]);
});

test.each(["bridge", "own", "none"])(
  "on %s, a host that cannot be written down leaves no address taken",
  async (network) => {
    if (network === "own") await engine.ok(["network", "create", "own"]);
    const run = ["run", "--rm", "--network", network, "--add-host", "box:nowhere", IMAGE, "true"];
    const { code, stderr } = await engine.run(run);
    expect([code, stderr]).toEqual([125, expect.stringContaining('"nowhere" is no IP address')]);
    await engine.expectClean();
    if (network === "own") await engine.ok(["network", "rm", "own"]);
  },
);
