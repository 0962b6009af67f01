import { readFileSync } from "node:fs";
import { join } from "node:path";
import { median } from "../stats.ts";
import { ask, type Cluster, type ClusterNode, within } from "./nodes.ts";
import { runningCommand } from "./processes.ts";
import type { Record } from "./rows.ts";
import { allRun, declare, newService, removeService } from "./tasks.ts";
import type { Change } from "./watch-name.ts";

const REPLICAS = 6;
const PATIENCE_MS = 60_000;
const NETWORK = "back";

/** Somebody in a container of a node, who asks for a name all the time; `addresses` is what was said last. */
type Watcher = Disposable & { readonly seen: { addresses: readonly string[] }; readonly goneAt: Map<string, number> };

/** Tasks are killed one after the other: how long the name of their service leads to them, until the last node knows. */
export async function measureEndpoints(cluster: Cluster, record: Record, times: number): Promise<void> {
  const [first] = cluster.nodes;
  if (first === undefined) throw new Error("there is a manager");
  ask(first, "network", "create", "--driver", "overlay", NETWORK);
  const [web, eye] = [newService("web"), newService("eye")];
  const quick = ["--restart-delay", "100ms", "--endpoint-mode", "dnsrr", "--network", NETWORK];
  declare(cluster, first, web, "--replicas", String(REPLICAS), ...quick);
  declare(cluster, first, eye, "--mode", "global", "--network", NETWORK);
  await allRun(first, web, REPLICAS);
  await allRun(first, eye, cluster.nodes.length);
  using held = new DisposableStack();
  const watchers = cluster.nodes.map((node) => held.use(watch(node, eye.name, web.name)));
  const areSettled = (): boolean =>
    new Set(watchers.map(({ seen }) => seen.addresses.join(" "))).size === 1 &&
    watchers[0]?.seen.addresses.length === REPLICAS;
  const took: number[] = [];
  for (let time = 0; time < times; time += 1) {
    await within(PATIENCE_MS, `names of ${REPLICAS} tasks on all nodes`, areSettled);
    const [pid] = runningCommand(...web.command);
    if (pid === undefined) throw new Error("no task runs");
    const ip = addressAmong(pid, watchers[0]?.seen.addresses ?? []);
    const killed = performance.timeOrigin + performance.now();
    process.kill(pid, "SIGKILL");
    await within(PATIENCE_MS, `the end of the address ${ip}`, () => watchers.every(({ goneAt }) => goneAt.has(ip)));
    took.push(Math.max(...watchers.map(({ goneAt }) => goneAt.get(ip) ?? 0)) - killed);
    for (const { goneAt } of watchers) goneAt.clear();
  }
  record("cluster-endpoint", median(took));
  record("cluster-endpoint-most", took.toSorted((a, b) => a - b)[Math.ceil(took.length * 0.99) - 1] ?? Number.NaN);
  await removeService(first, web);
  await removeService(first, eye);
}

/** Which of the addresses is that of a process's network. */
function addressAmong(pid: number, addresses: readonly string[]): string {
  const { stdout } = Bun.spawnSync(["nsenter", `--net=/proc/${pid}/ns/net`, "ip", "-4", "-o", "addr"]);
  const own = [...stdout.toString().matchAll(/inet ([\d.]+)\//g)].map(([, ip = ""]) => ip);
  const found = own.find((ip) => addresses.includes(ip));
  if (found === undefined) throw new Error(`none of ${own.join(", ")} is an address of the service`);
  return found;
}

function watch(node: ClusterNode, watching: string, name: string): Watcher {
  const label = `label=com.docker.swarm.service.name=${watching}`;
  const container = ask(node, "ps", "-q", "--filter", label).split("\n")[0] ?? "";
  const pid = ask(node, "inspect", "--format", "{{.State.Pid}}", container);
  const server = /^nameserver (\S+)/m.exec(readFileSync(`/proc/${pid}/root/etc/resolv.conf`, "utf8"))?.[1] ?? "";
  const argv = ["nsenter", "--net", "-t", pid, process.execPath, join(import.meta.dir, "watch-name.ts"), server, name];
  const child = Bun.spawn(argv, { stdout: "pipe", stderr: "inherit" });
  const seen: { addresses: readonly string[] } = { addresses: [] };
  const goneAt = new Map<string, number>();
  void follow(child.stdout, ({ at, addresses }) => {
    for (const ip of seen.addresses) if (!addresses.includes(ip)) goneAt.set(ip, at);
    for (const ip of addresses) goneAt.delete(ip);
    seen.addresses = addresses;
  });
  return { seen, goneAt, [Symbol.dispose]: () => child.kill("SIGKILL") };
}

async function follow(stream: ReadableStream<Uint8Array>, tell: (change: Change) => void): Promise<void> {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + Buffer.from(chunk).toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) tell(JSON.parse(line) as Change);
  }
}
