import { isEstibaError } from "../../lib/error.ts";
import { writeLog } from "../../lib/log.ts";
import { pause } from "../../lib/pause.ts";
import type { Call } from "../manager/calls.ts";
import type { Orders, Standing, Upstream } from "../manager/dispatch.ts";
import type { GuestAnswer } from "../manager/guests.ts";
import type { NodeDescription } from "../model/node.ts";
import { type Credentials, callManager } from "./call.ts";
import { type KnownManagers, makeChoice } from "./choice.ts";
import { makeLine, type To } from "./line.ts";
import { makeOutbox, noWay } from "./outbox.ts";
import type { LineRequest, Reports, SessionRequest } from "./wire.ts";

const CALL_MS = 2_000;
/** So long a request waits for a leader. */
const PATIENCE_MS = 8_000;
const FIRST_PAUSE_MS = 100;
/** Less than a node may be silent: with another leader it is heard of in time. */
const LONGEST_PAUSE_MS = 1_000;

/** The orders of a node that is none any more. */
const NOTHING_MORE: Orders = { complete: true, assignments: [], gone: [] };

type Way = {
  readonly session: string;
  /** Which managers there are, as far as that is known. */
  readonly known: () => KnownManagers;
  /** Read for each connection: certificates are renewed. */
  readonly credentials: () => Credentials;
  /** The mark of those whom this node trusts. */
  readonly trust: () => string;
  readonly description: NodeDescription;
  /** Is told what the node is to be, and where managers are. */
  readonly stand: (standing: Standing) => void;
  /** Is told where to call back. */
  readonly callBack: (call: Call) => void;
};

type Ask = (path: string, body: unknown, signal: AbortSignal) => Promise<unknown>;

/**
 * The way of a worker to the manager that leads: another one says where that is. What the worker has to say is kept until it was heard;
 * without a manager, tasks run on.
 */
export function remoteUpstream(way: Way): Upstream & {
  readonly stayInTouch: (signal: AbortSignal) => Promise<void>;
  /** Tells at once whom this node trusts. */
  readonly tellTrust: () => void;
  /** Asks the manager that is asked for everything. */
  readonly ask: Ask;
} {
  const { session } = way;
  const outbox = makeOutbox();
  const choice = makeChoice(way.known);
  const line = makeLine();
  const withinCall = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
  const ask: Ask = async (path, body, signal) =>
    await choice.ask(async (manager) => {
      const asked = { method: "POST", path, body, signal: withinCall(signal), credentials: way.credentials() } as const;
      return await (await callManager(manager, asked)).json();
    });
  const to = (at: string, signal: AbortSignal): To => ({
    at,
    credentials: way.credentials(),
    signal: withinCall(signal),
  });
  const say = async (said: LineRequest, signal: AbortSignal): Promise<void> =>
    await choice.ask(async (at) => await line.say(to(at, signal), said));
  return {
    ask,
    tellTrust: outbox.ring,
    report: outbox.report,
    askForGuest: guestAsker(ask),
    tellUsages: outbox.tellUsages,
    orders: async function* (signal) {
      const said = { reason: "" };
      for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        try {
          const body: SessionRequest = { session, description: way.description };
          await say({ path: "/session", body }, signal);
          const stream = await choice.ask(async (at) => await line.orders(to(at, signal), signal));
          pauseMs = FIRST_PAUSE_MS;
          said.reason = "";
          for await (const { calls = [], ...orders } of stream) {
            for (const asked of calls) way.callBack(asked);
            if (orders.standing !== undefined) way.stand(orders.standing);
            yield orders;
          }
        } catch (error) {
          if (signal.aborted) return;
          noWay(error);
          warnOnce(said, error);
          if (isRemoved(error)) yield NOTHING_MORE;
        }
        await pause(pauseMs, signal);
      }
    },
    stayInTouch: async (signal) => {
      using _line = line;
      await outbox.stayInTouch(async (said) => {
        const body: Reports = { session, ...said, trust: way.trust() };
        await say({ path: "/reports", body }, signal);
      }, signal);
    },
  };
}

// The leader says so, of whom this node knows that it is one. What ran here has been given to others.
function isRemoved(error: unknown): boolean {
  return isEstibaError(error) && error.reason === "cluster.node_removed";
}

// What does not pass by itself is for people to know.
function warnOnce(said: { reason: string }, error: unknown): void {
  if (!isEstibaError(error) || said.reason === error.reason) return;
  if (error.reason !== "cluster.clock_off" && !isRemoved(error)) return;
  said.reason = error.reason;
  writeLog("warn", `${error.message}; ${error.fix}`);
}

function guestAsker(ask: Ask): Upstream["askForGuest"] {
  return async (asked, signal) => {
    // Where the leader is may only be found out by being sent there.
    for (const deadline = performance.now() + PATIENCE_MS; ; await pause(FIRST_PAUSE_MS, signal)) {
      try {
        return (await ask("/guest", asked, signal)) as GuestAnswer;
      } catch (error) {
        if (signal.aborted || performance.now() > deadline) throw error;
        noWay(error);
      }
    }
  };
}
