import { readFileSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { runAgent } from "../agent/agent.ts";
import { serveCommands } from "../door/serve.ts";
import { ensureCluster } from "../manager/cluster-record.ts";
import { localUpstream } from "../manager/dispatch.ts";
import { lead } from "../manager/lead.ts";
import { makeLiveness } from "../manager/liveness.ts";
import { makeManager } from "../manager/manager.ts";
import { welcomeNode } from "../manager/nodes.ts";
import { makeReplica } from "../manager/replica.ts";
import { leadWhenever } from "../manager/term.ts";
import { listenForNodes } from "../remote/node-server.ts";
import type { Store } from "../store/contract.ts";
import { openEtcdStore } from "../store/etcd.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { ensureVaultKey, makeVault, readVaultKey } from "../trust/vault.ts";
import { describeNode } from "./describe.ts";
import { type ManagerIdentity, writeIdentity } from "./identity.ts";
import { storePath, vaultKeyPath } from "./paths.ts";

type Running = {
  readonly store: Store;
  readonly version: string;
  readonly signal: AbortSignal;
  /** Is left with what is to be closed at the end. */
  readonly open: DisposableStack;
};

/** The parts of a manager's process, which is a worker, too. */
export function managerParts(
  engine: Engine,
  identity: ManagerIdentity,
  { store, version, signal, open }: Running,
): (() => Promise<void>)[] {
  const { nodeId, clusterId, address } = identity;
  const replica = makeReplica();
  const keyPath = vaultKeyPath(engine);
  // With its state in a file it is the only manager.
  if (identity.store.kind === "sqlite") ensureVaultKey(keyPath);
  const vault = makeVault(() => readVaultKey(keyPath));
  const manager = makeManager({ nodeId, store, replica, vault });
  const liveness = makeLiveness();
  const begin = async (where: string): Promise<string> => {
    const server = open.use(await listenForNodes({ manager, liveness, listen: where, address }));
    // A port that was chosen stays the same from now on: nodes know it.
    manager.listensAt = server.at;
    const port = server.at.slice(server.at.lastIndexOf(":") + 1);
    writeIdentity(engine, { ...identity, listen: where.replace(/:0$/, `:${port}`) });
    return server.at;
  };
  const listening: { at?: Promise<string> } = {};
  const listen = async (where: string): Promise<string> => {
    listening.at ??= begin(where);
    try {
      return await listening.at;
    } catch (error) {
      // The port may be free the next time.
      delete listening.at;
      throw error;
    }
  };
  return [
    async () => await replica.follow(store, signal),
    async () => {
      await replica.reached(1, signal);
      await leadWhenever(store, nodeId, signal, async (term) => {
        await replica.reached(term.fence.at, term.signal);
        const first = async (): Promise<void> => {
          await ensureCluster(manager, clusterId);
          await welcomeNode(manager, nodeId, describeNode(address, version), "manager");
          if (identity.listen !== undefined) await listen(identity.listen);
        };
        await Promise.all([lead(manager, term, first), liveness.watch(manager, term.signal)]);
      });
    },
    async () => await runAgent(engine, localUpstream(manager), signal),
    async () => await serveCommands(engine, { manager, identity, listen }, signal),
  ];
}

/** Where a manager keeps the cluster's state. */
export function openStore(engine: Engine, { store, clusterId }: ManagerIdentity): Store {
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
