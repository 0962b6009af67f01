import { isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { StoredFile } from "../model/file.ts";
import type { Address, ClusterNetwork, Guest, Owner } from "../model/network.ts";
import type { Node } from "../model/node.ts";
import type { Service } from "../model/service.ts";
import type { Task } from "../model/task.ts";
import type { Change, Entry, Store } from "../store/contract.ts";
import { KEYS } from "./keys.ts";
import type { StoredCluster } from "./sealed-record.ts";

const AGAIN_MS = 500;

/** What has changed in a replica, by ids. */
export type Touched = {
  /** Services that are others now, or whose tasks are. */
  readonly services: ReadonlySet<string>;
  readonly nodes: ReadonlySet<string>;
  /** Nodes whose tasks have changed. */
  readonly places: ReadonlySet<string>;
  /** Whether what is the same for all nodes has. */
  readonly cluster: boolean;
  /** Whether there are other managers, or some are elsewhere. */
  readonly managers: boolean;
};

/** Who decides for the cluster, and since which revision. */
export type Leader = { readonly nodeId: string; readonly revision: number };

/** All of the cluster's state in memory, as it is in the store up to a revision. */
export type Replica = {
  /** Undefined before the first leader has made it; its keys are encrypted. */
  readonly cluster: () => StoredCluster | undefined;
  readonly leader: () => Leader | undefined;
  /** Managers that are there. */
  readonly present: ReadonlySet<string>;
  readonly nodes: ReadonlyMap<string, Node>;
  /** By node: the mark of those whom it trusts. */
  readonly trusts: ReadonlyMap<string, string>;
  readonly services: ReadonlyMap<string, Service>;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly tasksOf: (serviceId: string) => Iterable<Task>;
  readonly tasksOn: (nodeId: string) => Iterable<Task>;
  readonly networks: ReadonlyMap<string, ClusterNetwork>;
  /** By network and address, those that are resting among them. */
  readonly addresses: ReadonlyMap<string, ReadonlyMap<string, Address>>;
  /** The addresses that are somebody's now. */
  readonly addressesOf: (owner: Owner) => readonly Address[];
  /** By network and container, `NETWORK/CONTAINER`. */
  readonly guests: ReadonlyMap<string, Guest>;
  /** Secrets and configs, by the id of the version. */
  readonly files: ReadonlyMap<string, StoredFile>;
  /** When a key was last changed; 0 for one that is not there. */
  readonly modified: (key: string) => number;
  readonly revision: () => number;
  /** Resolves as soon as what a commit has made is in here, or the signal is aborted. */
  readonly reached: (revision: number, signal?: AbortSignal) => Promise<void>;
  /** Is told of every change from now on. */
  readonly onChange: (told: (touched: Touched) => void) => Disposable;
  /** Follows the store until the signal is aborted. */
  readonly follow: (store: Store, signal: AbortSignal) => Promise<void>;
};

export function makeReplica(): Replica {
  const state = emptyState();
  const listeners = new Set<(touched: Touched) => void>();
  const tell = (touched: Touched): void => {
    // Some take themselves off the list by that.
    for (const listener of Array.from(listeners)) listener(touched);
  };
  const onChange = (told: (touched: Touched) => void): Disposable => {
    listeners.add(told);
    return { [Symbol.dispose]: () => listeners.delete(told) };
  };
  return {
    cluster: () => state.cluster,
    leader: () => state.leader,
    present: state.present,
    nodes: state.nodes,
    trusts: state.trusts,
    services: state.services,
    tasks: state.tasks,
    tasksOf: (id) => state.byService.get(id)?.values() ?? [],
    tasksOn: (id) => state.byNode.get(id)?.values() ?? [],
    networks: state.networks,
    addresses: state.addresses,
    addressesOf: (owner) => state.byOwner.get(owner) ?? [],
    guests: state.guests,
    files: state.files,
    modified: (key) => state.modified.get(key) ?? 0,
    revision: () => state.revision,
    reached: async (revision, signal) => {
      if (state.revision >= revision || signal?.aborted === true) return;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          listening[Symbol.dispose]();
          signal?.removeEventListener("abort", done);
          resolve();
        };
        const listening = onChange(() => {
          if (state.revision >= revision) done();
        });
        signal?.addEventListener("abort", done, { once: true });
      });
    },
    onChange,
    follow: async (store, signal) => {
      while (!signal.aborted) {
        try {
          tell(await load(state, store));
          for await (const { revision, changes } of store.watch("", state.revision + 1, signal)) {
            const touched = applyAll(state, changes);
            state.revision = revision;
            tell(touched);
          }
        } catch (error) {
          // Forgotten by the store, or out of reach: begins anew with the whole.
          if (!isEstibaError(error, "not_found", "unavailable")) throw error;
          await pause(AGAIN_MS, signal);
        }
      }
    },
  };
}

type State = {
  readonly nodes: Map<string, Node>;
  readonly trusts: Map<string, string>;
  readonly services: Map<string, Service>;
  readonly tasks: Map<string, Task>;
  readonly byService: Map<string, Map<string, Task>>;
  readonly byNode: Map<string, Map<string, Task>>;
  readonly networks: Map<string, ClusterNetwork>;
  readonly addresses: Map<string, Map<string, Address>>;
  readonly byOwner: Map<Owner, readonly Address[]>;
  readonly guests: Map<string, Guest>;
  readonly files: Map<string, StoredFile>;
  readonly modified: Map<string, number>;
  readonly present: Set<string>;
  cluster?: StoredCluster;
  leader?: Leader;
  revision: number;
};

function emptyState(): State {
  return {
    nodes: new Map(),
    trusts: new Map(),
    services: new Map(),
    tasks: new Map(),
    byService: new Map(),
    byNode: new Map(),
    files: new Map(),
    networks: new Map(),
    addresses: new Map(),
    byOwner: new Map(),
    guests: new Map(),
    modified: new Map(),
    present: new Set(),
    revision: 0,
  };
}

async function load(state: State, store: Store): Promise<Touched> {
  const { entries, revision } = await store.range("");
  const there = new Set(entries.map(({ key }) => key));
  const gone = [...state.modified.keys()].filter((key) => !there.has(key));
  const touched = applyAll(state, [
    ...gone.map((key): Change => ({ kind: "delete", key, modRevision: revision })),
    ...entries.map((entry): Change => ({ kind: "put", entry })),
  ]);
  state.revision = revision;
  return touched;
}

function applyAll(state: State, changes: readonly Change[]): Touched {
  const touched: Touching = {
    services: new Set(),
    nodes: new Set(),
    places: new Set(),
    cluster: false,
    managers: false,
  };
  for (const change of changes) {
    const key = change.kind === "put" ? change.entry.key : change.key;
    if (change.kind === "put") state.modified.set(key, change.entry.modRevision);
    else state.modified.delete(key);
    applyOne(state, key, change.kind === "put" ? change.entry : undefined, touched);
  }
  return touched;
}

type Touching = { readonly [K in "services" | "nodes" | "places"]: Set<string> } & {
  cluster: boolean;
  managers: boolean;
};

function applyOne(state: State, key: string, entry: Entry | undefined, touched: Touching): void {
  const id = key.slice(key.indexOf("/") + 1);
  if (key.startsWith(KEYS.files)) {
    if (entry === undefined) state.files.delete(id);
    else state.files.set(id, JSON.parse(entry.value) as StoredFile);
  } else if (key.startsWith(KEYS.nodes)) {
    const old = state.nodes.get(id);
    const node = entry === undefined ? undefined : (JSON.parse(entry.value) as Node);
    if (node === undefined) state.nodes.delete(id);
    else state.nodes.set(id, node);
    touched.nodes.add(id);
    if (managerAt(old) !== managerAt(node)) touched.managers = true;
  } else if (key.startsWith(KEYS.services)) {
    if (entry === undefined) state.services.delete(id);
    else state.services.set(id, JSON.parse(entry.value) as Service);
    touched.services.add(id);
  } else if (key.startsWith(KEYS.tasks)) {
    const old = state.tasks.get(id);
    const task = entry === undefined ? undefined : (JSON.parse(entry.value) as Task);
    for (const one of [old, task]) {
      if (one === undefined) continue;
      touched.services.add(one.serviceId);
      if (one.nodeId !== undefined) touched.places.add(one.nodeId);
    }
    setTask(state, id, old, task);
  } else if (!applyToNetworks(state, key, entry?.value)) applyToCluster(state, key, entry, touched);
}

function applyToCluster(state: State, key: string, entry: Entry | undefined, touched: Touching): void {
  const id = key.slice(key.indexOf("/") + 1);
  if (key === KEYS.cluster) {
    touched.cluster = true;
    if (entry === undefined) delete state.cluster;
    else state.cluster = JSON.parse(entry.value) as StoredCluster;
  } else if (key === KEYS.leader) {
    if (entry === undefined) delete state.leader;
    else state.leader = { nodeId: entry.value, revision: entry.createRevision };
  } else if (key.startsWith(KEYS.managers)) {
    if (entry === undefined) state.present.delete(id);
    else state.present.add(id);
  } else if (key.startsWith(KEYS.trusts)) {
    if (entry === undefined) state.trusts.delete(id);
    else state.trusts.set(id, JSON.parse(entry.value) as string);
  }
}

/** False where it is about something else. */
function applyToNetworks(state: State, key: string, value: string | undefined): boolean {
  const id = key.slice(key.indexOf("/") + 1);
  if (key.startsWith(KEYS.networks)) {
    if (value === undefined) state.networks.delete(id);
    else state.networks.set(id, JSON.parse(value) as ClusterNetwork);
  } else if (key.startsWith(KEYS.guests)) {
    if (value === undefined) state.guests.delete(id);
    else state.guests.set(id, JSON.parse(value) as Guest);
  } else if (key.startsWith(KEYS.addresses)) {
    const [networkId = "", ip = ""] = id.split("/");
    setAddress(state, { networkId, ip }, value === undefined ? undefined : (JSON.parse(value) as Address));
  } else return false;
  return true;
}

function setAddress(
  { addresses, byOwner }: State,
  { networkId, ip }: Pick<Address, "networkId" | "ip">,
  address: Address | undefined,
): void {
  const ofNetwork = addresses.get(networkId) ?? new Map<string, Address>();
  const old = ofNetwork.get(ip);
  if (old !== undefined) {
    const left = (byOwner.get(old.owner) ?? []).filter((each) => each !== old);
    if (left.length === 0) byOwner.delete(old.owner);
    else byOwner.set(old.owner, left);
  }
  if (address === undefined) ofNetwork.delete(ip);
  else ofNetwork.set(ip, address);
  if (ofNetwork.size === 0) addresses.delete(networkId);
  else addresses.set(networkId, ofNetwork);
  if (address === undefined || address.freedAt !== undefined) return;
  byOwner.set(address.owner, [...(byOwner.get(address.owner) ?? []), address]);
}

/** Where others reach a node by which they find the one that leads. */
function managerAt(node: Node | undefined): string | undefined {
  return node?.role === "manager" ? node.listensAt : undefined;
}

function setTask({ tasks, byService, byNode }: State, id: string, old: Task | undefined, task: Task | undefined): void {
  if (task === undefined) tasks.delete(id);
  else tasks.set(id, task);
  setIn(byService, id, [old?.serviceId, task?.serviceId], task);
  setIn(byNode, id, [old?.nodeId, task?.nodeId], task);
}

/** Has a task stand where it belongs now, and no longer where it stood. */
function setIn(
  groups: Map<string, Map<string, Task>>,
  id: string,
  [from, to]: readonly [from: string | undefined, to: string | undefined],
  task: Task | undefined,
): void {
  if (from !== undefined && from !== to) {
    const left = groups.get(from);
    left?.delete(id);
    if (left?.size === 0) groups.delete(from);
  }
  if (to === undefined || task === undefined) return;
  const group = groups.get(to) ?? new Map<string, Task>();
  groups.set(to, group.set(id, task));
}
