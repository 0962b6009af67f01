import type { Engine } from "../../engine/engine.ts";
import { pause } from "../../lib/pause.ts";
import { runAgent } from "../agent/agent.ts";
import type { Door } from "../door/routes.ts";
import { serveCommands } from "../door/serve.ts";
import { ensureCluster, requireCluster } from "../manager/cluster-record.ts";
import { lead } from "../manager/lead.ts";
import { type Liveness, makeLiveness } from "../manager/liveness.ts";
import { type Manager, makeManager } from "../manager/manager.ts";
import { welcomeNode } from "../manager/nodes.ts";
import { stayPresent } from "../manager/presence.ts";
import { makeReplica } from "../manager/replica.ts";
import { keepScale } from "../manager/scale.ts";
import { leadWhenever, type Term } from "../manager/term.ts";
import { callBack } from "../reach/call-back.ts";
import { serveConnections } from "../reach/switchboard.ts";
import { managerUpstream } from "../remote/manager-upstream.ts";
import type { Shared } from "../remote/wire.ts";
import type { Store } from "../store/contract.ts";
import { ensureVaultKey, makeVault } from "../trust/vault.ts";
import { describeNode } from "./describe.ts";
import { followLock } from "./follow-lock.ts";
import { type ManagerIdentity, requireManager, writeIdentity } from "./identity.ts";
import { makeProof } from "./keep-proof.ts";
import type { KeyRing } from "./key-ring.ts";
import { type Listener, makeListener } from "./listener.ts";
import { migrateState } from "./migrate.ts";
import { ownCredentials } from "./own-credentials.ts";
import { vaultKeyPath } from "./paths.ts";
import { becomeWorker, isDemoted } from "./roles.ts";
import { nodeSession } from "./session.ts";
import { sharedStore } from "./store-place.ts";

const FAREWELL_MS = 100;
const LOOK_MS = 100;

type Running = {
  readonly store: Store;
  readonly version: string;
  readonly tasks: () => Promise<string>;
  readonly ring: KeyRing;
  readonly signal: AbortSignal;
  /** Is left with what is to be closed at the end. */
  readonly open: DisposableStack;
  /** Has the node begin anew as what it is then. */
  readonly change: () => void;
};

/** The parts of a manager's process, which is a worker, too. */
export function managerParts(engine: Engine, identity: ManagerIdentity, running: Running): (() => Promise<void>)[] {
  const { store, version, tasks, ring, signal, open, change } = running;
  const { nodeId, address } = identity;
  // With its state in a file it is the only manager.
  if (identity.store.kind === "sqlite") ensureVaultKey(vaultKeyPath(engine));
  const vault = makeVault(ring.vaultKey);
  const manager = makeManager({ nodeId, store, replica: makeReplica(), vault });
  open.use(followLock(manager, ring));
  manager.mayFound = identity.isFounder === true;
  const session = nodeSession(engine);
  const { door, listener, liveness } = makeDoor(engine, { identity, manager, running });
  const description = describeNode(address, version);
  const proof = makeProof(door, listener);
  const upstream = managerUpstream({ door, session, description, listensAt: listener.at, trust: proof.trust });
  const welcome = async (): Promise<void> => {
    await welcomeNode(manager, { id: nodeId, description, role: "manager", listensAt: listener.at() });
  };
  listener.onListen(async () => {
    if (manager.term !== undefined) await welcome();
  });
  const office: Office = { engine, identity, manager, liveness, welcome, listen: listener.listen };
  // A copy of a manager's data must not do anything in its name.
  const entered = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => entered.resolve(), { once: true });
  const afterwards = (part: () => Promise<void>) => async (): Promise<void> => {
    await entered.promise;
    if (!signal.aborted) await part();
  };
  return [
    async () => await manager.replica.follow(store, signal),
    async () => await manager.contact.keep(store, signal),
    async () => await stayPresent(manager, { session, entered: entered.resolve, signal }),
    async () => {
      // Without its store it shows what it can; a copy never comes so far.
      await Promise.race([entered.promise, untilLost(manager, signal)]);
      await serveCommands(engine, door, signal);
    },
    afterwards(async () => await serveConnections(engine, { door, tasks }, signal)),
    afterwards(async () => {
      await manager.replica.reached(1, signal);
      await leadWhenever(manager, signal, async (term) => await hold(office, term));
    }),
    afterwards(async () => await runAgent(engine, upstream, signal)),
    afterwards(async () => await upstream.stayInTouch(signal)),
    afterwards(async () => await listenAsBefore(office, signal)),
    async () => await proof.keep(upstream.tellTrust, signal),
    afterwards(async () => {
      if (!(await isDemoted(manager, signal))) return;
      await becomeWorker(engine, manager);
      change();
    }),
  ];
}

type Opening = { readonly identity: ManagerIdentity; readonly manager: Manager; readonly running: Running };

function makeDoor(
  engine: Engine,
  { identity, manager, running: { open, ring, change, tasks, signal } }: Opening,
): { door: Door; listener: Listener; liveness: Liveness } {
  const { address } = identity;
  const liveness = makeLiveness();
  const listener = makeListener({ engine, open, address, liveness, door: () => door });
  const credentials = ownCredentials(manager, [address, "127.0.0.1"]);
  const vaultKey = (): string => ring.vaultKey().toString("base64");
  const shared = (): Shared => {
    const { unlockKey } = requireCluster(manager);
    return { store: sharedStore(identity), vaultKey: vaultKey(), ...(unlockKey === undefined ? {} : { unlockKey }) };
  };
  const door: Door = {
    manager,
    identity,
    listen: listener.listen,
    credentials,
    callBack: (call) => void callBack(call, { credentials, tasks, signal }),
    vaultKey,
    shared,
    migrate: async (place) => {
      await migrateState(engine, manager, place);
      // After the answer.
      setTimeout(change, FAREWELL_MS);
    },
  };
  return { door, listener, liveness };
}

type Office = {
  readonly engine: Engine;
  readonly identity: ManagerIdentity;
  readonly manager: Manager;
  readonly liveness: Liveness;
  readonly welcome: () => Promise<void>;
  readonly listen: (where: string) => Promise<string>;
};

/** What the leader does. */
async function hold({ engine, identity, manager, liveness, welcome, listen }: Office, term: Term): Promise<void> {
  await manager.replica.reached(term.fence.at, term.signal);
  const first = async (): Promise<void> => {
    await ensureCluster(manager, identity.clusterId);
    if (manager.mayFound) hasFounded(engine, manager);
    if (identity.listen !== undefined) await listen(identity.listen);
    await welcome();
  };
  await Promise.all([
    lead(manager, term, first),
    liveness.watch(manager, term.signal),
    keepScale(manager, term.signal),
  ]);
}

// Another state than this one it never makes.
function hasFounded(engine: Engine, manager: Manager): void {
  manager.mayFound = false;
  const { isFounder: _, ...kept } = requireManager(engine);
  writeIdentity(engine, kept);
}

async function listenAsBefore(
  { identity: { listen: where }, manager, listen }: Office,
  signal: AbortSignal,
): Promise<void> {
  if (where !== undefined && (await isKnown(manager, signal))) await listen(where);
  await forever(signal);
}

/** Waits until the first leader has made the cluster; false when that is not to be waited for. */
async function isKnown({ replica }: Manager, signal: AbortSignal): Promise<boolean> {
  while (replica.cluster() === undefined && !signal.aborted) await replica.reached(replica.revision() + 1, signal);
  return !signal.aborted;
}

async function untilLost({ contact }: Manager, signal: AbortSignal): Promise<void> {
  while (contact.lost() === undefined && !signal.aborted) await pause(LOOK_MS, signal);
}

async function forever(signal: AbortSignal): Promise<void> {
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
