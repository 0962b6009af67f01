import { expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { openEngine } from "../../src/engine/engine.ts";
import { shiftPorts } from "../../src/engine/network/shift-ports.ts";
import { networkRoot } from "../../src/network/root-id.ts";
import { eventually, IMAGE, runCommand, useEngine } from "../fixtures/engine.ts";
import { freePort } from "../fixtures/free-port.ts";

const engine = useEngine();
const GROUP = ["--publish-group", "shop"];
const WEB = ["sh", "-c", "mkdir -p /www && hostname >/www/index.html && exec httpd -f -p 80 -h /www"];
/** With three that answer, one of them is missed once in a million times. */
const ROUNDS = 36;
const AT_ONCE = 6;

const replica = async (name: string, port: number, ...options: string[]): Promise<string> =>
  await engine.detached(
    ["--name", name, "--hostname", name, ...GROUP, "-p", `${port}:80`, "--stop-timeout", "0", ...options],
    ...WEB,
  );
/** Who answers; a connection of its own. */
const ask = async (port: number, host = "127.0.0.1"): Promise<string> => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect({ port, host });
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes.toString();
  });
  socket.on("error", () => resolve(""));
  socket.on("close", () => resolve(text.split("\n").at(-2) ?? ""));
  socket.setTimeout(10_000, () => socket.destroy());
  socket.write("GET / HTTP/1.0\r\n\r\n");
  return await promise;
};
/** Who answers of many connections. */
async function answers(port: number, host = "127.0.0.1"): Promise<string[]> {
  const names = new Set<string>();
  // Busybox lets no more than nine wait.
  for (let round = 0; round < ROUNDS; round += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, async () => await ask(port, host));
    for (const name of await Promise.all(some)) names.add(name);
  }
  return [...names].toSorted();
}
const ready = async (container: string): Promise<void> =>
  void (await eventually(
    async () => (await engine.run(["exec", container, "wget", "-q", "-O", "-", "http://127.0.0.1/"])).code,
    (code) => code === 0,
  ));

test("the containers of a group share a host port, over IPv4 and IPv6, and each leaves without a trace", async () => {
  const port = await freePort();
  for (const name of ["a", "b", "c"]) await ready(await replica(name, port));
  const gateway = await engine.ok(["inspect", "--format", "{{.NetworkSettings.IPv6Gateway}}", "a"]);
  for (const host of ["127.0.0.1", ...(gateway === "" ? [] : [gateway])]) {
    expect([host, await answers(port, host)]).toEqual([host, ["a", "b", "c"]]);
  }
  expect(await engine.ok(["port", "b"])).toContain(`80/tcp -> 0.0.0.0:${port}`);
  await engine.expectClean();
  await engine.ok(["stop", "b"]);
  expect(await answers(port)).toEqual(["a", "c"]);
  await engine.ok(["rm", "-f", "a"]);
  expect(await answers(port)).toEqual(["c"]);
  await engine.ok(["rm", "-f", "c"]);
  expect(await ask(port)).toBe("");
});

test("the port is nobody else's: not another group's, nor a single container's, nor a program's", async () => {
  const port = await freePort();
  await replica("a", port);
  for (const options of [[], ["--publish-group", "other"]]) {
    const { code, stderr } = await engine.run(["run", "--rm", ...options, "-p", `${port}:80`, IMAGE, "true"]);
    expect([code, stderr]).toEqual([125, expect.stringMatching(/the container [0-9a-f]{12} uses it/)]);
  }
  expect(() => Bun.listen({ hostname: "0.0.0.0", port, socket: { data: () => undefined } })).toThrow();
  await engine.ok(["rm", "-f", "a"]);
  // And it is the next group's, or container's, as soon as the last one is gone.
  await ready(await engine.detached(["--name", "d", "--publish-group", "other", "-p", `${port}:80`], ...WEB));
  await engine.ok(["rm", "-f", "-t", "0", "d"]);
  expect(await engine.ok(["run", "--rm", "-p", `${port}:80`, IMAGE, "echo", "mine"])).toBe("mine");
});

test("a container on standby gets nothing until the port is shifted to it, in one step and for its next starts", async () => {
  const port = await freePort();
  await ready(await replica("old", port));
  await ready(await replica("new", port, "--publish-standby"));
  expect(await answers(port)).toEqual(["old"]);
  // Asked all the time: nobody is ever turned away.
  const seen = new Set<string>();
  const asking = { on: true };
  const client = (async () => {
    while (asking.on) seen.add(await ask(port));
  })();
  const own = openEngine({ root: engine.root, runRoot: engine.runRoot });
  await shiftPorts(own, { into: ["new"], outOf: ["old"] });
  expect(await answers(port)).toEqual(["new"]);
  asking.on = false;
  await client;
  expect([...seen].filter((name) => name !== "old" && name !== "new")).toEqual([]);
  await engine.expectClean();
  await engine.ok(["restart", "-t", "0", "old", "new"]);
  await ready("new");
  expect(await answers(port)).toEqual(["new"]);
  await engine.ok(["rm", "-f", "old", "new"]);
});

test("after a flush of all rules, reload shares the port out again; a slot that is missing or strange is found", async () => {
  const port = await freePort();
  for (const name of ["a", "b"]) await ready(await replica(name, port));
  const { table } = networkRoot(engine.runRoot);
  await runCommand(["nft", "flush", "map", "inet", table, "any4s"]);
  await runCommand(["nft", "add", "element", "inet", table, "any4s", "{ tcp . 1 . 0 : 10.0.0.1 . 1 }"]);
  const found = await engine.run(["system", "check"]);
  expect(found.code).toBe(1);
  expect(found.stdout).toContain("is not in the nft map");
  expect(found.stdout).toContain("any4s belongs to no container");
  await engine.ok(["system", "check", "--repair"]);
  expect(await answers(port)).toEqual(["a", "b"]);
  await runCommand(["nft", "delete", "table", "inet", table]);
  await engine.ok(["network", "reload", "--all"]);
  expect(await answers(port)).toEqual(["a", "b"]);
  await engine.ok(["rm", "-f", "a", "b"]);
});

test("a UDP client finds another container when its own leaves the group", async () => {
  const port = await freePort();
  // Busybox has no UDP server: the host's own Bun is one.
  const server = `await Bun.udpSocket({ port: 5000, socket: { data: (socket, _, port, address) => socket.send(process.env.HOSTNAME, port, address) } })`;
  for (const name of ["a", "b"]) {
    const options = ["--name", name, "--hostname", name, ...GROUP, "-p", `127.0.0.1:${port}:5000/udp`];
    await engine.detached([...options, "-v", "/:/host:ro"], "chroot", "/host", process.execPath, "-e", server);
  }
  using client = new UdpClient(port);
  const first = await client.answered();
  expect(["a", "b"]).toContain(first);
  // The flow stays where it is.
  for (let round = 0; round < 5; round++) expect(await client.answered()).toBe(first);
  await engine.ok(["rm", "-f", "-t", "0", first]);
  const other = first === "a" ? "b" : "a";
  expect(await client.answered()).toBe(other);
  await engine.ok(["rm", "-f", "-t", "0", other]);
});

test("what does not fit the group is said", async () => {
  for (const [options, told] of [
    [["--publish-standby"], "--publish-group"],
    [["--publish-group", "a b"], "a name of letters"],
  ] as const) {
    const { code, stderr } = await engine.run(["create", ...options, "-p", "1:1", IMAGE, "true"]);
    expect([code, stderr]).toEqual([125, expect.stringContaining(told)]);
  }
});

/** A socket that asks again and again, from one port. */
class UdpClient implements Disposable {
  readonly #socket = createSocket("udp4");
  readonly #port: number;
  #last = "";

  constructor(port: number) {
    this.#port = port;
    this.#socket.on("message", (text) => {
      this.#last = text.toString();
    });
    // Nobody there yet: asked again.
    this.#socket.on("error", () => undefined);
  }

  async answered(): Promise<string> {
    this.#last = "";
    return await eventually(
      () => {
        this.#socket.send("who?", this.#port, "127.0.0.1");
        return this.#last;
      },
      (text) => text !== "",
    );
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
