import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Bench, RowId } from "./measures.ts";
import { measureRooms } from "./network-rooms.ts";
import type { Peer } from "./peers.ts";
import { output, time } from "./process.ts";

const NAMES = 5;
const STREAMS = 5;
const PORTS = "20000-20999";
/** The host's iperf3 in a container that has none, by the host's own loader and libraries. */
const ON_HOST = ["-v", "/usr:/host:ro"];
const [TRIPLET, LOADER] =
  process.arch === "x64"
    ? ["x86_64-linux-gnu", "ld-linux-x86-64.so.2"]
    : ["aarch64-linux-gnu", "ld-linux-aarch64.so.1"];
const IPERF = [`/host/lib/${TRIPLET}/${LOADER}`, "--library-path", `/host/lib/${TRIPLET}`, "/host/bin/iperf3"];

/** A thousand ports, a name from its first moment, a stream between two containers; what the rooms below take, for Estiba alone. */
export async function measureNetwork(bench: Bench, peer: Peer): Promise<void> {
  const { place, small } = bench;
  const tag = randomBytes(3).toString("hex");
  const run = (...words: string[]): string => output(place, [...peer.argv, ...words]).trim();
  const remove = (...names: string[]): void => void run("rm", "-f", ...peer.rmFlags, ...names);
  const record = (of: RowId, value: number): void => bench.record({ of, peer: peer.name, value });
  // Docker would start two thousand processes for it, and nobody could use the machine for minutes.
  if (peer.name !== "docker") {
    const ported = ["run", "-d", "--name", `ports-${tag}`, "-p", `${PORTS}:${PORTS}`, small, "sleep", "1000"];
    record("ports-1000", time(place, [...peer.argv, ...ported]) / 1000);
    remove(`ports-${tag}`);
  }
  run("network", "create", `net-${tag}`);
  run("run", "-d", "--name", `ask-${tag}`, "--network", `net-${tag}`, small, "sleep", "1000");
  for (let round = 0; round < NAMES; round += 1) record("name", await timeName(run, { tag, round, small }));
  record("names-rate", namesRate(run, tag));
  remove(`ask-${tag}`, ...Array.from({ length: NAMES }, (_, round) => `name-${tag}-${round}`));
  const network = ["--network", `net-${tag}`, ...ON_HOST];
  run("run", "-d", "--name", `serve-${tag}`, ...network, small, ...IPERF, "-s");
  run("run", "-d", "--name", `send-${tag}`, ...network, small, "sleep", "1000");
  const address = run("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", `serve-${tag}`);
  const send = ["exec", `send-${tag}`, ...IPERF, "-c", address, "-J", "-t", "1"];
  await using bare = await openBarePair(tag);
  // By turns: what the machine does besides hits both.
  for (let round = 0; round < STREAMS; round += 1) {
    const own = gigabits(run(...send));
    record("stream", bare.gigabits() / own);
  }
  remove(`serve-${tag}`, `send-${tag}`);
  run("network", "rm", `net-${tag}`);
  if (peer.name === "estiba") measureRooms(join(place.folder, `rooms-${tag}`), record);
}

type Named = { readonly tag: string; readonly round: number; readonly small: string };

/** Milliseconds from the start of a container until its name is answered; 0 for one that was answered before. */
async function timeName(run: (...words: string[]) => string, { tag, round, small }: Named): Promise<number> {
  const name = `name-${tag}-${round}`;
  const { server, pid } = nameServerOf(run, tag);
  const poller = Bun.spawn(
    ["nsenter", "--net", "-t", pid, process.execPath, join(import.meta.dir, "ask-name.ts"), server, name],
    { stdout: "pipe", stderr: "inherit" },
  );
  const reader = poller.stdout.getReader();
  // It says a line when it asks for the first time.
  await reader.read();
  run("run", "-d", "--name", name, "--network", `net-${tag}`, small, "sleep", "1000");
  const answer = await reader.read();
  const answeredAt = Number(Buffer.from(answer.value ?? []).toString());
  const [document] = JSON.parse(run("inspect", name)) as { State: { StartedAt: string } }[];
  return Math.max(0, answeredAt - Date.parse(document?.State.StartedAt ?? ""));
}

/** How many questions for the name of a neighbour are answered in a second; the client has as much to do as the server. */
function namesRate(run: (...words: string[]) => string, tag: string): number {
  const { server, pid } = nameServerOf(run, tag);
  const argv = ["nsenter", "--net", "-t", pid, process.execPath, join(import.meta.dir, "flood-names.ts")];
  return Number(output({ env: { PATH: process.env["PATH"] ?? "" } }, [...argv, server, `name-${tag}-0`]));
}

function nameServerOf(run: (...words: string[]) => string, tag: string): { server: string; pid: string } {
  return {
    server: /^nameserver (\S+)/m.exec(run("exec", `ask-${tag}`, "cat", "/etc/resolv.conf"))?.[1] ?? "",
    pid: run("inspect", "-f", "{{.State.Pid}}", `ask-${tag}`),
  };
}

/** Two namespaces on a bridge of nobody's, with iperf3 in each. */
async function openBarePair(tag: string): Promise<AsyncDisposable & { readonly gigabits: () => number }> {
  const bridge = `bare${tag}`;
  const run = (...argv: string[]): string => output({ env: { PATH: process.env["PATH"] ?? "" } }, argv);
  run("ip", "link", "add", bridge, "type", "bridge");
  run("ip", "link", "set", bridge, "up");
  const machines = ["1", "2"].map((number) => {
    const machine = Bun.spawn(["unshare", "--net", "sleep", "1000"], { stdio: ["ignore", "ignore", "ignore"] });
    return { number, machine, enter: ["nsenter", "--net", "-t", String(machine.pid)] };
  });
  await Bun.sleep(200);
  for (const { number, machine, enter } of machines) {
    const peer = ["peer", "name", "eth0", "netns", String(machine.pid)];
    run("ip", "link", "add", `b${number}${tag}`, "master", bridge, "type", "veth", ...peer);
    run("ip", "link", "set", `b${number}${tag}`, "up");
    run(...enter, "ip", "link", "set", "eth0", "up");
    run(...enter, "ip", "address", "add", `192.0.2.${number}/24`, "dev", "eth0");
  }
  const [server, client] = machines.map(({ enter }) => enter);
  const serving = Bun.spawn([...(server ?? []), "iperf3", "-s"], { stdio: ["ignore", "ignore", "ignore"] });
  await Bun.sleep(500);
  return {
    gigabits: () => gigabits(run(...(client ?? []), "iperf3", "-c", "192.0.2.1", "-J", "-t", "1")),
    [Symbol.asyncDispose]: async () => {
      serving.kill("SIGKILL");
      for (const { machine } of machines) machine.kill("SIGKILL");
      await Promise.all([serving.exited, ...machines.map(({ machine }) => machine.exited)]);
      run("ip", "link", "delete", bridge);
    },
  };
}

function gigabits(json: string): number {
  const { end } = JSON.parse(json) as { end: { sum_received: { bits_per_second: number } } };
  return end.sum_received.bits_per_second / 1e9;
}
