import { randomInt } from "node:crypto";
import { ask, attempt, type Cluster, type ClusterNode, leaderOf, loseMachine, within } from "./nodes.ts";
import { privateMegabytes, runningCommand } from "./processes.ts";
import type { Record } from "./rows.ts";

const CROWD_SIZE = 60;
const SPREAD = 20;
const PATIENCE_MS = 120_000;

/** A service whose tasks can be told from all others by their command. */
export type Service = { readonly name: string; readonly command: readonly [string, string] };

const CROWD: Service = newService("crowd");

/** Declares a service without waiting for it. */
export function declare(
  { image, words }: Cluster,
  by: ClusterNode,
  { name, command }: Service,
  ...options: readonly string[]
): void {
  const usual = ["-d", ...words, "--name", name, "--stop-grace-period", "1s", ...options];
  ask(by, "service", "create", ...usual, image, ...command);
}

export function newService(name: string): Service {
  return { name, command: ["sleep", String(randomInt(1e8, 1e9))] };
}

/** Resolves when so many of its processes run, and a manager says so: the seconds since `started`. */
export async function allRun(
  by: ClusterNode,
  { name, command }: Service,
  count: number,
  started: number = performance.now(),
): Promise<number> {
  const what = `${count} tasks of ${name}`;
  await within(PATIENCE_MS, what, () => runningCommand(...command).length === count, started);
  return await within(PATIENCE_MS, `the manager's word on ${what}`, () => countOf(by, name) >= count, started);
}

/** How many tasks run, as a manager says it: Swarm counts those on lost machines as well. */
export function countOf(by: ClusterNode, name: string): number {
  return Number.parseInt(ask(by, "service", "ls", "--filter", `name=${name}`, "--format", "{{.Replicas}}"), 10);
}

export async function removeService(by: ClusterNode, { name, command }: Service): Promise<void> {
  ask(by, "service", "rm", name);
  await within(PATIENCE_MS, `the end of ${name}`, () => runningCommand(...command).length === 0);
}

/** Sixty tasks, from their declaration until all run, on the network that they get and on the nodes' own; the engines' memory then. */
export async function measureDeclare(cluster: Cluster, record: Record): Promise<void> {
  const [first] = cluster.nodes;
  const worker = cluster.nodes.at(-1);
  if (first === undefined || worker === undefined) throw new Error("there are managers and a worker");
  record("cluster-declare-host", await declareCrowd(cluster, first, "--network", "host"));
  await removeService(first, CROWD);
  record("cluster-declare", await declareCrowd(cluster, first));
  record("cluster-memory-manager", privateMegabytes(leaderOf(cluster, first).pids()));
  record("cluster-memory-worker", privateMegabytes(worker.pids()));
  await removeService(first, CROWD);
}

async function declareCrowd(cluster: Cluster, by: ClusterNode, ...options: readonly string[]): Promise<number> {
  const started = performance.now();
  declare(cluster, by, CROWD, "--replicas", String(CROWD_SIZE), ...options);
  return await allRun(by, CROWD, CROWD_SIZE, started);
}

/** The worker is lost: power and cable. Then the leader's processes, all of them at once; nothing comes back. */
export async function measureLosses(cluster: Cluster, record: Record): Promise<void> {
  const [first] = cluster.nodes;
  const worker = cluster.nodes.at(-1);
  if (first === undefined || worker === undefined) throw new Error("there are managers and a worker");
  const spread = newService("spread");
  declare(cluster, first, spread, "--replicas", String(SPREAD));
  await allRun(first, spread, SPREAD);
  const lost = performance.now();
  loseMachine(cluster, worker, { silently: true });
  if (runningCommand(...spread.command).length === SPREAD) throw new Error("the worker had no task");
  record("cluster-worker", await allRun(first, spread, SPREAD, lost));
  const leader = leaderOf(cluster, first);
  const other = cluster.nodes.find((node) => node !== leader && node !== worker);
  if (other === undefined) throw new Error("there are three managers");
  const killed = performance.now();
  loseMachine(cluster, leader, { silently: false });
  const change = ["service", "update", "-d", ...cluster.words, "--label-add", "changed=1", spread.name];
  const accepted = within(PATIENCE_MS, "a change", async () => await attempt(other, ...change), killed);
  record("cluster-leader", await accepted);
  record("cluster-leader-tasks", await allRun(other, spread, SPREAD, killed));
}
