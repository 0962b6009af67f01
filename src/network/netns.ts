import { closeSync, constants, openSync } from "node:fs";
import { insideNetns, makeNetns } from "../host/namespace.ts";
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
  return held(makeNetns(setDefaults));
}

/** The network namespace at a path, which a runtime has made just now, in the state in which {@link createNetns} makes one. */
export function openNetns(path: string): Netns {
  const netns = held(openSync(path, constants.O_RDONLY));
  insideNetns(netns.fd, setDefaults);
  return netns;
}

// Addresses usable at once, also the link-local one; and no sibling may advertise itself as a router.
function setDefaults(): void {
  writeSysctls("net/ipv6/conf/default", { accept_dad: "0", accept_ra: "0" });
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
