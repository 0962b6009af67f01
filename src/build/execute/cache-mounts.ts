import { createHash } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { acquireLock, type Lock, tryLock } from "../../state/lock.ts";
import type { RunMount } from "../plan/run-mount.ts";

/** A cache's folder for the time of a step. */
export type CacheFolder = Disposable & { readonly path: string; readonly isNew: boolean };

const MOST_PRIVATE = 1000;

/** Where the folders of cache mounts lie. */
function cacheMountsFolder(engine: Engine): string {
  return join(engine.paths.cache, "mounts");
}

/**
 * The folder of a cache mount, made with its owner and mode where it is new. `locked` waits for whoever has it, in another build too;
 * `private` takes the first one that nobody has; `shared` is for all at once. Throws the signal's reason.
 */
export async function openCacheMount(
  engine: Engine,
  mount: RunMount & { type: "cache" },
  signal: AbortSignal,
): Promise<CacheFolder> {
  const name = createHash("sha256").update(mount.id).digest("hex").slice(0, 32);
  const folder = cacheMountsFolder(engine);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (mount.sharing === "shared") {
    const use = await acquireLock(join(folder, `${name}.users.lock`), { shared: true, signal });
    return { ...folderAt(join(folder, name), mount), [Symbol.dispose]: () => use[Symbol.dispose]() };
  }
  if (mount.sharing === "locked") {
    const lock = await acquireLock(join(folder, `${name}.lock`), { timeoutMs: Number.POSITIVE_INFINITY, signal });
    return { ...folderAt(join(folder, name), mount), [Symbol.dispose]: () => lock[Symbol.dispose]() };
  }
  const { lock, suffix } = firstFree(folder, name);
  return { ...folderAt(join(folder, `${name}${suffix}`), mount), [Symbol.dispose]: () => lock[Symbol.dispose]() };
}

function firstFree(folder: string, name: string): { lock: Lock; suffix: string } {
  for (let number = 0; number < MOST_PRIVATE; number++) {
    const suffix = number === 0 ? "" : `-${number}`;
    const lock = tryLock(join(folder, `${name}${suffix}.lock`));
    if (lock !== undefined) return { lock, suffix };
  }
  throw new Error(`more than ${MOST_PRIVATE} private caches of one name are in use`);
}

function folderAt(path: string, { mode, uid, gid }: RunMount & { type: "cache" }): { path: string; isNew: boolean } {
  if (existsSync(path)) return { path, isNew: false };
  mkdirSync(path, { recursive: true });
  chownSync(path, uid, gid);
  // Exactly as asked for, whatever our umask.
  chmodSync(path, mode);
  return { path, isNew: true };
}
