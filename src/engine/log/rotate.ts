import { existsSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { watchFolder } from "../../host/watch-folder.ts";
import { hasCode } from "../../lib/has-code.ts";
import { reopenLog } from "../../runtime/attach.ts";
import { getContainer } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { keptFiles, logPath } from "./destination.ts";
import { agedPath } from "./files.ts";
import { stillWrites } from "./read.ts";

/** A log that grows is looked at this often, more or less often as it comes near its size. */
const [SHORTEST_MS, LONGEST_MS] = [5, 200];
/** One that does not is watched; nothing tells for sure of a container's end. */
const RECHECK_MS = 2_000;
/**
 * conmon until 2.1.12 may take a line for another one that came at the same moment. To say it twice is worse, as long as it may still act on
 * the first: it would throw away what it has written since.
 */
const REPEAT_MS = 2_000;

/**
 * Keeps a container's log within its size as long as it is written: a file that has reached it is moved aside, the oldest of those goes, and
 * conmon begins a new one. Nothing is lost: conmon writes on to the file that was moved until it has the next. Resolves when the run has
 * ended, the container is gone, or the signal is aborted. Whoever is killed here leaves files that the next one goes on with.
 */
export async function tendLog(engine: Engine, id: string, signal: AbortSignal): Promise<void> {
  const record = getContainer(engine.store, id);
  const sizeMax = record?.spec.log.sizeMax;
  if (record === undefined || sizeMax === undefined) return;
  const path = logPath(engine, record);
  const bundle = join(engine.paths.bundles, id);
  const goesOn = (): boolean => !signal.aborted && stillWrites(engine, id);
  let seen = { size: 0, at: performance.now() };
  // Somebody was killed between moving the file and telling conmon.
  if (!existsSync(path)) await reopen(path, bundle, goesOn);
  while (goesOn()) {
    const size = sizeOf(path);
    if (size >= sizeMax) {
      moveAside(path, keptFiles(record.spec));
      await reopen(path, bundle, goesOn);
      seen = { size: 0, at: performance.now() };
      continue;
    }
    const now = performance.now();
    const growth = Math.max(0, size - seen.size) / Math.max(1, now - seen.at);
    seen = { size, at: now };
    if (growth === 0) await growing(engine, path, signal);
    else await Bun.sleep(Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (sizeMax - size) / growth)));
  }
}

/** Makes room under the name of a log's current file. Where somebody was killed half-way, a name is free, and the older files stay. */
export function moveAside(path: string, kept: number): void {
  const ages = Array.from({ length: kept - 1 }, (_, index) => index + 1);
  const free = ages.find((age) => !existsSync(agedPath(path, age))) ?? kept - 1;
  for (let age = free; age >= 1; age--) renameIfThere(agedPath(path, age - 1), agedPath(path, age));
}

/** Has conmon begin the file that was moved aside anew, and waits until it is there. */
async function reopen(path: string, bundle: string, goesOn: () => boolean): Promise<void> {
  using watch = watchFolder(dirname(path));
  let tellAt = performance.now();
  while (!existsSync(path) && goesOn()) {
    if (performance.now() >= tellAt && reopenLog(bundle)) tellAt = performance.now() + REPEAT_MS;
    await watch.next(LONGEST_MS);
  }
}

/** Until the log grows again, or the container may have ended. */
async function growing(engine: Engine, path: string, signal: AbortSignal): Promise<void> {
  using log = watchFolder(dirname(path));
  using exits = watchFolder(engine.paths.exits);
  const size = sizeOf(path);
  // What was written before the watch began would not be told of.
  await Bun.sleep(LONGEST_MS);
  if (sizeOf(path) !== size) return;
  await Promise.race([log.next(RECHECK_MS, signal), exits.next(RECHECK_MS, signal)]);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}
