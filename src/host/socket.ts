import { ERRNO, must } from "./errno.ts";
import { syscallInside } from "./namespace.ts";
import { type Call, syscall } from "./syscall.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const SOL_SOCKET = 1;
const SO_REUSEPORT = 15;
const SIOCOUTQ = 0x5411;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;

export type SocketProtocol = "tcp" | "udp" | "sctp";

const KINDS: Record<SocketProtocol, readonly [type: number, protocol: number]> = {
  tcp: [SOCK_STREAM, 6],
  udp: [SOCK_DGRAM, 17],
  sctp: [SOCK_STREAM, 132],
};

/**
 * Opens a close-on-exec internet socket; an IPv6 one takes IPv6 only. Returns the descriptor or minus errno (97: no such family,
 * 93 or 94: no such protocol in this kernel). In the network namespace of the calling thread, or in the one named by a descriptor.
 */
export function openSocket(family: 4 | 6, protocol: SocketProtocol, netnsFd?: number): number {
  const [type, number] = KINDS[protocol];
  const open: Call = ["socket", family === 4 ? AF_INET : AF_INET6, type | SOCK_CLOEXEC, number];
  const fd = netnsFd === undefined ? syscall(...open) : syscallInside(netnsFd, ...open);
  if (fd >= 0 && family === 6) {
    must("limiting a socket to IPv6", "setsockopt", fd, IPPROTO_IPV6, IPV6_V6ONLY, new Int32Array([1]), 4);
  }
  return fd;
}

/** Binds to an address of 4 or 16 bytes and a port (0: any free one). Returns 0 or minus errno. Neither listens nor sets SO_REUSEADDR. */
export function bindSocket(fd: number, address: Uint8Array, port: number): number {
  const bytes = socketAddress(address, port);
  return syscall("bind", fd, bytes, bytes.length);
}

/** Begins to connect to an address of 4 or 16 bytes, without waiting. */
export function connectSocket(fd: number, address: Uint8Array, port: number): "connected" | "connecting" | "failed" {
  const bytes = socketAddress(address, port);
  const result = syscall("connect", fd, bytes, bytes.length);
  if (result === 0 || result === -ERRNO.EISCONN) return "connected";
  return result === -ERRNO.EINPROGRESS || result === -ERRNO.EALREADY ? "connecting" : "failed";
}

/** Has calls on a descriptor return at once. */
export function setNonBlocking(fd: number): void {
  const flags = must("asking for the flags of a descriptor", "fcntl", fd, F_GETFL, 0);
  must("having a descriptor not wait", "fcntl", fd, F_SETFL, flags | O_NONBLOCK);
}

/** Lets other sockets of this user that are opened so bind to the same address and port, and no others. Before binding. */
export function allowSharing(fd: number): void {
  must("letting a port be shared", "setsockopt", fd, SOL_SOCKET, SO_REUSEPORT, new Int32Array([1]), 4);
}

/** The port that the socket is bound to. */
export function boundPort(fd: number): number {
  const bytes = new Uint8Array(28);
  must("asking a socket for its port", "getsockname", fd, bytes, new Uint32Array([bytes.length]));
  return ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
}

/**
 * Whether something that was written to a connected stream socket is still in the kernel: not read by the other end of a Unix socket, not
 * acknowledged by that of TCP (unix(7), tcp(7): SIOCOUTQ). False for a descriptor that is none.
 */
export function holdsUnread(fd: number): boolean {
  const bytes = new Int32Array(1);
  return syscall("ioctl", fd, SIOCOUTQ, bytes) === 0 && bytes[0] !== 0;
}

export function closeSocket(fd: number): void {
  syscall("close", fd);
}

/** struct sockaddr_in or sockaddr_in6. */
function socketAddress(address: Uint8Array, port: number): Uint8Array {
  const bytes = new Uint8Array(address.length === 4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, address.length === 4 ? AF_INET : AF_INET6, true);
  view.setUint16(2, port, false);
  bytes.set(address, address.length === 4 ? 4 : 8);
  return bytes;
}
