import { watch } from "node:fs";
import { hasCode } from "../lib/has-code.ts";

/** Tells of changes in a folder. Dispose it to stop. */
export type FolderWatch = Disposable & {
  /** Resolves at the next change, at once when there was one since the last call, and after `recheckMs` or at the signal in any case. */
  readonly next: (recheckMs: number, signal?: AbortSignal) => Promise<void>;
};

/** Watches the names and the contents of a folder (inotify). A folder that is not there, or goes, tells of nothing. */
export function watchFolder(folder: string): FolderWatch {
  const state = { dirty: false, wake: (): void => undefined };
  const watcher = startWatch(folder, () => {
    state.dirty = true;
    state.wake();
  });
  return {
    next: async (recheckMs, signal) => {
      const woken = Promise.withResolvers<void>();
      state.wake = woken.resolve;
      const timer = setTimeout(woken.resolve, recheckMs);
      signal?.addEventListener("abort", () => woken.resolve(), { once: true });
      if (!state.dirty && signal?.aborted !== true) await woken.promise;
      clearTimeout(timer);
      state.dirty = false;
    },
    [Symbol.dispose]: () => watcher?.close(),
  };
}

function startWatch(folder: string, changed: () => void): { close: () => void } | undefined {
  try {
    return watch(folder, changed);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}
