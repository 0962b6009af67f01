import { describeError, EstibaError, isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { Store } from "../store/contract.ts";
import { KEYS } from "./keys.ts";

const LOOK_MS = 500;

/** That the store does not answer, or has no majority of its members behind it. */
export type Silence = { readonly since: number; readonly why: string };

/** Whether the store answers. */
export type Contact = {
  /** Undefined while it does. */
  readonly lost: () => Silence | undefined;
  /** Why it takes nothing, where that was found out and has not passed since. */
  readonly full: () => EstibaError | undefined;
  readonly noteFull: (why: EstibaError | undefined) => void;
  /** Asks again and again, until the signal. */
  readonly keep: (store: Store, signal: AbortSignal) => Promise<void>;
};

export function makeContact(): Contact {
  const state: { lost?: Silence; full?: EstibaError | undefined } = {};
  return {
    lost: () => state.lost,
    full: () => state.full,
    noteFull: (why) => void (state.full = why),
    keep: async (store, signal) => {
      while (!signal.aborted) {
        try {
          await store.range(KEYS.leader);
          delete state.lost;
        } catch (error) {
          if (!isEstibaError(error, "unavailable")) throw error;
          state.lost ??= { since: Date.now(), why: describeError(error) };
        }
        await pause(LOOK_MS, signal);
      }
    },
  };
}

/** The error for a change that cannot be written down. */
export function storeSilent({ since, why }: Silence): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.store_silent",
    what: `nothing can be changed: the cluster's store has not answered for ${secondsSince(since)} s`,
    cause: why,
    fix: "see whether a majority of its members runs: etcdctl endpoint health. Tasks run on meanwhile",
    retryable: true,
  });
}

export function secondsSince(at: number): number {
  return Math.max(1, Math.round((Date.now() - at) / 1_000));
}
