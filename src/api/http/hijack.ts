import type { Socket } from "node:net";
import type { Hijacked } from "./call.ts";
import { isGone, taken } from "./other-end.ts";

/** Pieces of input kept for a reader that is slower than the client; then the client waits. */
const MOST_WAITING = 16;
/** How long a client may take to close its side after we have ended ours. */
const FAREWELL_MS = 2_000;

/** How often it is looked whether a client is still there. */
const LOOK_MS = 500;

/** A raw connection, taken from the parser of requests. `rest` is what was read beyond the request already. */
export type RawConnection = Hijacked & {
  /** Reads exactly so many bytes of input first: a body. Fewer when the client ends before. */
  readonly take: (length: number) => Promise<Buffer>;
  /** Ends our side, when all is sent; nothing of it is lost while the client reads. */
  readonly end: () => Promise<void>;
};

/** Takes a socket over for good. */
export function takeSocket(socket: Socket, rest: Buffer): RawConnection {
  const gone = new AbortController();
  const input = inputOf(socket, rest);
  const watch = setInterval(() => {
    if (!isGone(socket)) return;
    socket.destroy();
    closed();
  }, LOOK_MS);
  const closed = (): void => {
    clearInterval(watch);
    gone.abort();
  };
  socket.on("close", closed);
  socket.on("error", closed);
  if (socket.destroyed) closed();
  return {
    input: input.pieces(),
    take: input.take,
    signal: gone.signal,
    write: async (bytes) => {
      if (gone.signal.aborted || !socket.writable) return false;
      if (socket.write(bytes)) return true;
      return await drained(socket, gone.signal);
    },
    taken: async () => await taken(socket, gone.signal),
    end: async () => {
      if (gone.signal.aborted) return;
      // What the client still sends goes nowhere; unread, it would break the connection off before all is read.
      input.drop();
      await allSent(socket, gone.signal);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, FAREWELL_MS);
        gone.signal.addEventListener(
          "abort",
          () => {
            clearTimeout(timer);
            resolve();
          },
          { once: true },
        );
        socket.once("end", resolve);
        if (socket.readableEnded || gone.signal.aborted) resolve();
      });
      socket.destroy();
    },
  };
}

/** Ends our side; resolves when what was written before is on its way, or nobody is left to read it. */
async function allSent(socket: Socket, gone: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    gone.addEventListener("abort", () => resolve(), { once: true });
    socket.end(() => resolve());
  });
}

async function drained(socket: Socket, signal: AbortSignal): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    const settle = (): void => {
      socket.off("drain", settle);
      signal.removeEventListener("abort", settle);
      resolve(!signal.aborted);
    };
    socket.on("drain", settle);
    signal.addEventListener("abort", settle, { once: true });
    if (signal.aborted) settle();
  });
}

function inputOf(socket: Socket, rest: Buffer) {
  const waiting: Buffer[] = rest.length === 0 ? [] : [rest];
  const state = {
    ended: socket.readableEnded || socket.destroyed,
    dropped: false,
    wake: Promise.withResolvers<void>(),
  };
  const end = (): void => {
    state.ended = true;
    state.wake.resolve();
  };
  socket.on("data", (bytes: Buffer) => {
    if (state.dropped) return;
    waiting.push(bytes);
    if (waiting.length >= MOST_WAITING) socket.pause();
    state.wake.resolve();
  });
  socket.on("end", end);
  socket.on("close", end);
  const next = async (): Promise<Buffer | undefined> => {
    for (;;) {
      const bytes = waiting.shift();
      if (bytes !== undefined) return bytes;
      if (state.ended) return undefined;
      socket.resume();
      await state.wake.promise;
      state.wake = Promise.withResolvers();
    }
  };
  return {
    drop: () => {
      state.dropped = true;
      waiting.length = 0;
      socket.resume();
    },
    take: async (length: number): Promise<Buffer> => {
      let body = Buffer.alloc(0);
      while (body.length < length) {
        const bytes = await next();
        if (bytes === undefined) return body;
        body = Buffer.concat([body, bytes]);
      }
      if (body.length > length) waiting.unshift(body.subarray(length));
      return body.subarray(0, length);
    },
    pieces: async function* (): AsyncGenerator<Buffer> {
      for (let bytes = await next(); bytes !== undefined; bytes = await next()) yield bytes;
    },
  };
}
