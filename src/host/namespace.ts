import { closeSync, constants, openSync } from "node:fs";
import { must } from "./errno.ts";
import { standInOwnNetwork } from "./rootless/own-network.ts";

const CLONE_NEWNET = 0x40000000;

// The calling thread's, not the process's: a worker may stand in another namespace.
const THREAD_NETNS = "/proc/thread-self/ns/net";

/**
 * Makes a network namespace and returns a close-on-exec descriptor of it; the caller closes it. The calling thread is back in its own
 * namespace when this returns. `prepare` runs inside the new namespace and must be synchronous.
 * The namespace lives as long as a descriptor or a process holds it.
 */
export function makeNetns(prepare: () => void = () => {}): number {
  return fromHome(() => {
    must("making a network namespace", "unshare", CLONE_NEWNET);
    const fd = openNetns(THREAD_NETNS);
    try {
      prepare();
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  });
}

/** Runs `work` synchronously inside the network namespace and comes back: sockets opened there stay there. */
export function insideNetns<T>(netnsFd: number, work: () => T): T {
  return fromHome(() => {
    must("entering a network namespace", "setns", netnsFd, CLONE_NEWNET);
    return work();
  });
}

/** A close-on-exec descriptor of the network namespace at a path such as /proc/1/ns/net; the caller closes it. */
function openNetns(path: string): number {
  return openSync(path, constants.O_RDONLY);
}

function fromHome<T>(leave: () => T): T {
  standInOwnNetwork();
  const home = openNetns(THREAD_NETNS);
  try {
    return leave();
  } finally {
    // A thread that cannot come home must not go on: `must` throws, and that error is the one to see.
    must("coming back to the network namespace of the host", "setns", home, CLONE_NEWNET);
    closeSync(home);
  }
}
