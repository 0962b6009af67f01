import type { Engine } from "../../engine/engine.ts";
import { isEstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import type { Brought, Errand } from "../manager/errands.ts";
import { pieceOf, taskLogs } from "../reach/task-logs.ts";

type Bring = (brought: Brought, signal: AbortSignal) => Promise<boolean>;

const LOOK_WHETHER_WAITED_FOR_MS = 1_000;

/** Brings the manager the logs that it has asked for, until there are no more of them, or nobody waits for them. */
export async function runErrand(engine: Engine, errand: Errand, bring: Bring, stop: AbortSignal): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  const send = async (brought: Brought): Promise<void> => {
    try {
      if (!(await bring(brought, stop))) over.abort();
    } catch (error) {
      if (!isEstibaError(error) && !stop.aborted) logDebug(() => `errand: ${String(error)}`);
      over.abort();
    }
  };
  // One that prints nothing would never find out.
  const looking = setInterval(() => void send({ pieces: [], last: false }), LOOK_WHETHER_WAITED_FOR_MS);
  try {
    for await (const part of taskLogs(engine, { ...errand, signal })) {
      await send({ pieces: [pieceOf(part)], last: false });
      if (signal.aborted) break;
    }
  } finally {
    clearInterval(looking);
    if (!signal.aborted) await send({ pieces: [], last: true });
  }
}
