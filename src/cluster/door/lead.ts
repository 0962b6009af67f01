import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { pause } from "../../lib/pause.ts";
import { storeSilent } from "../manager/contact.ts";
import { noLeader } from "../manager/manager.ts";
import { callManager } from "../remote/call.ts";
import { type DoorRequest, dispatch } from "./dispatch.ts";
import type { Door } from "./routes.ts";
import type { LedAnswer } from "./wire.ts";

/** So long a request waits for a leader: one that is gone is followed by another one sooner. */
const PATIENCE_MS = 8_000;
const LOOK_MS = 50;
const CALL_MS = 10_000;

/**
 * Has the leader do what changes the state, here or on another manager; where there is none at this moment, waits for the next one. Resolves
 * when the change is known here, too. Throws `unavailable` when there is no leader, or at once when the store is silent;
 * `exhausted` when it is full.
 */
export async function askLeader(door: Door, request: DoorRequest, signal: AbortSignal): Promise<unknown> {
  const { manager } = door;
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const lost = manager.contact.lost();
    if (lost !== undefined) throw storeSilent(lost);
    const full = manager.contact.full();
    // Nobody can come to lead.
    if (full !== undefined && (!manager.hasEntered || manager.replica.leader() === undefined)) throw full;
    try {
      if (!manager.hasEntered) throw noLeader();
      return manager.term === undefined ? await askOther(door, request, signal) : await dispatch(door, request, signal);
    } catch (error) {
      // Nothing was done: whoever leads next is asked.
      if (!isWithoutLeader(error) || performance.now() > deadline || signal.aborted) throw error;
    }
    await pause(LOOK_MS, signal);
  }
}

async function askOther(door: Door, request: DoorRequest, stop: AbortSignal): Promise<unknown> {
  const { manager, credentials } = door;
  const { replica, nodeId } = manager;
  const leader = replica.leader();
  const at = replica.nodes.get(leader?.nodeId ?? "")?.listensAt;
  if (leader === undefined || leader.nodeId === nodeId || at === undefined) throw noLeader();
  const over = new AbortController();
  using _listening = replica.onChange(() => {
    if (replica.leader()?.revision !== leader.revision) over.abort();
  });
  const signal = AbortSignal.any([stop, over.signal, AbortSignal.timeout(CALL_MS)]);
  const call = { method: "POST", path: "/door", body: request, signal, credentials: await credentials() } as const;
  try {
    const { answer, revision } = (await (await callManager(at, call)).json()) as LedAnswer;
    await replica.reached(revision, signal);
    return answer;
  } catch (error) {
    // Frozen, or cut off: what it has not written down by now it never will.
    throw over.signal.aborted ? noLeader() : error;
  }
}

function isWithoutLeader(error: unknown): boolean {
  if (!isEstibaError(error)) return false;
  const isRefused = error.reason === "cluster.no_manager" && hasCode(error.cause, "ConnectionRefused", "ECONNREFUSED");
  return isRefused || error.reason === "cluster.no_leader" || error.reason === "cluster.not_leader";
}

/** The error of a manager that is asked for what only the leader does. */
export function notLeader({ manager: { replica, nodeId, contact } }: Pick<Door, "manager">): EstibaError {
  const leader = replica.leader()?.nodeId;
  // One that does not hear of the store knows who led before: itself, maybe, and nodes would ask it again and again.
  const isKnown = leader !== nodeId && contact.lost() === undefined;
  const at = isKnown ? replica.nodes.get(leader ?? "")?.listensAt : undefined;
  return new EstibaError("unavailable", {
    reason: "cluster.not_leader",
    what: at === undefined ? "no manager leads the cluster at this moment" : `the manager at ${at} leads the cluster`,
    fix: "ask that one",
    retryable: true,
    details: at === undefined ? {} : { leader: at },
  });
}
