import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Engine } from "../../engine/engine.ts";
import { cgroupParent } from "../../engine/runtime-places.ts";
import { moveToCgroup } from "../../host/cgroup-mode.ts";
import { readHostFacts } from "../../host/facts.ts";
import { ownProcess } from "../../host/process.ts";
import { tryLock } from "../../state/lock.ts";
import { runAgent } from "../agent/agent.ts";
import { serveCommands } from "../door/serve.ts";
import { localUpstream } from "../manager/dispatch.ts";
import { lead } from "../manager/lead.ts";
import { makeManager } from "../manager/manager.ts";
import { welcomeNode } from "../manager/nodes.ts";
import { makeReplica } from "../manager/replica.ts";
import { leadWhenever } from "../manager/term.ts";
import type { NodeDescription } from "../model/node.ts";
import type { Store } from "../store/contract.ts";
import { openEtcdStore } from "../store/etcd.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { type Identity, requireIdentity } from "./identity.ts";
import { nodeLockPath, nodePidPath, storePath } from "./paths.ts";

/**
 * The process of this node: manager and worker in one, until the signal. It holds no container: killed and started again, it finds them
 * all. At once over when another one runs already. Throws `wrong_state` when the node is in no cluster.
 */
export async function runNode(engine: Engine, version: string, signal: AbortSignal): Promise<void> {
  const identity = requireIdentity(engine);
  mkdirSync(engine.paths.node, { recursive: true, mode: 0o700 });
  using lock = tryLock(nodeLockPath(engine));
  if (lock === undefined) return;
  await moveToCgroup(process.pid, `${cgroupParent(engine)}/node`);
  writeFileSync(nodePidPath(engine), JSON.stringify(ownProcess()), { mode: 0o600 });
  try {
    await using store = openStore(engine, identity);
    await runParts(engine, { identity, store, version, signal });
  } finally {
    rmSync(nodePidPath(engine), { force: true });
  }
}

type Parts = {
  readonly identity: Identity;
  readonly store: Store;
  readonly version: string;
  readonly signal: AbortSignal;
};

async function runParts(engine: Engine, { identity, store, version, signal }: Parts): Promise<void> {
  const { nodeId } = identity;
  // What fails takes the others with it: a node of which only a part goes on would look well.
  const stop = new AbortController();
  const end = (): void => stop.abort();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const replica = makeReplica();
  const manager = makeManager(nodeId, store, replica);
  const parts = [
    async () => await replica.follow(store, stop.signal),
    async () => {
      await replica.reached(1, stop.signal);
      await leadWhenever(store, nodeId, stop.signal, async (term) => {
        await replica.reached(term.fence.at, term.signal);
        await lead(manager, term, async () => {
          await welcomeNode(manager, nodeId, describeNode(identity, version), "manager");
        });
      });
    },
    async () => await runAgent(engine, localUpstream(manager), stop.signal),
    async () => await serveCommands(engine, { manager, identity }, stop.signal),
  ];
  const results = await Promise.allSettled(parts.map(async (part) => await part().finally(end)));
  for (const result of results) if (result.status === "rejected") throw result.reason as unknown;
}

function openStore(engine: Engine, { store, clusterId }: Identity): Store {
  if (store.kind === "sqlite") return openSqliteStore(storePath(engine));
  const { endpoints, tls } = store;
  const read = (path: string): string => readFileSync(path, "utf8");
  return openEtcdStore(
    {
      endpoints,
      ...(tls === undefined ? {} : { tls: { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key) } }),
    },
    `/estiba/${clusterId}/`,
  );
}

function describeNode({ address }: Identity, version: string): NodeDescription {
  const { cpus, memoryTotalBytes, architecture } = readHostFacts();
  return {
    hostname: hostname(),
    address,
    os: "linux",
    architecture,
    nanoCpus: cpus * 1e9,
    memoryBytes: memoryTotalBytes,
    engineVersion: version,
  };
}
