import { closeSync, constants, openSync } from "node:fs";
import { makeNetns } from "../host/namespace.ts";
import { writeSysctls } from "../host/sysctl.ts";

/**
 * A network namespace that this process holds by a descriptor. Nothing is mounted: it ends with its last process once this is disposed,
 * and its interfaces with it.
 */
export type Netns = Disposable & {
  readonly fd: number;
  /** Where another process opens it, as long as this one lives and has not disposed it. */
  readonly path: string;
};

/** Makes an empty network namespace; its loopback is still off. */
export function createNetns(): Netns {
  return withDefaults(held(makeNetns()));
}

/** The network namespace at a path, which a runtime has made just now, in the state in which {@link createNetns} makes one. */
export function openNetns(path: string): Netns {
  return withDefaults(held(openSync(path, constants.O_RDONLY)));
}

// Addresses usable at once, also the link-local one; and no sibling may advertise itself as a router.
function withDefaults(netns: Netns): Netns {
  try {
    writeSysctls("net/ipv6/conf/default", { accept_dad: "0", accept_ra: "0" }, netns.fd);
    return netns;
  } catch (error) {
    netns[Symbol.dispose]();
    throw error;
  }
}

function held(fd: number): Netns {
  let open = true;
  return {
    fd,
    path: `/proc/${process.pid}/fd/${fd}`,
    [Symbol.dispose]: () => {
      if (open) closeSync(fd);
      open = false;
    },
  };
}
