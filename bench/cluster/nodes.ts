import type { Lan } from "../../test/fixtures/cluster/lan.ts";
import type { Machine } from "../../test/fixtures/cluster/machine.ts";
import { output } from "../process.ts";
import { killMachine } from "./processes.ts";

const ENV = { PATH: process.env["PATH"] ?? "" };
const MANAGERS = ["manager1", "manager2", "manager3"] as const;
/** The machines of a cluster: three managers, a worker. */
export const NODES: readonly string[] = [...MANAGERS, "worker1"];

/** One machine of a cluster. */
export type ClusterNode = {
  readonly machine: Machine;
  /** The words of its engine's command, on that machine. */
  readonly argv: readonly string[];
  /** The numbers of the engine's own processes, without those that belong to a container. */
  readonly pids: () => number[];
};

/** A cluster whose commands are the same words for both peers. */
export type Cluster = AsyncDisposable & {
  readonly peer: "estiba" | "docker";
  readonly version: string;
  readonly image: string;
  readonly lan: Lan;
  readonly nodes: readonly ClusterNode[];
  /** On the network, and in no cluster. */
  readonly client: Machine;
  /** Words that `service create` and `service update` need. */
  readonly words: readonly string[];
};

/** What a node's engine answers; throws when it refuses. */
export function ask({ argv }: ClusterNode, ...words: string[]): string {
  return output({ env: ENV }, [...argv, ...words]).trim();
}

/** Asks beside all else that goes on; whether it was done. */
export async function attempt({ argv }: ClusterNode, ...words: string[]): Promise<boolean> {
  const child = Bun.spawn([...argv, ...words], { env: ENV, stdio: ["ignore", "ignore", "ignore"], timeout: 60_000 });
  return (await child.exited) === 0;
}

/** Makes a cluster of the nodes: the first one begins it, the others join as their names say. */
export async function joinAll(nodes: readonly ClusterNode[], initWords: readonly string[]): Promise<void> {
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error("a cluster has a manager");
  ask(first, "swarm", "init", ...initWords);
  // One after the other: each manager of Swarm changes who has to agree.
  for (const node of others) {
    const role = MANAGERS.some((name) => name === node.machine.name) ? "manager" : "worker";
    const token = ask(first, "swarm", "join-token", "--quiet", role);
    ask(node, "swarm", "join", "--token", token, `${first.machine.address}:2377`);
  }
  await within(60_000, "the nodes of the cluster", () => {
    const rows = ask(first, "node", "ls", "--format", "{{.Hostname}} {{.Status}}").split("\n");
    return rows.filter((row) => row.trimEnd().endsWith(" Ready")).length === nodes.length;
  });
}

/** The node that leads, as one of them sees it. */
export function leaderOf({ nodes }: Cluster, seenBy: ClusterNode): ClusterNode {
  const rows = ask(seenBy, "node", "ls", "--format", "{{.Hostname}} {{.ManagerStatus}}").split("\n");
  const name = rows.find((row) => row.trimEnd().endsWith(" Leader"))?.split(" ")[0];
  const leader = nodes.find(({ machine }) => machine.name === name);
  if (leader === undefined) throw new Error(`nobody leads: ${rows.join(", ")}`);
  return leader;
}

/** Takes a machine away: its cable first, if it is to be silent, then all of its processes. */
export function loseMachine({ lan }: Cluster, { machine }: ClusterNode, how: { readonly silently: boolean }): void {
  if (how.silently) lan.cut(machine);
  killMachine(machine.pid);
}

const PAUSE_MS = 20;

/** Looks again and again until it is so; the seconds since `started`. Throws when it takes too long. */
export async function within(
  patienceMs: number,
  what: string,
  probe: () => boolean | Promise<boolean>,
  started: number = performance.now(),
): Promise<number> {
  while (!(await probe())) {
    if (performance.now() - started > patienceMs) throw new Error(`${what}: not within ${patienceMs / 1000} s`);
    await Bun.sleep(PAUSE_MS);
  }
  return (performance.now() - started) / 1000;
}
