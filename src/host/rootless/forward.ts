import { ERRNO, errnoError, must } from "../errno.ts";
import { syscall } from "../syscall.ts";
import { userRunFolder } from "./folder.ts";
import { GUEST_ADDRESS, slirpSocket } from "./slirp.ts";

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 1 | 0x80000;
const SHUT_WR = 1;
const MAX_PATH = 107;

/** A port of the host that leads to the same port of the user's network. */
export type Forward = {
  readonly protocol: "tcp" | "udp";
  /** IPv4. */
  readonly address: string;
  readonly port: number;
};

type Listed = {
  readonly id: number;
  readonly proto: string;
  readonly host_addr: string;
  readonly host_port: number;
};

type Answer = {
  /** Of a list. */
  readonly entries?: readonly Listed[];
  readonly error?: { readonly desc?: string };
};

/** Has the host's port lead to the same one of the user's network. False where somebody else has it. */
export function addForward({ protocol, address, port }: Forward): boolean {
  const { error } = order("add_hostfwd", {
    proto: protocol,
    host_addr: address,
    host_port: port,
    guest_addr: GUEST_ADDRESS,
    guest_port: port,
  });
  return error === undefined;
}

/** The ports that lead to the user's network. */
export function listForwards(): Forward[] {
  return listed().map(({ proto, host_addr: address, host_port: port }) => ({
    protocol: proto === "udp" ? "udp" : "tcp",
    address,
    port,
  }));
}

/** Gives ports back to the host; those that do not lead here are left out. */
export function removeForwards(forwards: readonly Forward[]): void {
  if (forwards.length === 0) return;
  const wanted = new Set(forwards.map(keyOf));
  for (const { id, proto, host_addr: address, host_port: port } of listed()) {
    const protocol = proto === "udp" ? "udp" : "tcp";
    if (wanted.has(keyOf({ protocol, address, port }))) order("remove_hostfwd", { id });
  }
}

function keyOf({ protocol, address, port }: Forward): string {
  return `${protocol} ${address} ${port}`;
}

function listed(): readonly Listed[] {
  return order("list_hostfwd", undefined).entries ?? [];
}

/**
 * One order to slirp4netns (slirp4netns(1), API): JSON there and back on a connection of its own, at once. Synchronous, since ports are taken
 * within transactions. Throws by errno where it does not run.
 */
function order(execute: string, words: Readonly<Record<string, unknown>> | undefined): Answer {
  const path = slirpSocket(userRunFolder(process.env));
  const what = "asking slirp4netns for a port";
  const bytes = Buffer.from(path);
  if (bytes.length > MAX_PATH) throw errnoError(ERRNO.ENAMETOOLONG, what);
  const fd = must(what, "socket", AF_UNIX, SOCK_STREAM_CLOEXEC, 0);
  try {
    const address = Buffer.concat([Uint8Array.of(AF_UNIX, 0), bytes, Uint8Array.of(0)]);
    must(what, "connect", fd, address, address.length);
    const request = Buffer.from(JSON.stringify({ execute, ...(words === undefined ? {} : { arguments: words }) }));
    must(what, "sendto", fd, request, request.length, 0, null, 0);
    must(what, "shutdown", fd, SHUT_WR);
    return JSON.parse(readAll(fd, what)) as Answer;
  } finally {
    syscall("close", fd);
  }
}

function readAll(fd: number, what: string): string {
  const parts: Buffer[] = [];
  for (;;) {
    const buffer = Buffer.alloc(65_536);
    const length = must(what, "recvfrom", fd, buffer, buffer.length, 0, null, null);
    if (length === 0) return Buffer.concat(parts).toString("utf8");
    parts.push(buffer.subarray(0, length));
  }
}
