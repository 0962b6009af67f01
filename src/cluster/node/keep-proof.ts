import { isEstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import { pause } from "../../lib/pause.ts";
import type { Door } from "../door/routes.ts";
import { trustMark } from "../trust/rotation.ts";
import type { Listener } from "./listener.ts";

const LOOK_MS = 600_000;
const AGAIN_MS = 2_000;

/** What a manager proves itself to other nodes by. */
export type Proof = {
  /** The mark of those whom it trusts, as soon as it listens with that. */
  readonly trust: () => string | undefined;
  /** Has the certificate be good, and of the root that nodes are to trust, until the signal; `tell` is called when it trusts others. */
  readonly keep: (tell: () => void, signal: AbortSignal) => Promise<void>;
};

export function makeProof({ manager, credentials }: Pick<Door, "manager" | "credentials">, listener: Listener): Proof {
  const state: { made?: Awaited<ReturnType<typeof credentials>> } = {};
  const renew = async (tell: () => void): Promise<void> => {
    const made = await credentials();
    if (made === state.made) return;
    listener.renew(made);
    state.made = made;
    tell();
  };
  return {
    trust: () => (state.made === undefined ? undefined : trustMark(state.made.ca)),
    keep: async (tell, signal) => {
      while (!signal.aborted) {
        const look = new AbortController();
        using _listening = manager.replica.onChange(({ cluster }) => {
          if (cluster) look.abort();
        });
        const isDone = await isTried(async () => await renew(tell));
        await pause(isDone ? LOOK_MS : AGAIN_MS, AbortSignal.any([signal, look.signal]));
      }
    },
  };
}

// There may be no cluster yet, or what its key is encrypted with may be away.
async function isTried(renew: () => Promise<void>): Promise<boolean> {
  try {
    await renew();
    return true;
  } catch (error) {
    if (!isEstibaError(error)) throw error;
    logDebug(() => `the certificate is not renewed: ${error.message}`);
    return false;
  }
}
