import { chmodSync, mkdir, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a folder and what is missing above it, all with exactly `mode`: `mkdir` alone takes the umask off, which is not ours in a program
 * that has the library. What is there stays as it is.
 */
export function makeFolders(path: string, mode: number): void {
  const first = mkdirSync(path, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) chmodSync(made, mode);
}

/**
 * Begins to make a folder off this thread, for who is going to make it by the usual means a little later: that call finds it there, or waits
 * for it in the kernel. A new folder may need a block that is read from the disk, which takes most of a millisecond. Resolves when it is over, and
 * never fails: whatever stands in its way, the other call will tell.
 */
export function makeFolderAhead(path: string, mode: number): Promise<void> {
  return new Promise((resolve) => {
    mkdir(path, { mode }, () => resolve());
  });
}
