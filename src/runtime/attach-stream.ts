import { ERRNO, must } from "../host/errno.ts";
import { syscall } from "../host/syscall.ts";
import { type Attachment, connectSocket, MAX_OUTPUT_PACKET, SHUT_WR, sendable } from "./attach.ts";

/** Packets kept for a reader that is slower than the container; then conmon waits, and with it the container. */
const MOST_WAITING = 32;

const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const F_DUPFD_CLOEXEC = 1030;
const MSG_DONTWAIT = 0x40;

type Output = { readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array };

/** What of a connection's output waits to be read. */
type Inbox = {
  readonly waiting: Output[];
  readonly bell: Bell;
  /** Rung when there is room for more input. */
  readonly room: Bell;
  ended: boolean;
  paused: boolean;
};

/**
 * Like `connectAttach`, for a process that has many such connections: the event loop reads, so none of them holds a thread of the pool while
 * nothing comes. Connected when this returns.
 */
export function openAttachStream(bundle: string): Attachment {
  const fd = connectSocket(bundle, "attach");
  syscall("fcntl", fd, F_SETFL, syscall("fcntl", fd, F_GETFL, 0) | O_NONBLOCK);
  const inbox: Inbox = { waiting: [], bell: makeBell(), room: makeBell(), ended: false, paused: false };
  const spare = must("keeping a connection", "fcntl", fd, F_DUPFD_CLOEXEC, 0);
  const leave = (): void => {
    if (inbox.ended) return;
    syscall("close", spare);
    inbox.ended = true;
    inbox.bell.ring();
    inbox.room.ring();
  };
  const end = (): void => {
    if (!inbox.ended) drain(spare, inbox);
    leave();
  };
  const opening = openSocket(fd, inbox, end);
  return {
    output: () => readInbox(inbox, opening),
    send: async (bytes) => {
      const socket = await opening;
      for (const packet of sendable(bytes)) {
        while (!inbox.ended && socket.write(packet) === 0) await inbox.room.rung();
      }
    },
    endInput: () => {
      if (!inbox.ended) syscall("shutdown", fd, SHUT_WR);
    },
    [Symbol.dispose]: () => {
      leave();
      void opening.then((socket) => socket.terminate());
    },
  };
}

// The types know no descriptor; the socket takes it over, and closes it.
async function openSocket(fd: number, inbox: Inbox, end: () => void): Promise<Bun.Socket> {
  const socket = {
    // One packet of conmon comes as one piece: the first byte says which stream (2 stdout, 3 stderr).
    data(self: Bun.Socket, packet: Uint8Array) {
      take(inbox, packet);
      if (inbox.waiting.length >= MOST_WAITING && !inbox.paused) {
        inbox.paused = true;
        self.pause();
      }
      inbox.bell.ring();
    },
    drain: () => inbox.room.ring(),
    // conmon was killed.
    error: end,
    end,
    close: end,
  };
  return await Bun.connect({ fd, socket } as unknown as Bun.UnixSocketOptions);
}

function take(inbox: Inbox, packet: Uint8Array): void {
  if (packet.length > 1)
    inbox.waiting.push({ stream: packet[0] === 3 ? "stderr" : "stdout", bytes: Uint8Array.from(packet.subarray(1)) });
}

// Where conmon has gone without reading all of our input, the kernel says so before what conmon had written, and Bun takes that for the end.
function drain(spare: number, inbox: Inbox): void {
  const buffer = new Uint8Array(MAX_OUTPUT_PACKET);
  for (;;) {
    const length = syscall("recvfrom", spare, buffer, buffer.length, MSG_DONTWAIT, null, null);
    if (length > 0) take(inbox, buffer.subarray(0, length));
    else if (length !== -ERRNO.ECONNRESET) return;
  }
}

async function* readInbox(inbox: Inbox, opening: Promise<Bun.Socket>): AsyncGenerator<Output> {
  const socket = await opening;
  for (;;) {
    for (let next = inbox.waiting.shift(); next !== undefined; next = inbox.waiting.shift()) yield next;
    if (inbox.ended) return;
    if (inbox.paused) {
      inbox.paused = false;
      socket.resume();
    }
    await inbox.bell.rung();
  }
}

type Bell = { readonly ring: () => void; readonly rung: () => Promise<void> };

/** Wakes one waiter for everything that has happened since it looked. */
function makeBell(): Bell {
  const bell = { wake: Promise.withResolvers<void>() };
  return {
    ring: () => bell.wake.resolve(),
    rung: async () => {
      await bell.wake.promise;
      bell.wake = Promise.withResolvers<void>();
    },
  };
}
