import { closeSync, constants, openSync } from "node:fs";
import { errnoError } from "./errno.ts";
import { O_CLOEXEC } from "./open-flags.ts";
import { standInOwnNetwork } from "./rootless/own-network.ts";
import { AT_FDCWD, type Call, syscallBetween } from "./syscall.ts";

const CLONE_NEWNET = 0x40000000;

// The calling thread's, not the process's: a worker may stand in another namespace.
const THREAD_NETNS = "/proc/thread-self/ns/net";

/**
 * Makes a network namespace and returns a close-on-exec descriptor of it; the caller closes it. The calling thread is back in its own
 * namespace when this returns. The namespace lives as long as a descriptor or a process holds it.
 */
export function makeNetns(): number {
  const what = "making a network namespace";
  const open: Call = ["openat", AT_FDCWD, THREAD_NETNS, constants.O_RDONLY | O_CLOEXEC];
  const fd = awayFromHome(what, ["unshare", CLONE_NEWNET], open);
  if (fd < 0) throw errnoError(-fd, what);
  return fd;
}

/**
 * Makes one system call inside a network namespace, with the calling thread back in its own when this returns; its result, or minus errno. A
 * socket or a file of /proc/sys/net that is opened so stays that namespace's, wherever it is used.
 */
export function syscallInside(netnsFd: number, ...work: Call): number {
  return awayFromHome("entering a network namespace", ["setns", netnsFd, CLONE_NEWNET], work);
}

function awayFromHome(what: string, enter: Call, work: Call): number {
  standInOwnNetwork();
  const home = openSync(THREAD_NETNS, constants.O_RDONLY);
  try {
    const { failed, result } = syscallBetween(enter, work, ["setns", home, CLONE_NEWNET]);
    if (failed === "enter") throw errnoError(-result, what);
    // A thread that cannot come home must not go on: that error is the one to see.
    if (failed === "leave") throw errnoError(-result, "coming back to the network namespace of the host");
    return result;
  } finally {
    closeSync(home);
  }
}
