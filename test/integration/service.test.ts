import { expect, test } from "bun:test";
import { existsSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { makeCertificates } from "../fixtures/certificates.ts";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { payloadOf, rawRequest } from "../fixtures/raw-http.ts";
import { NO_DOCKER, TestService, useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);

test("the socket is its owner's alone, and goes with the service", async () => {
  const other = new TestService(engine, engine.path("own.sock"));
  await other.start();
  expect(statSync(other.socket).mode & 0o777).toBe(0o600);
  expect(await other.end()).toBe(0);
  expect(existsSync(other.socket)).toBe(false);
});

test("a group may be let in", async () => {
  const other = new TestService(engine, engine.path("group.sock"));
  await other.start(["--group", "daemon"]);
  const { mode, gid } = statSync(other.socket);
  expect({ mode: mode & 0o777, gid }).toEqual({ mode: 0o660, gid: 1 });
  await other.end();
  const { code, stderr } = await engine.run([
    "system",
    "service",
    "--group",
    "no-such-group",
    `unix://${other.socket}`,
  ]);
  expect({ code, stderr }).toEqual({ code: 125, stderr: expect.stringContaining('there is no group "no-such-group"') });
});

test("a dead socket of ours is replaced; a live one, a link and a file are left alone", async () => {
  const killed = new TestService(engine, engine.path("dead.sock"));
  await killed.start();
  await killed.end("SIGKILL");
  expect(lstatSync(killed.socket).isSocket()).toBe(true);
  await killed.start();
  const refused = async (path: string): Promise<string> => {
    const { code, stderr } = await engine.run(["system", "service", `unix://${path}`]);
    expect(code).toBe(125);
    return stderr;
  };
  expect(await refused(killed.socket)).toContain("a socket on which another service answers");
  symlinkSync(killed.socket, engine.path("link.sock"));
  expect(await refused(engine.path("link.sock"))).toContain("there is a link");
  writeFileSync(engine.path("file.sock"), "precious");
  expect(await refused(engine.path("file.sock"))).toContain("a file that is no socket");
  expect(await Bun.file(engine.path("file.sock")).text()).toBe("precious");
  await killed.end();
});

test("it ends when nobody has asked anything for a while, but not while a stream is open", async () => {
  const other = new TestService(engine, engine.path("idle.sock"));
  await other.start(["--time", "1"]);
  const stop = new AbortController();
  const events = await fetch("http://localhost/events", { unix: other.socket, signal: stop.signal });
  await Bun.sleep(1500);
  expect(await other.answers()).toBe(true);
  stop.abort();
  await events.text().catch(() => undefined);
  expect(await other.ended()).toBe(0);
});

test("a socket that systemd hands over is used, and left there", async () => {
  const path = engine.path("activated.sock");
  const script = `
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(8)
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
`;
  const child = Bun.spawn(
    ["python3", "-c", script, path, ...engine.argv(["system", "service", "--time", "1", "fd://"])],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  await eventually(
    () => existsSync(path),
    (there) => there,
  );
  const response = await fetch("http://localhost/_ping", { unix: path });
  expect(await response.text()).toBe("OK");
  expect(await child.exited).toBe(0);
  expect(lstatSync(path).isSocket()).toBe(true);
});

test("TCP without certificates of clients is refused", async () => {
  const { code, stderr } = await engine.run(["system", "service", "tcp://127.0.0.1:0"]);
  expect(code).toBe(125);
  expect(stderr).toContain("whoever reaches it would be root here");
});

test("TCP lets in who has a certificate of the CA, and nobody else; streams work there, too", async () => {
  const { pem, port } = await makeCertificates(engine.path("tls"));
  const tls = ["--tls-cert", pem("server"), "--tls-key", pem("server-key"), "--tls-client-ca", pem("ca")];
  const child = Bun.spawn(engine.argv(["system", "service", ...tls, `tcp://127.0.0.1:${port}`]), {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ask = async (name: string | undefined): Promise<string> => {
    const own = name === undefined ? [] : ["--cert", pem(name), "--key", pem(`${name}-key`)];
    const curl = ["curl", "-s", "-m", "10", "--cacert", pem("ca"), ...own, `https://127.0.0.1:${port}/_ping`];
    return (await runCommand(curl)).stdout;
  };
  await eventually(
    async () => await ask("client"),
    (answer) => answer === "OK",
  );
  expect([await ask(undefined), await ask("stranger")]).toEqual(["", ""]);
  if (NO_DOCKER === undefined) {
    const flags = ["--tlsverify", "--tlscacert", pem("ca"), "--tlscert", pem("client"), "--tlskey", pem("client-key")];
    const docker = ["docker", ...flags, "-H", `tcp://127.0.0.1:${port}`, "run", "--rm", "-i", IMAGE, "sh", "-c"];
    const { stdout } = await runCommand([...docker, "cat; sleep 1; echo late"], { stdin: "in\n" });
    expect(stdout).toBe("in\nlate\n");
  }
  child.kill();
  expect(await child.exited).toBe(0);
});

test("it is small when idle, and a hundred clients at once are all answered", async () => {
  const fresh = new TestService(engine, engine.path("fresh.sock"));
  await fresh.start();
  expect(fresh.privateBytes()).toBeLessThan(40_000_000);
  await engine.detached(["--name", "box"], "sleep", "1000");
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const { State } = await fresh.json<{ State: { Running: boolean } }>("GET", "/containers/box/json");
      return State.Running;
    }),
  );
  expect(answers).toEqual(Array.from({ length: 100 }, () => true));
  expect(fresh.privateBytes()).toBeLessThan(120_000_000);
  await fresh.end();
});

test("a DOCKER_HOST of its surroundings, which names another engine, is nothing to the service", async () => {
  const path = engine.path("host.sock");
  const child = Bun.spawn(engine.argv(["system", "service", `unix://${path}`]), {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DOCKER_HOST: `unix://${path}` },
  });
  await eventually(
    () => existsSync(path),
    (there) => there,
  );
  child.kill();
  expect(await child.exited).toBe(0);
});

test("killed and started again between two requests, nothing is lost: exec, its exit code, a container's end", async () => {
  await engine.detached(["--name", "box"], "sleep", "1000");
  const exec = { Cmd: ["sh", "-c", "exit 5"], AttachStdout: true };
  const { Id } = await service.json<{ Id: string }>("POST", "/containers/box/exec", exec, 201);
  await service.end("SIGKILL");
  await service.start();
  await service.json("POST", `/exec/${Id}/start`, { Detach: true });
  await service.end("SIGKILL");
  await service.start();
  const ended = await eventually(
    async () => await service.json<{ Running: boolean; ExitCode: number | null }>("GET", `/exec/${Id}/json`),
    ({ Running }) => !Running,
  );
  expect(ended.ExitCode).toBe(5);
  await service.json(
    "POST",
    "/containers/create?name=auto",
    { Image: IMAGE, Cmd: ["true"], HostConfig: { AutoRemove: true } },
    201,
  );
  await service.json("POST", "/containers/auto/start", undefined, 204);
  await service.end("SIGKILL");
  await service.start();
  await eventually(
    async () => (await service.request("GET", "/containers/auto/json")).status,
    (status) => status === 404,
  );
});

test("of two services on one root that are asked to start one exec at the same moment, one does", async () => {
  const other = new TestService(engine, engine.path("second.sock"));
  await other.start();
  await engine.detached(["--name", "shared"], "sleep", "1000");
  const exec = { Cmd: ["sh", "-c", "echo once >> /starts"], AttachStdout: true };
  const ids = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const made = await service.json<{ Id: string }>("POST", "/containers/shared/exec", exec, 201);
      return made.Id;
    }),
  );
  const start = async (at: TestService, id: string): Promise<number> =>
    (await at.request("POST", `/exec/${id}/start`, { Detach: true })).status;
  for (const id of ids) {
    const statuses = await Promise.all([start(service, id), start(other, id)]);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 409]);
  }
  const starts = async (): Promise<string> => await engine.ok(["exec", "shared", "sh", "-c", "cat /starts || true"]);
  const lines = await eventually(starts, (text) => text.split("\n").length >= ids.length);
  expect(lines.split("\n")).toEqual(ids.map(() => "once"));
  expect(await other.end()).toBe(0);
});

test("log options come back as they were given, and so does a range of host ports", async () => {
  const given = { "max-size": "1m", "max-file": "3", tag: "x", labels: "a,b" };
  const HostConfig = {
    LogConfig: { Type: "json-file", Config: given },
    PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8000-8010" }] },
  };
  await service.json("POST", "/containers/create?name=kept", { Image: IMAGE, Cmd: ["true"], HostConfig }, 201);
  const { HostConfig: shown } = await service.json<{ HostConfig: unknown }>("GET", "/containers/kept/json");
  expect(shown).toMatchObject(HostConfig);
  // Podman's view has the size in units of its own.
  expect(await engine.ok(["inspect", "--format", "{{.HostConfig.LogConfig.Size}}", "kept"])).toBe("1MB");
});

test("who publishes ports on the host's network is told that they are discarded", async () => {
  const body = {
    Image: IMAGE,
    HostConfig: { NetworkMode: "host", PortBindings: { "80/tcp": [{ HostPort: "8080" }] } },
  };
  const { Warnings } = await service.json<{ Warnings: unknown }>("POST", "/containers/create", body, 201);
  expect(Warnings).toEqual(["Published ports are discarded when using host network mode"]);
});

test("after system reset the service goes on with what is there then", async () => {
  const other = engine.path("reset");
  mkdirSync(other);
  const argv = (...args: string[]): string[] =>
    engine.argv(args).map((word) => word.replace(engine.root, `${other}/root`).replace(engine.runRoot, `${other}/run`));
  const path = engine.path("reset.sock");
  await runCommand(argv("volume", "create", "v"));
  const child = Bun.spawn(argv("system", "service", `unix://${path}`), { stdio: ["ignore", "ignore", "inherit"] });
  await eventually(
    () => existsSync(path),
    (there) => there,
  );
  const list = async (): Promise<unknown> =>
    await (await fetch("http://localhost/containers/json?all=1", { unix: path })).json();
  expect(await list()).toEqual([]);
  expect((await runCommand(argv("system", "reset", "--force"))).code).toBe(0);
  await runCommand(argv("load", "-i", engine.images.get(IMAGE)?.layout ?? ""));
  await runCommand(argv("create", "--name", "new", IMAGE, "true"));
  expect(await list()).toEqual([expect.objectContaining({ Names: ["/new"] })]);
  child.kill();
  expect(await child.exited).toBe(0);
  await runCommand(argv("system", "reset", "--force"));
});

test("an old client that hijacks without saying so gets raw bytes both ways, and may end its own side first", async () => {
  await service.json(
    "POST",
    "/containers/create?name=raw",
    { Image: IMAGE, Cmd: ["sh", "-c", "cat; sleep 1; echo late"], OpenStdin: true, StdinOnce: true },
    201,
  );
  const raw = await rawRequest(
    service.socket,
    "POST /containers/raw/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n",
  );
  await raw.until("\r\n\r\n");
  expect(raw.text()).toStartWith("HTTP/1.1 200 OK\r\n");
  await service.json("POST", "/containers/raw/start", undefined, 204);
  raw.send("hello\n");
  raw.endInput();
  await raw.ended();
  expect(raw.text().split("\r\n\r\n")[1]).toBe("\u0001\0\0\0\0\0\0\u0006hello\n\u0001\0\0\0\0\0\0\u0005late\n");
});

test("headers tell what clients choose their ways by: versions, the builder, the kind of a stream, what is at a path", async () => {
  const ping = await service.request("HEAD", "/_ping");
  expect(Object.fromEntries(ping.headers)).toMatchObject({
    "api-version": "1.50",
    "builder-version": "1",
    "docker-experimental": "false",
    ostype: "linux",
    swarm: "inactive",
    "cache-control": "no-cache, no-store, must-revalidate",
    pragma: "no-cache",
  });
  for (const [name, Tty] of [["plain", false] as const, ["shell", true] as const]) {
    await service.json("POST", `/containers/create?name=${name}`, { Image: IMAGE, Cmd: ["true"], Tty }, 201);
  }
  const typeOf = async (version: string, name: string): Promise<string | null> => {
    const response = await service.request("GET", `${version}/containers/${name}/logs?stdout=1`);
    await response.bytes();
    return response.headers.get("content-type");
  };
  expect([await typeOf("", "plain"), await typeOf("/v1.41", "plain"), await typeOf("/v1.42", "shell")]).toEqual([
    "application/vnd.docker.multiplexed-stream",
    "application/vnd.docker.raw-stream",
    "application/vnd.docker.raw-stream",
  ]);
  const there = await service.request("HEAD", "/containers/plain/archive?path=/etc");
  const stat = Buffer.from(there.headers.get("x-docker-container-path-stat") ?? "", "base64").toString();
  // The mode is Go's: its bit for a folder is the highest.
  expect(JSON.parse(stat)).toMatchObject({ name: "etc", mode: 2 ** 31 + 0o755, linkTarget: "" });
});

test("BuildKit's own protocol is declined, in the way that its clients take for an answer", async () => {
  for (const path of ["/grpc", "/session", "/v1.50/session"]) {
    const head = `POST ${path} HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n`;
    const raw = await rawRequest(service.socket, head);
    await raw.ended();
    expect(raw.text()).toStartWith("HTTP/1.1 404 ");
  }
});

/** One frame of a client, as it has to be: masked. */
function masked(opcode: number, text: string): Buffer {
  const mask = [1, 2, 3, 4];
  const bytes = Buffer.from(text).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | bytes.length, ...mask]), bytes]);
}

test("through a websocket output comes as it is, whatever its stream; input goes in, a ping is answered, and both say goodbye", async () => {
  const body = { Image: IMAGE, Cmd: ["sh", "-c", "cat >&2"], OpenStdin: true, StdinOnce: true };
  await service.json("POST", "/containers/create?name=web", body, 201);
  await service.json("POST", "/containers/web/start", undefined, 204);
  const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const raw = await rawRequest(
    service.socket,
    `GET /containers/web/attach/ws?stream=1&stdin=1&stdout=1&stderr=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n`,
  );
  await raw.until("\r\n\r\n");
  expect(raw.text()).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
  raw.send(masked(2, "hello\n"));
  await raw.until("hello\n");
  raw.send(masked(9, "there?"));
  await raw.until("there?");
  raw.send(masked(8, ""));
  await raw.ended();
  expect(raw.text().split("\r\n\r\n")[1]).toBe("\x82\x06hello\n\x8a\x06there?\x88\x02\x03\xe8");
});

test("clients that vanish leave nothing behind: attach, exec, logs, events, stats, wait", async () => {
  await engine.detached(["--name", "box", "-i"], "sleep", "1000");
  await service.json("GET", "/containers/box/json");
  const before = service.descriptors();
  const upgrade = "HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n";
  const heads = [
    `POST /containers/box/attach?stream=1&stdin=1&stdout=1 ${upgrade}\r\n`,
    `POST /containers/box/attach?stream=1&stdout=1 ${upgrade}\r\n`,
    "POST /containers/box/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n",
    "GET /containers/box/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: d\r\n\r\n",
    "GET /events HTTP/1.1\r\nHost: d\r\n\r\n",
    "GET /containers/box/stats HTTP/1.1\r\nHost: d\r\n\r\n",
    "POST /containers/box/wait HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n",
  ];
  for (let round = 0; round < 5; round++) {
    const clients = await Promise.all(
      heads.map(async (head) => {
        const client = await rawRequest(service.socket, head);
        await client.until("\r\n\r\n");
        return client;
      }),
    );
    for (const client of clients) client.vanish();
  }
  const exec = { Cmd: ["sleep", "1000"], AttachStdout: true };
  const { Id } = await service.json<{ Id: string }>("POST", "/containers/box/exec", exec, 201);
  const client = await rawRequest(
    service.socket,
    `POST /exec/${Id}/start ${upgrade}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
  );
  await client.until("\r\n\r\n");
  client.vanish();
  await eventually(
    () => service.descriptors(),
    (count) => count <= before + 1,
  );
  await service.json("POST", "/containers/box/kill", undefined, 204);
});

test("a slow reader holds the container back, and loses nothing", async () => {
  const script = "i=0; while [ $i -lt 3000 ]; do printf '%01000d\\n' $i; i=$((i+1)); done";
  await service.json("POST", "/containers/create?name=loud", { Image: IMAGE, Cmd: ["sh", "-c", script] }, 201);
  const raw = await rawRequest(
    service.socket,
    "POST /containers/loud/attach?stream=1&stdout=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n",
  );
  await raw.until("\r\n\r\n");
  raw.pause();
  await service.json("POST", "/containers/loud/start", undefined, 204);
  await Bun.sleep(1000);
  const { State } = await service.json<{ State: { Running: boolean } }>("GET", "/containers/loud/json");
  expect(State.Running).toBe(true);
  raw.resume();
  await raw.ended();
  const body = raw.text().slice(raw.text().indexOf("\r\n\r\n") + 4);
  const lines = Array.from({ length: 3000 }, (_, index) => `${String(index).padStart(1000, "0")}\n`);
  expect(payloadOf(body) === lines.join("")).toBe(true);
});
