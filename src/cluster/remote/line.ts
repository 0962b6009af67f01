import type { TLSSocket } from "node:tls";
import { fromWire } from "../../lib/wire-error.ts";
import type { Orders } from "../manager/dispatch.ts";
import { type Credentials, notReached } from "./call.ts";
import { dialManager } from "./dial.ts";
import { lineCutter } from "./lines.ts";
import type { LineAnswer, LineRequest } from "./wire.ts";

/** Which manager, and as whom. */
export type To = {
  readonly at: string;
  readonly credentials: Credentials;
  /** Ends it: the manager is taken for silent. */
  readonly signal: AbortSignal;
};

/** The one connection of a node to a manager, on which it says that it is there, what is new, and gets its orders. */
export type Line = Disposable & {
  /**
   * Says something, on the connection that there is, else on a new one; resolves when the manager has heard it. Throws what the manager says,
   * and `unavailable` when it says nothing.
   */
  readonly say: (to: To, said: LineRequest) => Promise<void>;
  /** Asks for orders; they come until the connection ends, or the signal. */
  readonly orders: (to: To, until: AbortSignal) => Promise<AsyncIterable<Orders>>;
};

type Connection = {
  readonly at: string;
  readonly credentials: Credentials;
  readonly socket: TLSSocket;
  /** Who waits for answers: they come in turn. */
  readonly waiting: PromiseWithResolvers<void>[];
  readonly orders: Orders[];
  bell: PromiseWithResolvers<void>;
  isOver: boolean;
};

export function makeLine(): Line {
  const state: { now?: Connection | undefined; opening?: Promise<unknown> | undefined } = {};
  const hangUp = (why: string): void => {
    if (state.now !== undefined) end(state.now, new Error(why));
    state.now = undefined;
  };
  const connectionTo = async (to: To): Promise<Connection> => {
    while (state.opening !== undefined) await state.opening;
    if (state.now !== undefined && isSame(state.now, to)) return state.now;
    hangUp("another one is made");
    const opened = open(to).finally(() => delete state.opening);
    // Who opens it is told why it failed; who waits for that tries by himself.
    state.opening = opened.catch(() => undefined);
    return (state.now = await opened);
  };
  return {
    [Symbol.dispose]: () => hangUp("the node's process ends"),
    say: async (to, said) => await ask(await connectionTo(to), said, to.signal),
    orders: async (to, until) => {
      const on = await connectionTo(to);
      await ask(on, { path: "/orders" }, to.signal);
      return ordersOn(on, until);
    },
  };
}

async function* ordersOn(on: Connection, until: AbortSignal): AsyncGenerator<Orders> {
  const stop = (): void => end(on, until.reason);
  until.addEventListener("abort", stop, { once: true });
  if (until.aborted) stop();
  try {
    while (!on.isOver || on.orders.length > 0) {
      on.bell = Promise.withResolvers();
      yield* on.orders.splice(0);
      if (!on.isOver) await on.bell.promise;
    }
  } finally {
    until.removeEventListener("abort", stop);
    // Who asks again gets all of them, on another connection.
    end(on, undefined);
  }
}

// A certificate that was renewed is shown: the one before may be nobody's soon.
function isSame(now: Connection, { at, credentials: { ca, cert } }: To): boolean {
  return !now.isOver && now.at === at && now.credentials.cert === cert && now.credentials.ca === ca;
}

async function open({ at, credentials, signal }: To): Promise<Connection> {
  const { socket, head } = await dialManager({ at, path: "/line", credentials, signal });
  const bell = Promise.withResolvers<void>();
  const made: Connection = { at, credentials, socket, waiting: [], orders: [], bell, isOver: false };
  const cut = lineCutter(Number.POSITIVE_INFINITY);
  socket.on("data", (bytes: Buffer) => {
    try {
      for (const text of cut(bytes)) take(made, JSON.parse(text) as LineAnswer);
    } catch (error) {
      end(made, error);
    }
  });
  const gone = (error?: Error): void => end(made, error);
  socket.on("error", gone);
  socket.on("end", gone);
  socket.on("close", () => gone());
  if (head.length > 0) socket.unshift(head);
  socket.resume();
  return made;
}

function take(on: Connection, { error, orders }: LineAnswer): void {
  if (orders !== undefined) {
    on.orders.push(orders);
    on.bell.resolve();
  } else if (error !== undefined) on.waiting.shift()?.reject(fromWire(error));
  else on.waiting.shift()?.resolve();
}

function end(on: Connection, why: unknown): void {
  on.isOver = true;
  on.socket.destroy();
  on.bell.resolve();
  for (const { reject } of on.waiting.splice(0)) reject(notReached(on.at, why));
}

async function ask(on: Connection, said: LineRequest, signal: AbortSignal): Promise<void> {
  const waiting = Promise.withResolvers<void>();
  on.waiting.push(waiting);
  // What comes late would be taken for the answer to what is said next.
  const abort = (): void => end(on, signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    if (signal.aborted || on.isOver) end(on, signal.reason);
    else on.socket.write(`${JSON.stringify(said)}\n`);
    await waiting.promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
