import { mkdirSync, watch } from "node:fs";
import { isAlive } from "../host/process.ts";
import { EstibaError } from "../lib/error.ts";
import type { ContainerExit } from "../state/container.ts";
import { getContainer, getState, loadExit } from "../state/containers.ts";
import { recallExit } from "../state/finished.ts";
import type { Engine } from "./engine.ts";
import { isSameRun, readExitFile } from "./status.ts";

/** conmon closes the container's stdio just before it writes the exit file: so short that asking again beats a watch. */
const QUICK_LOOKS = 30;
/** A watch can miss nothing, but a monitor that is killed writes nothing: look that often whether it still lives. */
const RECHECK_MS = 500;
/** What both peers give for it. */
const NEVER_RAN: ContainerExit = { code: 0, startedAt: 0, finishedAt: 0, oomKilled: false };

type WaitOptions = {
  readonly signal?: AbortSignal;
  /** How often it is looked again, beside the watch that wakes at once. */
  readonly recheckMs?: number;
};

/**
 * Resolves when the container's current run has ended, to how it ended; at once when it does not run, with code 0 when it never did.
 * Takes no lock, and works for a container that removes itself. Throws `not_found` when nothing is known of it any more, and the signal's reason when aborted.
 */
export async function waitForExit(engine: Engine, id: string, options: WaitOptions = {}): Promise<ContainerExit> {
  for (let look = 0; look < QUICK_LOOKS; look++) {
    const exit = lookForExit(engine, id);
    if (exit !== undefined) return exit;
    options.signal?.throwIfAborted();
    await Bun.sleep(look < 10 ? 0.5 : 2);
  }
  return await watchForExit(engine, id, options);
}

async function watchForExit(
  engine: Engine,
  id: string,
  { signal, recheckMs = RECHECK_MS }: WaitOptions,
): Promise<ContainerExit> {
  const ended = Promise.withResolvers<ContainerExit>();
  const look = (): void => {
    try {
      const exit = lookForExit(engine, id);
      if (exit !== undefined) ended.resolve(exit);
    } catch (error) {
      ended.reject(error);
    }
  };
  mkdirSync(engine.paths.exits, { recursive: true, mode: 0o700 });
  const watcher = watch(engine.paths.exits, look);
  const timer = setInterval(look, recheckMs);
  const abort = (): void => ended.reject(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    look();
    return await ended.promise;
  } finally {
    signal?.removeEventListener("abort", abort);
    clearInterval(timer);
    watcher.close();
  }
}

/** How the run ended, as far as that is known now; undefined while it goes on (or its monitor is still writing it down). */
function lookForExit(engine: Engine, id: string): ContainerExit | undefined {
  const state = getState(engine.live, id);
  if (state?.exit !== undefined && state.status === "exited") return state.exit;
  if (state === undefined || state.status === "created") {
    const remembered = recallExit(engine.live, id) ?? loadExit(engine.store, id);
    if (remembered !== undefined) return remembered;
    if (getContainer(engine.store, id) !== undefined) return NEVER_RAN;
    throw new EstibaError("not_found", {
      reason: "container.no_exit",
      what: `nothing is known of a run of container ${id.slice(0, 12)}`,
    });
  }
  if (isAlive(state.init)) return undefined;
  // Asked first: a monitor that has just gone has written the file before.
  const monitorLives = isAlive(state.monitor);
  const exit = readExitFile(engine, id, state);
  if (exit !== undefined || monitorLives || state.status === "starting") return exit;
  // Somebody may have cleaned up, and even started it again, since the state was read.
  if (!isSameRun(getState(engine.live, id), state)) return lookForExit(engine, id);
  // Killed with its monitor: nobody will write an exit file.
  const now = Date.now();
  return {
    code: 137,
    startedAt: state.startedAt ?? now,
    finishedAt: now,
    oomKilled: false,
    error: "its monitor was killed",
  };
}
