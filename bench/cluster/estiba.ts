import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rootId } from "../../src/network/root-id.ts";
import { Lan } from "../../test/fixtures/cluster/lan.ts";
import { ETCD, TestEtcd } from "../../test/fixtures/etcd.ts";
import { BINARY } from "../peers.ts";
import { output } from "../process.ts";
import type { ClusterBench } from "./cluster.ts";
import { ask, type Cluster, type ClusterNode, joinAll, NODES } from "./nodes.ts";
import { killMachine } from "./processes.ts";

const runRootOf = (round: number, name: string): string => `/run/estiba-bench-${round}-${name}`;

/** Cgroups that the nodes make at the top of a hierarchy, in so many rounds. */
export function nodeCgroups(rounds: number): string[] {
  const names = (round: number): string[] => NODES.map((name) => `estiba-${rootId(runRootOf(round, name))}`);
  return Array.from({ length: rounds }, (_, index) => names(index + 1)).flat();
}

/** Estiba's cluster, its state in an etcd with a member on each manager. */
export async function openEstiba({ place, layout }: ClusterBench, round: number): Promise<Cluster> {
  if (ETCD === null) throw new Error("there is no etcd on this machine");
  await using made = new AsyncDisposableStack();
  const lan = made.use(await Lan.make([...NODES, "client"]));
  const etcd = await TestEtcd.startOn(lan.machines.slice(0, 3));
  for (const member of etcd) made.use(member);
  // What is mounted and written ends with the bench.
  made.defer(() => {
    for (const { pid } of lan.machines) killMachine(pid);
  });
  const nodes = NODES.map((name, index): ClusterNode => {
    const machine = lan.machines[index];
    if (machine === undefined) throw new Error(`there is no machine ${name}`);
    const runRoot = runRootOf(round, name);
    const root = join(place.folder, `cluster-${round}-${name}`);
    const pidFile = join(runRoot, "cluster/pid");
    return {
      machine,
      argv: [...machine.enter, BINARY, "--root", root, "--runroot", runRoot],
      pids: () => [(JSON.parse(readFileSync(pidFile, "utf8")) as { pid: number }).pid],
    };
  });
  for (const node of nodes) ask(node, "load", "-q", "-i", layout);
  await joinAll(nodes, ["--listen-addr", "0.0.0.0", ...etcd.flatMap(({ endpoint }) => ["--etcd", endpoint])]);
  const client = lan.machines.at(-1);
  if (client === undefined) throw new Error("there is a client");
  const opened = made.move();
  return {
    peer: "estiba",
    version: output(place, [BINARY, "--version"]).trim().split(" ").at(-1) ?? "",
    image: "bb:1",
    lan,
    nodes,
    client,
    words: [],
    [Symbol.asyncDispose]: async () => await opened.disposeAsync(),
  };
}
