import type { Engine } from "../../engine/engine.ts";
import { isEstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import { pause } from "../../lib/pause.ts";
import { ownTrust, renewWhenDue } from "./credentials.ts";

const LOOK_MS = 600_000;
const ASK_AGAIN_MS = 1_000;

type Managers = {
  readonly ask: (path: string, body: unknown, signal: AbortSignal) => Promise<unknown>;
  readonly tellTrust: () => void;
};

/** A worker's certificate, and the roots that it trusts. */
export type Renewal = {
  /** Is told the mark of those who are to be trusted. */
  readonly want: (trust: string | undefined) => void;
  /** Keeps the certificate good, and the roots those that are wanted, until the signal. */
  readonly keep: (managers: Managers, signal: AbortSignal) => Promise<void>;
};

export function makeRenewal(engine: Engine): Renewal {
  const state: { trust?: string | undefined; look: AbortController } = { look: new AbortController() };
  return {
    want: (trust) => {
      if (trust === undefined || trust === state.trust) return;
      state.trust = trust;
      state.look.abort();
    },
    keep: async ({ ask, tellTrust }, signal) => {
      while (!signal.aborted) {
        state.look = new AbortController();
        const { trust, look } = state;
        const before = ownTrust(engine);
        const isDone = await isTried(async () => await renewWhenDue(engine, ask, { trust, signal }));
        if (ownTrust(engine) !== before) tellTrust();
        await pause(isDone ? LOOK_MS : ASK_AGAIN_MS, AbortSignal.any([signal, look.signal]));
      }
    },
  };
}

// Managers may be away.
async function isTried(renew: () => Promise<void>): Promise<boolean> {
  try {
    await renew();
    return true;
  } catch (error) {
    if (!isEstibaError(error) && !(error instanceof DOMException)) throw error;
    logDebug(() => `the certificate is not renewed yet: ${error.message}`);
    return false;
  }
}
