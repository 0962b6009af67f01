import type { Engine } from "../../../engine/engine.ts";
import { disconnectFromNetwork } from "../../../engine/network/connect.ts";
import type { GuestRequests } from "../../../engine/network/own-cluster.ts";
import { startTicksOf } from "../../../host/process.ts";
import { describeError, EstibaError, isEstibaError } from "../../../lib/error.ts";
import { logDebug } from "../../../lib/log.ts";
import { pause } from "../../../lib/pause.ts";
import { fromWire } from "../../../lib/wire-error.ts";
import type { Upstream } from "../../manager/dispatch.ts";
import type { GuestAsk } from "../../manager/guests.ts";
import type { ClusterNetwork, Guest } from "../../model/network.ts";
import { requireClusterNetworks } from "../networks/join.ts";
import type { NodeNetworks } from "../networks/node-networks.ts";
import { type Asker, hasBegun, isHeld, type LocalGuest, localGuests } from "./local.ts";

const LOOK_AGAIN_MS = 5_000;
const TRY_AGAIN_MS = 500;
/** From an address to all that goes with it: this node's own one, and the news of both. */
const PATIENCE_MS = 8_000;

/** Containers of this node on the cluster's networks that are no tasks. */
export type Guests = {
  /** What is asked for them. */
  readonly answers: {
    readonly [W in keyof GuestRequests]: (asked: GuestRequests[W]["asked"]) => Promise<GuestRequests[W]["answer"]>;
  };
  /** Has a look at all of them soon. */
  readonly ring: () => void;
  /** Gives back what none of them needs any more, until the signal. */
  readonly keep: () => Promise<void>;
};

type Parts = { readonly ask: Upstream["askForGuest"]; readonly signal: AbortSignal };

type Held = Parts & {
  readonly engine: Engine;
  readonly networks: NodeNetworks;
  /** By network and container: who has asked for an address last. */
  readonly askers: Map<string, Asker>;
  /** What is being done, by network and container: one thing after another. */
  readonly turns: Map<string, Promise<unknown>>;
  readonly begunAt: number;
};

export function makeGuests(engine: Engine, networks: NodeNetworks, parts: Parts): Guests {
  const held: Held = {
    ...parts,
    engine,
    networks,
    askers: new Map(),
    turns: new Map(),
    begunAt: performance.now(),
  };
  const bell = { ring: Promise.withResolvers<void>() };
  const ring = (): void => bell.ring.resolve();
  return {
    ring,
    answers: {
      introduce: async ({ reference }) => {
        const { network } = await asked<{ network: ClusterNetwork }>(held, { what: "network", reference });
        return { name: networks.introduce(network) };
      },
      admit: async ({ asker, ...admission }) => await admit(held, admission, { process: asker, at: performance.now() }),
      ready: async ({ containerId, pid, endpoints }) => {
        networks.tell(containerId, { init: { pid, startTicks: startTicksOf(pid) ?? 0 }, endpoints });
        return {};
      },
    },
    keep: async () => {
      parts.signal.addEventListener("abort", ring, { once: true });
      while (!parts.signal.aborted) {
        bell.ring = Promise.withResolvers<void>();
        const isSettled = await settle(held);
        const waitMs = isSettled ? LOOK_AGAIN_MS : TRY_AGAIN_MS;
        await Promise.race([bell.ring.promise, networks.news(), pause(waitMs, parts.signal)]);
      }
    },
  };
}

function keyOf({ networkId, containerId }: Pick<Guest, "networkId" | "containerId">): string {
  return `${networkId} ${containerId}`;
}

async function inTurn<T>({ turns }: Held, key: string, work: () => Promise<T>): Promise<T> {
  const before = turns.get(key);
  const turn = (async () => {
    // How that ends, its own asker is told.
    await Promise.allSettled([before]);
    return await work();
  })();
  turns.set(key, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(key) === turn) turns.delete(key);
  }
}

async function asked<T>({ ask, signal }: Held, request: GuestAsk): Promise<T> {
  const answer = await ask(request, signal);
  if ("refused" in answer) throw fromWire(answer.refused);
  return answer as T;
}

type Admitted = { readonly ip: string; readonly mac: string };
type Asked = Omit<Extract<GuestAsk, { what: "admit" }>, "what">;

/** An address, once this node's kernel has all that goes with it. */
async function admit(held: Held, admission: Asked, asker: Asker): Promise<Admitted> {
  const key = keyOf(admission);
  return await inTurn(held, key, async () => {
    held.askers.set(key, asker);
    const given = await asked<Admitted>(held, { what: "admit", ...admission });
    const name = await heardOf(held, admission, given.ip);
    held.networks.settle();
    requireClusterNetworks(held.engine, [{ name, ...given }]);
    return given;
  });
}

/** Waits until the manager has said what goes with an address; the name of its network. */
async function heardOf(
  { networks, signal }: Held,
  { networkId, containerId }: Pick<Guest, "networkId" | "containerId">,
  ip: string,
): Promise<string> {
  for (const deadline = performance.now() + PATIENCE_MS; ; ) {
    const wanted = networks.wanted();
    const found = wanted?.networks.find(({ network }) => network.id === networkId);
    const isKnown = wanted?.guests.some(
      (guest) => guest.networkId === networkId && guest.containerId === containerId && guest.ip === ip,
    );
    if (found !== undefined && isKnown === true) return found.network.name;
    if (signal.aborted || performance.now() > deadline) throw noNews(networkId);
    await Promise.race([networks.news(), pause(TRY_AGAIN_MS, signal)]);
  }
}

function noNews(networkId: string): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.no_news",
    what: `the manager gives an address of the network ${networkId}, and has not said what goes with it`,
    fix: "see whether the managers run: estiba node ls",
    retryable: true,
  });
}

/** True when nothing is left to be done. */
async function settle(held: Held): Promise<boolean> {
  const wanted = held.networks.wanted();
  // Before the manager has said anything, what is there stays.
  if (wanted === undefined) return true;
  const local = new Map(localGuests(held.engine).map((guest) => [keyOf(guest), guest]));
  const results: boolean[] = [];
  for (const guest of wanted.guests) {
    const own = local.get(keyOf(guest));
    local.delete(keyOf(guest));
    if (!isNeeded(held, guest)) results.push(await attempted(async () => await giveBack(held, guest)));
    else if (own !== undefined && own.names.join() !== guest.names.join())
      results.push(await attempted(async () => await admitAgain(held, own)));
  }
  // Given up while this node was away; what it had may be another's by now.
  for (const guest of local.values())
    if (hasBegun(held.engine, guest.containerId))
      results.push(await attempted(async () => await admitAgain(held, guest)));
  return results.every(Boolean);
}

function isNeeded({ engine, askers, begunAt }: Held, guest: Pick<Guest, "networkId" | "containerId">): boolean {
  const { containerId } = guest;
  const key = keyOf(guest);
  const hasLease = localGuests(engine).some((each) => keyOf(each) === key);
  const ageMs = performance.now() - begunAt;
  return isHeld(engine, { containerId, hasLease }, { asker: askers.get(key), ageMs });
}

async function giveBack(held: Held, guest: Pick<Guest, "networkId" | "containerId">): Promise<void> {
  const { networkId, containerId } = guest;
  await inTurn(held, keyOf(guest), async () => {
    // It may have been asked for just now.
    if (isNeeded(held, guest)) return;
    await asked(held, { what: "dismiss", networkId, containerId });
    held.askers.delete(keyOf(guest));
  });
}

/** With the address that it has; off the network where that is not to be had any more. */
async function admitAgain(held: Held, guest: LocalGuest): Promise<void> {
  const { networkId, containerId, names, ip, mac, network } = guest;
  await inTurn(held, keyOf(guest), async () => {
    if (!isNeeded(held, guest)) return;
    try {
      await asked(held, { what: "admit", networkId, containerId, names, ip, mac });
    } catch (error) {
      if (!isEstibaError(error, "in_use", "denied", "not_found", "invalid")) throw error;
      await disconnectFromNetwork(held.engine, containerId, network);
    }
  });
}

async function attempted(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    logDebug(() => `guests of the cluster: ${describeError(error)}`);
    return false;
  }
}
