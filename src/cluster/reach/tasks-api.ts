import { rmSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { tasksSocketPath } from "../node/paths.ts";

/** Answers the API of this node's tasks at a path, for root only, until the signal; resolves when it does. */
export type ServeTasks = (path: string, signal: AbortSignal) => Promise<void>;

/** Where that API answers, from the first time that somebody wants to know: most nodes are never asked. */
export function openedWhenAsked(engine: Engine, serve: ServeTasks, signal: AbortSignal): () => Promise<string> {
  const path = tasksSocketPath(engine);
  const state: { opening?: Promise<void> } = {};
  return async () => {
    if (state.opening === undefined) {
      // Of one that was killed: the lock says that none lives.
      rmSync(path, { force: true });
      state.opening = serve(path, signal);
    }
    await state.opening;
    return path;
  };
}
