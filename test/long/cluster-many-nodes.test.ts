import { expect, test } from "bun:test";
import { SimulatedNodes } from "../fixtures/cluster/simulated-nodes.ts";
import { eventually, IMAGE, useEngine } from "../fixtures/engine.ts";

const engine = useEngine();
const COUNT = 1_000;
const PATIENCE_MS = 300_000;

/** Id and status of each node but the manager. */
async function workers(): Promise<string[]> {
  const rows = (await engine.ok(["node", "ls", "--format", "{{.ID}} {{.Status}} {{.ManagerStatus}}"])).split("\n");
  return rows.map((row) => row.trimEnd()).filter((row) => !row.endsWith("Leader"));
}

async function replicasAre(wanted: number): Promise<void> {
  const look = async (): Promise<string> => await engine.ok(["service", "ls", "--format", "{{.Replicas}}"]);
  await eventually(look, (text) => text.startsWith(`${wanted}/${wanted}`), PATIENCE_MS);
}

test("a thousand nodes on one manager are all there, with a task each; one that falls silent is given up, its task runs elsewhere", async () => {
  await using nodes = await SimulatedNodes.join(engine, COUNT);
  try {
    const areReady = (rows: string[]): boolean => rows.filter((row) => row.endsWith(" Ready")).length === COUNT;
    await eventually(workers, areReady, PATIENCE_MS);
    const words = ["--replicas", String(COUNT), "--constraint", "node.role==worker", "--restart-delay", "100ms"];
    await engine.ok(["service", "create", "-d", "--name", "many", ...words, IMAGE, "sleep", "1000"]);
    await replicasAre(COUNT);
    const [lost = ""] = nodes.ids;
    nodes.silence(lost);
    const areOthersReady = (rows: string[]): boolean =>
      rows.every((row) => row === (row.startsWith(lost) ? `${lost} Down` : `${row.split(" ")[0]} Ready`));
    await eventually(workers, areOthersReady, PATIENCE_MS);
    await replicasAre(COUNT);
    const names = await engine.ok([
      "service",
      "ps",
      "--filter",
      "desired-state=running",
      "--format",
      "{{.Node}}",
      "many",
    ]);
    expect(names.split("\n").length).toBe(COUNT);
    expect(names.split("\n")).not.toContain(
      await engine.ok(["node", "inspect", "-f", "{{.Description.Hostname}}", lost]),
    );
  } finally {
    await engine.run(["swarm", "leave", "--force"]);
  }
}, 900_000);
