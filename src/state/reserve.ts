import { existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../lib/has-code.ts";

/** A folder of files that hold nothing but room, and how much. */
type Reserve = { readonly folder: string; readonly bytes: number };
/** Where the reserves are. */
export type ReservePaths = { readonly reserve: string; readonly liveReserve: string };

/** Several: where a file system is out of inodes, each gives one back. */
const FILES = 8;
const DURABLE_BYTES = 1024 * 1024;
const LIVE_BYTES = 256 * 1024;
/** How many times the reserve there must be room for, before it is made (again). */
const COMFORT = 4;

/** The reserve of the root, and that of the run root: they may lie on two file systems. */
function reservesOf({ reserve, liveReserve }: ReservePaths): readonly Reserve[] {
  return [
    { folder: reserve, bytes: DURABLE_BYTES },
    { folder: liveReserve, bytes: LIVE_BYTES },
  ];
}

/**
 * For a command that gives room back: even forgetting takes some, for the log of the database and for a lock. Where a disk is full, what was
 * reserved on it is given up; disposing makes it again where there is room by then.
 */
export function openReserve(paths: ReservePaths): Disposable {
  const reserves = reservesOf(paths);
  for (const { folder, bytes } of reserves)
    if (existsSync(folder) && isShort(folder, bytes, FILES)) rmSync(folder, { recursive: true, force: true });
  return { [Symbol.dispose]: () => makeReserves(paths) };
}

/** Makes the reserves of the folders that are there, where they are missing and there is room. */
export function makeReserves(paths: ReservePaths): void {
  reservesOf(paths).forEach(makeReserve);
}

function makeReserve({ folder, bytes }: Reserve): void {
  if (existsSync(folder) || !existsSync(join(folder, ".."))) return;
  if (isShort(join(folder, ".."), bytes * COMFORT, FILES * COMFORT)) return;
  try {
    mkdirSync(folder, { mode: 0o700 });
    for (let number = 0; number < FILES; number++)
      writeFileSync(join(folder, String(number)), Buffer.alloc(bytes / FILES), { mode: 0o600 });
  } catch (error) {
    // Somebody else has taken the room meanwhile, or makes the reserve, or nothing may be written here: the next time.
    if (!hasCode(error, "ENOSPC", "EDQUOT", "EEXIST", "EROFS", "ENOENT")) throw error;
  }
}

function isShort(path: string, bytes: number, inodes: number): boolean {
  const { bavail, bsize, files, ffree } = statfsSync(path);
  // Some file systems do not count inodes.
  return bavail * bsize < bytes || (files > 0 && ffree < inodes);
}
