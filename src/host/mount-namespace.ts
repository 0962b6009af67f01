import { closeSync, constants, openSync } from "node:fs";
import { errnoError, must } from "./errno.ts";
import { MS, setPropagation } from "./mount.ts";
import { syscallBetween } from "./syscall.ts";

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;

// The calling thread's, not the process's: a worker may stand in another namespace.
const THREAD_MNTNS = "/proc/thread-self/ns/mnt";

/** A mount namespace of our own; what is mounted in it goes when this is disposed, or with the process however that ends. */
export type MountNamespace = Disposable;

/**
 * Runs `work`, synchronous, in a new mount namespace, which begins as a copy of the host's and from which nothing comes back to the host. The
 * calling thread is back in its own when this returns. What `work` opens stays usable, with all that was mounted there, until the namespace
 * is disposed. A thread that the engine of JavaScript happens to start meanwhile stays behind in it until the process ends: it looks at no
 * files, but a process that lives long should let a child do this.
 */
export function inMountNamespace<T>(work: () => T): { result: T; namespace: MountNamespace } {
  const home = openSync(THREAD_MNTNS, constants.O_RDONLY);
  try {
    must("making a mount namespace", "unshare", CLONE_NEWNS);
    const fd = openSync(THREAD_MNTNS, constants.O_RDONLY);
    try {
      // Unmounting on the host must still reach in, or a busy copy would hold what somebody has taken away.
      setPropagation("/", MS.SLAVE | MS.REC);
      return { result: work(), namespace: { [Symbol.dispose]: () => closeSync(fd) } };
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } finally {
    comeHome(home);
    closeSync(home);
  }
}

function comeHome(home: number): void {
  // A thread that the engine of JavaScript started meanwhile shares our root and working folder, and then setns(2) refuses: at once after that
  // nobody does.
  const { result } = syscallBetween(["unshare", CLONE_FS], ["setns", home, CLONE_NEWNS]);
  // A thread that cannot come home must not go on: that error is the one to see.
  if (result < 0) throw errnoError(-result, "coming back to the mount namespace of the host");
}
