import { isEstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { askLeader } from "../door/lead.ts";
import type { Door } from "../door/routes.ts";
import { ordersFor, receive, type Upstream } from "../manager/dispatch.ts";
import type { GuestAnswer } from "../manager/guests.ts";
import { noLeader } from "../manager/manager.ts";
import type { Leader } from "../manager/replica.ts";
import { noteTrust } from "../manager/root.ts";
import { depose } from "../manager/term.ts";
import type { NodeDescription } from "../model/node.ts";
import { callManager } from "./call.ts";
import { makeOutbox, type Said } from "./outbox.ts";
import type { Reports, SessionRequest } from "./wire.ts";

const CALL_MS = 2_000;

type Way = {
  readonly door: Door;
  readonly session: string;
  readonly description: NodeDescription;
  /** What other nodes reach this manager at; undefined while it does not listen. */
  readonly listensAt: () => string | undefined;
  /** The mark of those whom this manager trusts, as soon as it does. */
  readonly trust: () => string | undefined;
};

type ManagerUpstream = Upstream & {
  readonly stayInTouch: (signal: AbortSignal) => Promise<void>;
  /** Tells at once whom this manager trusts. */
  readonly tellTrust: () => void;
};

/** How a manager's own tasks get their orders, from what it knows itself, and how the leader hears of them, which may be this one. */
export function managerUpstream(way: Way): ManagerUpstream {
  const { manager } = way.door;
  const outbox = makeOutbox();
  // The leader with which there is a session, and what it was told then.
  const known: { revision?: number; listensAt?: string | undefined } = {};
  return {
    report: outbox.report,
    tellTrust: outbox.ring,
    tellUsages: outbox.tellUsages,
    orders: (signal) => ordersFor(manager, manager.nodeId, signal),
    askForGuest: async (asked, signal) => {
      const request = { method: "POST", path: `/nodes/${manager.nodeId}/guest`, body: asked };
      return (await askLeader(way.door, request, signal)) as GuestAnswer;
    },
    stayInTouch: async (signal) =>
      await outbox.stayInTouch(async (said) => {
        if (manager.term !== undefined) {
          manager.usages.hear(manager.nodeId, said.usages ?? []);
          for (const [taskId, status] of said.statuses) receive(manager, manager.nodeId, { taskId, status });
          return await noteTrust(manager, manager.nodeId, way.trust());
        }
        const leader = manager.replica.leader();
        if (leader === undefined || leader.nodeId === manager.nodeId) throw noLeader();
        const listensAt = way.listensAt();
        const isNew = known.revision !== leader.revision || known.listensAt !== listensAt;
        try {
          await tellLeader(way, { leader, isNew, said, stop: signal });
          Object.assign(known, { revision: leader.revision, listensAt });
        } catch (error) {
          // It was there in this term, and nobody listens any more: its process has ended.
          if (known.revision === leader.revision && isRefused(error)) await depose(manager.store, leader);
          throw error;
        }
      }, signal),
  };
}

type Telling = {
  readonly leader: Leader;
  readonly isNew: boolean;
  readonly said: Said;
  readonly stop: AbortSignal;
};

async function tellLeader(way: Way, { leader, isNew, said, stop }: Telling): Promise<void> {
  const { door, session, description } = way;
  const at = door.manager.replica.nodes.get(leader.nodeId)?.listensAt;
  if (at === undefined) throw noLeader();
  const credentials = await door.credentials();
  const post = async (path: string, body: SessionRequest | Reports): Promise<void> => {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(CALL_MS)]);
    await (await callManager(at, { method: "POST", path, body, signal, credentials })).json();
  };
  const listensAt = way.listensAt();
  if (isNew) await post("/session", { session, description, ...(listensAt === undefined ? {} : { listensAt }) });
  const trust = way.trust();
  await post("/reports", { session, ...said, ...(trust === undefined ? {} : { trust }) });
}

function isRefused(error: unknown): boolean {
  return isEstibaError(error, "unavailable") && hasCode(error.cause, "ConnectionRefused", "ECONNREFUSED");
}
