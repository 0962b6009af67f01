import { appendFileSync, closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startTicksOf } from "../host/process.ts";
import { readOrEmpty } from "../host/read-if-there.ts";
import { hasCode } from "../lib/has-code.ts";
import type { StoreFolders } from "./content-store.ts";

/**
 * What a temporary file is for: a blob or an unpacked archive in the making, a folder that is a build's context, the sign that an image is
 * arriving, or what is being deleted.
 */
export type TemporaryKind = "blob" | "archive" | "context" | "arrival" | "removal";

/** A temporary file of the store, by its name; `alive` while the process that made it runs. */
export type Temporary = { readonly path: string; readonly kind: TemporaryKind; readonly alive: boolean };

const NAME = /^(blob|archive|context|arrival|removal)-(\d+)\.(\d+)-/;

/** A new name for a temporary file, which tells whose it is; makes its folder where it is missing. */
export function temporaryPath(folders: StoreFolders, kind: TemporaryKind): string {
  mkdirSync(folders.temporary, { recursive: true, mode: 0o700 });
  return join(folders.temporary, `${kind}-${process.pid}.${startTicksOf(process.pid)}-${crypto.randomUUID()}`);
}

/** The sign that an image is arriving, until it is disposed. */
export type Arriving = Disposable & {
  /** Says that it stands on something that is here, which must stay until then. */
  readonly hold: (what: HeldByArrival) => void;
};

/** An image by its id, or a step of builds by its key. */
export type HeldByArrival = `image ${string}` | `step ${string}`;

/** Says that an image is arriving: what it has brought so far belongs to no image yet, and still is no litter. */
export function announceArrival(folders: StoreFolders): Arriving {
  const path = temporaryPath(folders, "arrival");
  closeSync(openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
  return {
    hold: (what) => appendFileSync(path, `${what}\n`),
    [Symbol.dispose]: () => rmSync(path, { force: true }),
  };
}

/** The ids of images, or the keys of steps, that images which are arriving at this moment stand on. */
export function heldByArrivals(folders: StoreFolders, what: "image" | "step"): Set<string> {
  const arriving = listTemporaries(folders).filter(({ kind, alive }) => kind === "arrival" && alive);
  const lines = arriving.flatMap(({ path }) => readOrEmpty(path).split("\n"));
  return new Set(lines.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1)));
}

/** The temporary files there are, those of dead processes too. */
export function listTemporaries(folders: StoreFolders): Temporary[] {
  return folderNames(folders.temporary).flatMap((name) => {
    const [, kind, pid, ticks] = NAME.exec(name) ?? [];
    if (kind === undefined) return [];
    const path = join(folders.temporary, name);
    const alive = startTicksOf(Number(pid)) === Number(ticks);
    // Its maker may have taken it away, and ended, since the folder was read.
    return alive || existsSync(path) ? [{ path, kind: kind as TemporaryKind, alive }] : [];
  });
}

function folderNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}
