import { syscall } from "./syscall.ts";

const POLLERR = 0x08;
const POLLHUP = 0x10;

/** Whether the other end of a connection has closed both directions; one that has only ended its own is still there. */
export function isHungUp(fd: number): boolean {
  const poll = new Uint8Array(8);
  const view = new DataView(poll.buffer);
  view.setInt32(0, fd, true);
  // Asked for nothing: these two the kernel tells anyway.
  const count = syscall("ppoll", poll, 1, new Uint8Array(16), null, 0);
  return count > 0 && (view.getInt16(6, true) & (POLLHUP | POLLERR)) !== 0;
}
