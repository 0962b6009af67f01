import { closeSync, constants, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { syscall } from "../host/syscall.ts";
import { hasCode } from "../lib/has-code.ts";
import { tryLock } from "./lock.ts";

/** What an event speaks of. */
export type EventType =
  | "container"
  | "exec"
  | "image"
  | "volume"
  | "network"
  | "pod"
  | "secret"
  | "system"
  /** Of a cluster: no log has these, they are made of its state. */
  | "node"
  | "service";

/** One line of the event log. Source: Docker's GET /events, whose type, action and actor these are. */
export type EventRecord = {
  /** Milliseconds since the epoch, with a fraction. */
  readonly time: number;
  readonly type: EventType;
  /** A verb as Podman names it: create, init, start, attach, died, cleanup, remove, pull, tag ... */
  readonly action: string;
  readonly id: string;
  readonly name: string;
  /** Further facts, apart from labels: `image`, `exitCode`, `signal`, `oldName`, `pod`, `network`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** The labels of what it speaks of, where there are any. */
  readonly labels?: Readonly<Record<string, string>>;
};

/** Some ten thousand events; one such file is kept beside the current one. */
const ROTATE_BYTES = 2 * 1024 * 1024;
const SEEK_CUR = 1;

/** Where the log goes when it is full; the one that was there goes. */
export function rotatedPath(path: string): string {
  return `${path}.1`;
}

/**
 * Appends one event to the log: a single write, so that lines of several processes never mix. A full log is moved aside. A log that cannot
 * be written harms nothing but itself: what the event speaks of has happened.
 */
export function appendEvent(path: string, event: EventRecord, rotateBytes: number = ROTATE_BYTES): void {
  try {
    const fd = openForAppend(path);
    try {
      writeSync(fd, `${JSON.stringify(event)}\n`);
      // After an append the position is the end.
      if (syscall("lseek", fd, 0, SEEK_CUR) > rotateBytes) rotate(path, rotateBytes);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!hasCode(error, "ENOSPC", "EDQUOT", "EROFS", "EACCES")) throw error;
  }
}

function openForAppend(path: string): number {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, flags, 0o600);
  }
}

// One rename: whoever is killed here leaves either state whole. A second process that saw the same full file must not move the new one.
function rotate(path: string, rotateBytes: number): void {
  using lock = tryLock(`${path}.lock`);
  if (lock === undefined || (statSync(path, { throwIfNoEntry: false })?.size ?? 0) <= rotateBytes) return;
  renameSync(path, rotatedPath(path));
}
