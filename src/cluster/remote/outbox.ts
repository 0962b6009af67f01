import { isEstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import { pause } from "../../lib/pause.ts";
import type { Upstream } from "../manager/dispatch.ts";
import { HEARTBEAT_MS } from "../manager/liveness.ts";
import type { TaskStatus } from "../model/task.ts";
import type { Reports } from "./wire.ts";

const AGAIN_MS = 100;

/** What a node has to say: kept until it was heard. */
export type Outbox = {
  readonly report: Upstream["report"];
  /** Has something be sent at once, also when there is no news of tasks. */
  readonly ring: () => void;
  readonly tellUsages: Upstream["tellUsages"];
  /** Sends it as it comes, and nothing now and then, until the signal: so the node is known to be there. */
  readonly stayInTouch: (send: (said: Said) => Promise<void>, signal: AbortSignal) => Promise<void>;
};

/** What is said at once. */
export type Said = Pick<Reports, "statuses" | "usages">;

export function makeOutbox(): Outbox {
  const letters = new Map<string, TaskStatus>();
  // It goes with the next sign of life.
  const figures: { usages?: Reports["usages"] } = {};
  const bell = { ring: Promise.withResolvers<void>() };
  return {
    ring: () => bell.ring.resolve(),
    report: (taskId, status) => {
      letters.set(taskId, status);
      bell.ring.resolve();
    },
    tellUsages: (usages) => {
      figures.usages = usages;
    },
    stayInTouch: async (send, signal) => {
      for (let pauseMs = AGAIN_MS; !signal.aborted; ) {
        const sent = [...letters];
        const { usages } = figures;
        try {
          await send({ statuses: sent, ...(usages === undefined ? {} : { usages }) });
          if (figures.usages === usages) delete figures.usages;
          for (const [id, status] of sent) if (letters.get(id) === status) letters.delete(id);
        } catch (error) {
          if (!signal.aborted) noWay(error);
          await pause(pauseMs, signal);
          pauseMs = Math.min(pauseMs * 2, HEARTBEAT_MS);
          continue;
        }
        pauseMs = AGAIN_MS;
        if (letters.size === 0) await Promise.race([bell.ring.promise, pause(HEARTBEAT_MS, signal)]);
        bell.ring = Promise.withResolvers<void>();
      }
    },
  };
}

/** Says that a manager was not reached: all of it is tried again, it may be away for a while. Throws what was not foreseen. */
export function noWay(error: unknown): void {
  if (!isEstibaError(error) && !(error instanceof Error)) throw error;
  logDebug(() => `no way to the manager: ${String(error)}`);
}
