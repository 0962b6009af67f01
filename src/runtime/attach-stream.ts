import { syscall } from "../host/syscall.ts";
import { type Attachment, connectSocket, SHUT_WR, sendable } from "./attach.ts";

/** Packets kept for a reader that is slower than the container; then conmon waits, and with it the container. */
const MOST_WAITING = 32;

const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;

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
  const end = (): void => {
    inbox.ended = true;
    inbox.bell.ring();
    inbox.room.ring();
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
      end();
      void opening.then((socket) => socket.terminate());
    },
  };
}

// The types know no descriptor; the socket takes it over, and closes it.
async function openSocket(fd: number, inbox: Inbox, end: () => void): Promise<Bun.Socket> {
  const socket = {
    // One packet of conmon comes as one piece: the first byte says which stream (2 stdout, 3 stderr).
    data(self: Bun.Socket, packet: Uint8Array) {
      if (packet.length > 1)
        inbox.waiting.push({
          stream: packet[0] === 3 ? "stderr" : "stdout",
          bytes: Uint8Array.from(packet.subarray(1)),
        });
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
