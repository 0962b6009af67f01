import { readFileSync } from "node:fs";
import { nodeProcess, SimulatedNodes } from "../../test/fixtures/cluster/simulated-nodes.ts";
import { eventually, IMAGE, TestEngine } from "../../test/fixtures/engine.ts";
import { ownMegabytes } from "./processes.ts";
import type { Record } from "./rows.ts";

const COUNT = 1_000;
const PATIENCE_MS = 300_000;
const [SETTLE_MS, MEASURED_MS] = [10_000, 30_000] as const;
/** Of the kernel's figures; the same on all machines. */
const TICKS_PER_SECOND = 100;

/** A manager with a thousand nodes that are only their talk with it, each with a task: what it takes while nothing is new. */
export async function measureManyNodes(record: Record): Promise<void> {
  const engine = new TestEngine();
  try {
    await engine.load();
    await using _nodes = await SimulatedNodes.join(engine, COUNT);
    await areThere(engine, ["node", "ls", "--filter", "role=worker", "--format", "{{.Status}}"], "Ready");
    const words = ["--replicas", String(COUNT), "--constraint", "node.role==worker"];
    await engine.ok(["service", "create", "-d", "--name", "many", ...words, IMAGE, "sleep", "1000"]);
    const running = ["service", "ps", "--filter", "desired-state=running", "--format", "{{.CurrentState}}", "many"];
    await areThere(engine, running, "Running");
    await Bun.sleep(SETTLE_MS);
    const pid = nodeProcess(engine);
    const [before, began] = [cpuSeconds(pid), performance.now()];
    await Bun.sleep(MEASURED_MS);
    const share = (cpuSeconds(pid) - before) / ((performance.now() - began) / 1_000);
    record("cluster-nodes", 100 * share);
    record("cluster-nodes-memory", ownMegabytes(pid));
    // A manager that hears too little of them is not cheap.
    await areThere(engine, ["node", "ls", "--filter", "role=worker", "--format", "{{.Status}}"], "Ready");
  } finally {
    await engine.run(["swarm", "leave", "--force"]);
    await engine.dispose();
  }
}

/** Waits until as many rows as there are nodes begin with a word, and no others are there. */
async function areThere(engine: TestEngine, argv: readonly string[], word: string): Promise<void> {
  const rows = async (): Promise<string[]> => (await engine.ok(argv)).split("\n");
  const areAll = (all: string[]): boolean => all.length === COUNT && all.every((row) => row.startsWith(word));
  await eventually(rows, areAll, PATIENCE_MS);
}

/** What a process has had of processors, in its own code and in the kernel's for it. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
