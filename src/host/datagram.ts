import { closeSync } from "node:fs";
import { must } from "./errno.ts";
import { syscall } from "./syscall.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const LONGEST_PATH = 107;

/** Sends one datagram to a unix socket, whose name begins with @ when it is an abstract one; nobody listening is a minus errno. */
export function sendDatagram(name: string, text: string): number {
  const path = new TextEncoder().encode(name.startsWith("@") ? `\0${name.slice(1)}` : name);
  if (path.length > LONGEST_PATH) return -36;
  const address = new Uint8Array(2 + path.length);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(path, 2);
  const bytes = new TextEncoder().encode(text);
  const fd = must("cannot make a socket", "socket", AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    return syscall("sendto", fd, bytes, bytes.length, 0, address, address.length);
  } finally {
    closeSync(fd);
  }
}
