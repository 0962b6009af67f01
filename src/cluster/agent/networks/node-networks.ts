import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Engine } from "../../../engine/engine.ts";
import { clusterNamesFile } from "../../../engine/names/paths.ts";
import { endpointsOut } from "../../../engine/network/plan.ts";
import { NETLINK, NetlinkSocket } from "../../../host/netlink/socket.ts";
import { isAlive } from "../../../host/process.ts";
import { describeError } from "../../../lib/error.ts";
import { logDebug } from "../../../lib/log.ts";
import { pause } from "../../../lib/pause.ts";
import { ensureBridge } from "../../../network/bridge.ts";
import { bridgeAlias } from "../../../network/bridge-networks.ts";
import { ensureTable } from "../../../network/firewall.ts";
import { settleDoors } from "../../../network/overlay/doors.ts";
import { type KnownNamespace, openTaskNamespace } from "../../../network/overlay/task-namespace.ts";
import { settleTunnel } from "../../../network/overlay/tunnel.ts";
import { networkRoot } from "../../../network/root-id.ts";
import type { ContainerState } from "../../../state/container.ts";
import { getContainer, getState, listStates } from "../../../state/containers.ts";
import type { NetworkRecord } from "../../../state/networks.ts";
import { type ClusterNetwork, INGRESS } from "../../model/network.ts";
import type { NetworkItem, NetworkNews } from "../../network/picture.ts";
import { introduceRecord, settleRecords } from "./records.ts";
import { type WantedNetworks, wantedNetworks } from "./wanted.ts";

/** What somebody else has changed is found so soon. */
const LOOK_AGAIN_MS = 5_000;
const TRY_AGAIN_MS = 500;
/** So long somebody may take from asking for a network to naming it. */
const INTRODUCED_MS = 60_000;

/** This node's part of the cluster's networks. */
export type NodeNetworks = {
  /** Takes what the manager says; written down when it returns, so that containers can be made, and in the kernel soon after. */
  readonly hear: (news: NetworkNews) => void;
  /** Tells the namespace of a container that is about to begin what it has to know. */
  readonly prepare: (containerId: string) => void;
  /** Has a look at all of it soon. */
  readonly ring: () => void;
  /** Puts all of it in the kernel now, as far as it can be; tried again soon where it cannot. */
  readonly settle: () => void;
  /** What the manager has said; undefined before that. */
  readonly wanted: () => WantedNetworks | undefined;
  /** Resolves when it has said something more. */
  readonly news: () => Promise<void>;
  /** Writes down a network that this node has no part of yet, for containers that are about to name it; kept for a while. Gives its name. */
  readonly introduce: (network: ClusterNetwork) => string;
  /** {@link prepare} for a container whose state is not written down yet. */
  readonly tell: (containerId: string, state: Namespaced) => void;
  /** Keeps the kernel at what is wanted, until the signal; all of it stays. */
  readonly keep: (signal: AbortSignal) => Promise<void>;
};

type Held = {
  readonly engine: Engine;
  /** Networks that were introduced, and until when they are kept without being wanted. */
  readonly introduced: Map<string, number>;
  readonly items: Map<string, NetworkItem>;
  wanted: WantedNetworks | undefined;
  /** Namespaces of containers that run, by container. */
  readonly told: Map<string, KnownNamespace>;
  /** As they were last written; "" before that, undefined for none. */
  names: string | undefined;
};

export function makeNodeNetworks(engine: Engine): NodeNetworks {
  const held: Held = {
    engine,
    introduced: new Map(),
    items: new Map(),
    wanted: undefined,
    told: new Map(),
    names: "",
  };
  const heard = { news: Promise.withResolvers<void>() };
  const bell = { ring: Promise.withResolvers<void>() };
  const ring = (): void => bell.ring.resolve();
  return {
    hear: ({ complete, put, drop }) => {
      if (complete) held.items.clear();
      for (const key of drop) held.items.delete(key);
      for (const [key, item] of Object.entries(put)) held.items.set(key, item);
      const wanted = wantedNetworks(held.items.values());
      held.wanted = wanted;
      attempted(() => settleRecords(engine, wanted.networks, held.introduced));
      heard.news.resolve();
      heard.news = Promise.withResolvers<void>();
      ring();
    },
    wanted: () => held.wanted,
    news: async () => await heard.news.promise,
    settle: () => void settle(held),
    introduce: (network) => {
      held.introduced.set(network.id, Date.now() + INTRODUCED_MS);
      return introduceRecord(engine, network);
    },
    tell: (id, state) => {
      if (held.wanted !== undefined) settleContainer(held, held.wanted, id, state);
    },
    prepare: (id) => {
      const state = getState(engine.live, id);
      if (held.wanted !== undefined && state !== undefined) settleContainer(held, held.wanted, id, state);
      ring();
    },
    ring,
    keep: async (signal) => {
      signal.addEventListener("abort", ring, { once: true });
      for (let looked = 0; !signal.aborted; ) {
        bell.ring = Promise.withResolvers<void>();
        // All of it is read from the kernel now and then, as somebody may have changed it.
        if (performance.now() - looked > LOOK_AGAIN_MS) {
          for (const known of held.told.values()) known.distrust();
          looked = performance.now();
        }
        const isSettled = settle(held);
        await Promise.race([bell.ring.promise, pause(isSettled ? LOOK_AGAIN_MS : TRY_AGAIN_MS, signal)]);
      }
      for (const id of held.told.keys()) close(held, id);
    },
  };
}

function settle(held: Held): boolean {
  const { engine, wanted } = held;
  for (const [id, { pid }] of held.told) if (getState(engine.live, id)?.init?.pid !== pid) close(held, id);
  // Before the manager has said anything, what is there stays.
  if (wanted === undefined) return true;
  // Who is behind an address first: others were told of who is where before anything leads there.
  return [
    ...[...listStates(engine.live)].map(
      ([id, state]) =>
        () =>
          settleContainer(held, wanted, id, state),
    ),
    () => settleNames(held, wanted),
    () => settleHost(held, wanted),
  ]
    .map(attempted)
    .every(Boolean);
}

// One that fails does not keep the others from theirs; it is tried again soon.
function attempted(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    logDebug(() => `networks of the cluster: ${describeError(error)}`);
    return false;
  }
}

function settleHost({ engine, introduced }: Held, { networks, doors }: WantedNetworks): void {
  const root = networkRoot(engine.paths.runRoot);
  const records = settleRecords(engine, networks, introduced);
  if (records.length > 0) {
    using route = new NetlinkSocket(NETLINK.ROUTE);
    for (const record of records) ensureBridge(route, record, bridgeAlias(root));
    ensureTable(
      root,
      engine.store,
      engine.live,
      records.map(({ bridgeName }) => bridgeName),
    );
    for (const record of records) settleTunnelOf(route, { engine, record, networks });
  }
  using filter = new NetlinkSocket(NETLINK.NETFILTER);
  settleDoors(filter, root, doors);
}

type Tunneling = {
  readonly engine: Engine;
  readonly record: NetworkRecord;
  readonly networks: WantedNetworks["networks"];
};

function settleTunnelOf(route: NetlinkSocket, { engine, record, networks }: Tunneling): void {
  const wanted = networks.find(({ network }) => network.id === record.cluster?.id);
  if (wanted === undefined) return;
  const { network, local, peers } = wanted;
  const root = networkRoot(engine.paths.runRoot);
  settleTunnel(route, { root, bridgeName: record.bridgeName, vni: network.vni, local, peers });
}

type Namespaced = Pick<ContainerState, "init" | "endpoints">;

function settleContainer(held: Held, { networks, gates }: WantedNetworks, id: string, state: Namespaced): void {
  const names = new Map((state.endpoints ?? []).map(({ network, interfaceName }) => [network, interfaceName]));
  const on = networks.filter(({ network }) => names.has(network.name));
  const { engine } = held;
  const { init } = state;
  if (init === undefined || !isAlive(init)) return close(held, id);
  if (on.length === 0) return;
  const gateInterface = names.get(INGRESS);
  const home = gateInterface === undefined ? undefined : homeOf(engine, id, state);
  const task = {
    balanced: on.flatMap(({ balanced }) => balanced),
    way: {
      gates: gateInterface === undefined ? [] : gates,
      gateInterface,
      home: home?.[4]?.ip,
      home6: home?.[6]?.ip6,
    },
  };
  const known = held.told.get(id) ?? openTaskNamespace(init.pid);
  held.told.set(id, known);
  known.settle(task);
}

function homeOf(
  engine: Engine,
  id: string,
  { endpoints = [] }: Namespaced,
): ReturnType<typeof endpointsOut>["outward"] | undefined {
  const record = getContainer(engine.store, id);
  return record === undefined ? undefined : endpointsOut(engine, record, endpoints).outward;
}

function close({ told }: Held, id: string): void {
  told.get(id)?.[Symbol.dispose]();
  told.delete(id);
}

// Whole or not at all: the resolver sees it with the next question.
function settleNames(held: Held, { networks, names }: WantedNetworks): void {
  const { engine } = held;
  const text = networks.length === 0 ? undefined : JSON.stringify(names);
  if (text === held.names) return;
  const path = clusterNamesFile(engine);
  if (text === undefined) rmSync(path, { force: true });
  else {
    mkdirSync(engine.paths.names, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  held.names = text;
}
