import { closeSync, constants, openSync, rmSync, writeSync } from "node:fs";
import { syscall } from "./syscall.ts";

// asm-generic/fcntl.h and linux/fcntl.h: the same on x86_64 and aarch64.
const F_SETSIG = 10;
const F_SETLEASE = 1024;
const F_WRLCK = 1;
/** Ignored by whoever does not ask for it: so that the kernel's word that somebody waits ends nobody. */
const SIGURG = 23;

/** A file that is being made: whoever else opens it waits for {@link HeldFile.release}. */
export type HeldFile = Disposable & {
  /** Writes all of the text. */
  readonly write: (text: string) => void;
  /** Lets the others go on; nothing can be written any more. Disposing it does the same. */
  readonly release: () => void;
};

/**
 * Makes a file that only the maker has for now, by a write lease (fcntl(2)): open(2) of another process waits until it is let go or this
 * process ends, and for /proc/sys/fs/lease-break-time (45 seconds) at most. Undefined, and no file, where the file system or the host grants
 * no lease. Throws node's error where no file can be made, EEXIST among them.
 */
export function makeHeldFile(path: string, mode: number): HeldFile | undefined {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode);
  const granted = syscall("fcntl", fd, F_SETSIG, SIGURG) >= 0 && syscall("fcntl", fd, F_SETLEASE, F_WRLCK) >= 0;
  if (!granted) {
    closeSync(fd);
    rmSync(path);
    return undefined;
  }
  const open = { fd: fd as number | undefined };
  const release = (): void => {
    if (open.fd !== undefined) closeSync(open.fd);
    open.fd = undefined;
  };
  return {
    write: (text) => {
      const bytes = new TextEncoder().encode(text);
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    },
    release,
    [Symbol.dispose]: release,
  };
}
