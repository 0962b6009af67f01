import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { EstibaError } from "../../lib/error.ts";

/** What a piece is: bytes, that no more of them come, or only that the other end is there. */
const [BYTES, END, THERE] = [0, 1, 2] as const;
const HEAD_BYTES = 5;
const BEAT_MS = 1_000;
/** So many beats without a word are the end; beats, since a process that was held has not heard anything meanwhile. */
const MOST_MISSED = 5;
const ROOM_BYTES = 1 << 18;
const FAREWELL_MS = 5_000;

type Reading = {
  head: Buffer;
  left: number;
  paused: boolean;
  missed: number;
  isOver: boolean;
  isSaid: boolean;
  isGone: boolean;
};

/**
 * Bytes in both directions, each with an end of its own, over a connection that may have none (TLS), and may be silently gone: each end says
 * every second that it is there. It fails with `unavailable` when the connection breaks off before both ends. `first` was read already.
 */
export function framed(socket: Socket, first: Buffer = Buffer.alloc(0)): Duplex {
  const state: Reading = {
    head: Buffer.alloc(0),
    left: 0,
    paused: false,
    missed: 0,
    isOver: false,
    isSaid: false,
    isGone: false,
  };
  const beat = setInterval(() => {
    // A reader that is slow lets nothing in: then silence says nothing.
    state.missed = state.paused ? 0 : state.missed + 1;
    if (state.missed > MOST_MISSED) duplex.destroy(brokenOff("it has been silent for too long"));
    else if (!socket.writableNeedDrain && socket.writable) socket.write(pieceOf(THERE));
  }, BEAT_MS);
  const duplex: Duplex = new Duplex({
    allowHalfOpen: true,
    highWaterMark: ROOM_BYTES,
    read: () => {
      if (!state.paused) return;
      state.paused = false;
      socket.resume();
    },
    write: (bytes: Buffer, _encoding, done) => {
      if (state.isGone) done();
      else socket.write(pieceOf(BYTES, bytes), settled(done));
    },
    final: (done) => {
      state.isSaid = true;
      if (state.isGone) done();
      else socket.write(pieceOf(END), settled(done));
    },
    destroy: (error, done) => {
      clearInterval(beat);
      if (error === null && state.isSaid && !state.isGone) leave(socket);
      else socket.destroy();
      done(error);
    },
  });
  const hear = (bytes: Buffer): void => {
    state.missed = 0;
    if (take(state, bytes, duplex)) return;
    state.paused = true;
    socket.pause();
  };
  const lost = (): void => {
    if (!state.isOver) return void duplex.destroy(brokenOff());
    // All that it had to say has come, and may not be read yet; what is said to it now goes nowhere.
    state.isGone = true;
    duplex.end();
  };
  // Who reads is told; where nobody does it is no reason for the process to end.
  duplex.on("error", () => undefined);
  socket.on("data", hear);
  socket.on("end", lost);
  socket.on("close", lost);
  socket.on("error", lost);
  if (first.length > 0) hear(first);
  if (!state.paused) socket.resume();
  return duplex;
}

/** Lets go of a connection on which all was said: what the other end still sends is taken, or it would lose what it has not read. */
function leave(socket: Socket): void {
  socket.removeAllListeners("data");
  socket.on("data", () => undefined);
  socket.end();
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS);
  socket.once("close", () => clearTimeout(timer));
}

function settled(done: (error?: Error) => void): (error?: Error | null) => void {
  return (error) => (error instanceof Error ? done(brokenOff()) : done());
}

function pieceOf(kind: number, bytes: Buffer = Buffer.alloc(0)): Buffer {
  const piece = Buffer.allocUnsafe(HEAD_BYTES + bytes.length);
  piece.writeUInt8(kind, 0);
  piece.writeUInt32BE(bytes.length, 1);
  bytes.copy(piece, HEAD_BYTES);
  return piece;
}

/** Passes on what has come; false when the reader has enough. */
function take(state: Reading, bytes: Buffer, reader: Duplex): boolean {
  let rest = bytes;
  let wantsMore = true;
  while (rest.length > 0) {
    if (state.left > 0) {
      const part = rest.subarray(0, state.left);
      rest = rest.subarray(part.length);
      state.left -= part.length;
      wantsMore = reader.push(part);
      continue;
    }
    const missing = HEAD_BYTES - state.head.length;
    state.head = Buffer.concat([state.head, rest.subarray(0, missing)]);
    rest = rest.subarray(missing);
    if (state.head.length < HEAD_BYTES) return wantsMore;
    const kind = state.head.readUInt8(0);
    if (kind === BYTES) state.left = state.head.readUInt32BE(1);
    if (kind === END) {
      state.isOver = true;
      reader.push(null);
    }
    state.head = Buffer.alloc(0);
  }
  return wantsMore;
}

function brokenOff(why?: string): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.broken_off",
    what: "the connection to the task's node broke off",
    ...(why === undefined ? {} : { cause: why }),
    fix: "see whether it is there: estiba node ls",
    retryable: true,
  });
}

/** Joins two streams, until both directions have ended, or one of them breaks off; then the other one does, too. */
export function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    // What they end with is told to those who wait at their far ends.
    from.on("error", () => undefined);
    from.pipe(to);
    from.on("close", () => {
      if (from.readableEnded) to.resume();
      else to.destroy();
    });
  }
}
