import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { join, relative } from "node:path";
import { hasCode } from "../lib/has-code.ts";

/** Folders and what is below them, watched for changes. */
export type TreeWatch = Disposable & {
  /** Resolves at the first change, when it has been quiet for `quietMs`, to the paths that changed; undefined at the signal. */
  readonly next: (quietMs: number, signal: AbortSignal) => Promise<ReadonlySet<string> | undefined>;
};

/**
 * Watches files and folders recursively (inotify: a watch for each folder). `ignored` is asked with absolute paths; what is below an ignored
 * folder is not watched. A file that takes another's place counts as a change of it.
 */
export function watchTree(roots: readonly string[], ignored: (path: string) => boolean): TreeWatch {
  const watchers = new Map<string, FSWatcher>();
  const state = { changed: new Set<string>(), wake: (): void => undefined };
  const note = (path: string): void => {
    if (ignored(path)) return;
    // A folder that has just come may hold files already.
    if (isFolder(path)) add(path, (below) => void state.changed.add(below));
    else state.changed.add(path);
    state.wake();
  };
  const add = (folder: string, met: (path: string) => void): void => {
    if (watchers.has(folder) || ignored(folder)) return;
    const watcher = watchFolder(folder, (name) => note(join(folder, name)));
    if (watcher === undefined) return;
    watcher.on("error", () => {
      watcher.close();
      watchers.delete(folder);
    });
    watchers.set(folder, watcher);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) add(path, met);
      else if (!ignored(path)) met(path);
    }
  };
  for (const root of roots) {
    if (isFolder(root)) add(root, () => undefined);
    else watchFile(root, watchers, note);
  }
  return {
    next: async (quietMs, signal) => {
      for (;;) {
        const before = state.changed.size;
        const woken = Promise.withResolvers<void>();
        state.wake = woken.resolve;
        const timer = before === 0 ? undefined : setTimeout(woken.resolve, quietMs);
        signal.addEventListener("abort", () => woken.resolve(), { once: true });
        if (!signal.aborted) await woken.promise;
        clearTimeout(timer);
        if (signal.aborted) return undefined;
        // Quiet since the last look: the batch is whole.
        if (before > 0 && state.changed.size === before) break;
      }
      const batch = state.changed;
      state.changed = new Set();
      return batch;
    },
    [Symbol.dispose]: () => {
      for (const watcher of watchers.values()) watcher.close();
    },
  };
}

// An editor replaces a file: the folder tells of it, the file itself would not.
function watchFile(file: string, watchers: Map<string, FSWatcher>, note: (path: string) => void): void {
  const folder = join(file, "..");
  const watcher = watchFolder(folder, (name) => {
    if (join(folder, name) === file) note(file);
  });
  if (watcher !== undefined) watchers.set(`${folder}:${relative(folder, file)}`, watcher);
}

function watchFolder(folder: string, changed: (name: string) => void): FSWatcher | undefined {
  try {
    return watch(folder, (_event, name) => {
      if (name !== null) changed(name);
    });
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
