import { EstibaError } from "../../lib/error.ts";
import { ERRNO, errnoError, errnoName, must } from "../errno.ts";
import { syscallInside } from "../namespace.ts";
import { standInOwnNetwork } from "../rootless/own-network.ts";
import { type Call, syscall } from "../syscall.ts";
import { attributeText, type NetlinkMessage, type NetlinkWriter, parseAttributes, parseMessages } from "./message.ts";

/** Netlink protocols (linux/netlink.h). */
export const NETLINK = { ROUTE: 0, NETFILTER: 12 } as const;

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 0x80003;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const MSG_DONTWAIT = 0x40;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const FLAG_ACK_TLVS = 0x200;
const RECEIVE_BYTES = 65_536;
// Acknowledgement: errno (4) and the header of our message (16); the attributes follow, because CAP_ACK leaves the message out.
const ACK_ATTRIBUTES_AT = 20;

/** The kernel's refusal of one message; `text` is the kernel's own sentence, or "". */
export type NetlinkFailure = { sequence: number; errno: number; text: string };

/** What the kernel answered to one batch. */
export type NetlinkAnswer = { messages: NetlinkMessage[]; failures: NetlinkFailure[] };

/**
 * A netlink socket. It belongs to the network namespace in which it was opened, for good, whatever namespace the thread enters later.
 * Every call is synchronous: the kernel has answered when `sendto` returns.
 */
export class NetlinkSocket implements Disposable {
  readonly #fd: number;
  #buffer: Uint8Array | undefined;
  #open = true;

  /** In the namespace of the calling thread, or in the one named by a descriptor. */
  constructor(protocol: (typeof NETLINK)[keyof typeof NETLINK], netnsFd?: number) {
    standInOwnNetwork();
    const open: Call = ["socket", AF_NETLINK, SOCK_RAW_CLOEXEC, protocol];
    const fd = netnsFd === undefined ? syscall(...open) : syscallInside(netnsFd, ...open);
    if (fd < 0) throw errnoError(-fd, "opening a netlink socket");
    this.#fd = fd;
    const one = new Int32Array([1]);
    // Without these two the kernel answers a bare number; older kernels than 4.12 do not know them.
    syscall("setsockopt", this.#fd, SOL_NETLINK, NETLINK_EXT_ACK, one, 4);
    must("asking for short netlink answers", "setsockopt", this.#fd, SOL_NETLINK, NETLINK_CAP_ACK, one, 4);
  }

  /**
   * Sends the batch and collects the answer to every message that asked for one.
   * A refusal whose errno is in `tolerated` is returned in `failures`, any other throws an EstibaError naming `what` and the kernel's text.
   */
  exchange(what: string, batch: NetlinkWriter, tolerated: readonly number[] = []): NetlinkAnswer {
    const bytes = batch.bytes;
    must(what, "sendto", this.#fd, bytes, bytes.length, 0, null, 0);
    const answer: NetlinkAnswer = { messages: [], failures: [] };
    const pending = new Set(batch.expected.map(({ sequence }) => sequence));
    while (pending.size > 0) {
      const received = this.#receive(what);
      if (received === undefined) {
        // A batch that nfnetlink refuses as a whole is answered once, not per message.
        if (answer.failures.length > 0) break;
        throw errnoError(ERRNO.EIO, `${what}: the kernel did not answer`);
      }
      for (const message of parseMessages(received)) settle(message, pending, answer);
    }
    const failure = answer.failures.find(({ errno }) => !tolerated.includes(errno));
    if (failure !== undefined) throw netlinkError(what, failure);
    return answer;
  }

  /** Closing after a deletion in nftables waits for the kernel to free it (about 13 ms). */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    syscall("close", this.#fd);
  }

  #receive(what: string): Uint8Array | undefined {
    this.#buffer ??= new Uint8Array(RECEIVE_BYTES);
    const length = syscall("recvfrom", this.#fd, this.#buffer, RECEIVE_BYTES, MSG_DONTWAIT, null, null);
    if (length === -ERRNO.EAGAIN) return undefined;
    if (length < 0) throw errnoError(-length, `${what}: reading the kernel's answer`);
    // Copied, because parsed messages are views and outlive the next receive.
    return this.#buffer.slice(0, length);
  }
}

function settle(message: NetlinkMessage, pending: Set<number>, answer: NetlinkAnswer): void {
  if (message.type !== NLMSG_ERROR && message.type !== NLMSG_DONE) {
    answer.messages.push(message);
    return;
  }
  pending.delete(message.sequence);
  const view = new DataView(message.payload.buffer, message.payload.byteOffset, message.payload.byteLength);
  const errno = message.payload.byteLength >= 4 ? -view.getInt32(0, true) : 0;
  if (errno === 0) return;
  const text =
    message.type === NLMSG_ERROR && (message.flags & FLAG_ACK_TLVS) !== 0
      ? attributeText(parseAttributes(message.payload, ACK_ATTRIBUTES_AT).get(1))
      : "";
  answer.failures.push({ sequence: message.sequence, errno, text });
}

function netlinkError(what: string, failure: NetlinkFailure): EstibaError {
  const plain = errnoError(failure.errno, what);
  if (failure.text === "") return plain;
  return new EstibaError(plain.code, {
    reason: plain.reason,
    what: `${what}: ${failure.text} (${errnoName(failure.errno)})`,
    details: { errno: failure.errno },
  });
}
