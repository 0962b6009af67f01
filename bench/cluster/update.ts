import { join } from "node:path";
import type { Asked } from "./ask-pages.ts";
import { ask, type Cluster, within } from "./nodes.ts";
import type { Record } from "./rows.ts";
import { countOf } from "./tasks.ts";

const REPLICAS = 10;
const RATE = 500;
const PORT = "8080";
const NAME = "pages";
const PATIENCE_MS = 120_000;
/** Asked before the update begins and after it has ended. */
const AROUND_MS = 1_000;
const PAGE = "mkdir /w; echo ok > /w/index.html; exec httpd -f -p 80 -h /w";

/** A start-first update while somebody outside asks all nodes for pages. */
export async function measureUpdate(cluster: Cluster, record: Record): Promise<void> {
  const [first] = cluster.nodes;
  if (first === undefined) throw new Error("there is a manager");
  const health = ["--health-cmd", "wget -q -O- 127.0.0.1/", "--health-interval", "500ms"];
  const rules = [
    "--update-order",
    "start-first",
    "--update-monitor",
    "1s",
    "--update-parallelism",
    "2",
    "--stop-grace-period",
    "1s",
  ];
  const usual = ["-d", ...cluster.words, "--name", NAME, "--replicas", String(REPLICAS), "-p", `${PORT}:80`];
  ask(first, "service", "create", ...usual, ...health, ...rules, cluster.image, "sh", "-c", PAGE);
  await within(PATIENCE_MS, `${REPLICAS} tasks of ${NAME}`, () => countOf(first, NAME) === REPLICAS);
  const urls = cluster.nodes.map(({ machine }) => `http://${machine.address}:${PORT}/`);
  const argv = [
    ...cluster.client.enter,
    process.execPath,
    join(import.meta.dir, "ask-pages.ts"),
    String(RATE),
    ...urls,
  ];
  const client = Bun.spawn(argv, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  try {
    await Bun.sleep(AROUND_MS);
    const started = performance.now();
    ask(first, "service", "update", "-d", ...cluster.words, "--force", NAME);
    const updated = await within(
      PATIENCE_MS,
      `the update of ${NAME}`,
      () => ask(first, "service", "inspect", "--format", "{{.UpdateStatus.State}}", NAME) === "completed",
      started,
    );
    record("cluster-update-time", updated);
    await Bun.sleep(AROUND_MS);
    await client.stdin.end();
    const said = JSON.parse(await new Response(client.stdout).text()) as Asked;
    record("cluster-update", said.failures.length);
    record("cluster-update-rate", said.asked / said.seconds);
    for (const failure of new Set(said.failures)) console.error(`  a request failed: ${failure}`);
  } finally {
    client.kill("SIGKILL");
    await client.exited;
  }
  ask(first, "service", "rm", NAME);
}
