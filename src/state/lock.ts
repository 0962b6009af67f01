import { closeSync, constants, fstatSync, mkdirSync, openSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ERRNO, errnoError } from "../host/errno.ts";
import { O_CLOEXEC } from "../host/open-flags.ts";
import { syscall } from "../host/syscall.ts";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;
const PATIENCE_MS = 60_000;

type LockOptions = {
  /** How long to wait for another holder. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** With others who share it, but with nobody who has it alone. */
  shared?: boolean;
};

/** A held lock; disposing it releases it. It is never inherited by a child, and ends with the process however that ends. */
export type Lock = Disposable & {
  /** Takes the lock's file away, for a thing that is gone for good; those who wait for it start over with a new file. */
  readonly discard: () => void;
};

/**
 * Takes the lock of one path. Each call opens the file anew, so tasks of one process exclude each other as processes do. Throws `timeout`
 * (retryable) when another holds it for too long.
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<Lock> {
  const deadline = performance.now() + (options.timeoutMs ?? PATIENCE_MS);
  for (;;) {
    const fd = openLockFile(path);
    try {
      await waitForFlock(fd, path, { ...options, deadline });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    if (isStillAt(fd, path)) return heldLock(fd, path);
    closeSync(fd);
  }
}

/**
 * {@link acquireLock} for who neither waits for anything while it has the lock nor can wait for it: the whole process stands still until then.
 * Only for locks that nobody has who waits for something meanwhile: who has it may be this very process.
 */
export function acquireLockSync(path: string): Lock {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const lock = tryLock(path);
    if (lock !== undefined) return lock;
    if (performance.now() > deadline) throw heldTooLong(path);
    Bun.sleepSync(1 + Math.random());
  }
}

/** The lock if it is free at this moment, else undefined. */
export function tryLock(path: string): Lock | undefined {
  const fd = openLockFile(path);
  if (syscall("flock", fd, LOCK_EX | LOCK_NB) >= 0 && isStillAt(fd, path)) return heldLock(fd, path);
  closeSync(fd);
  return undefined;
}

/**
 * The lock of a process that is one of its kind; undefined where another one has it. Whoever only looks (`isLocked`) is in the way for an
 * instant, and must not keep the one from beginning.
 */
export async function takeLock(path: string): Promise<Lock | undefined> {
  for (;;) {
    const lock = tryLock(path);
    if (lock !== undefined || isLocked(path)) return lock;
    await Bun.sleep(Math.random() * 3);
  }
}

/** Whether somebody has the lock at this moment. Those who look do not see each other: they share it meanwhile. */
export function isLocked(path: string): boolean {
  const fd = openLockFile(path);
  const result = syscall("flock", fd, LOCK_SH | LOCK_NB);
  if (result >= 0) syscall("flock", fd, LOCK_UN);
  closeSync(fd);
  return result < 0;
}

// The last holder may have discarded the file that we waited for: then the lock we got guards nothing.
function isStillAt(fd: number, path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
}

function heldLock(fd: number, path: string): Lock {
  let held = true;
  return {
    discard: () => rmSync(path, { force: true }),
    [Symbol.dispose]: () => {
      // Who lets go early is asked again at the end of its block: the number may be another file's by then.
      if (!held) return;
      held = false;
      syscall("flock", fd, LOCK_UN);
      closeSync(fd);
    },
  };
}

function openLockFile(path: string): number {
  const flags = constants.O_RDWR | constants.O_CREAT | O_CLOEXEC;
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return openSync(path, flags, 0o600);
  }
}

// A blocking flock would freeze the event loop and with it every other task, perhaps the holder: so try, and sleep a little with jitter.
async function waitForFlock(
  fd: number,
  path: string,
  { deadline, signal, shared = false }: LockOptions & { readonly deadline: number },
): Promise<void> {
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 1.5, 20)) {
    const result = syscall("flock", fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB);
    if (result >= 0) return;
    if (result !== -ERRNO.EAGAIN && result !== -ERRNO.EINTR) throw errnoError(-result, `cannot lock ${path}`);
    signal?.throwIfAborted();
    if (performance.now() > deadline) throw heldTooLong(path);
    await Bun.sleep(pauseMs * (0.5 + Math.random()));
  }
}

function heldTooLong(path: string): EstibaError {
  return new EstibaError("timeout", {
    reason: "state.lock_timeout",
    what: `another command has been holding the lock ${path} for too long`,
    retryable: true,
    fix: "wait for it to end, or find it with: fuser -v LOCKFILE",
  });
}
