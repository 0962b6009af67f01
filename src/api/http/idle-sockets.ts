import type { Socket } from "node:net";

/**
 * Ends connections on which nothing has been asked for a while since the last answer: idle ones, and those whose next head comes byte by byte.
 * (node:http has such limits, and in Bun they are not kept for connections that it is handed.)
 */
export class IdleSockets {
  readonly #patienceMs: number;
  readonly #timers = new WeakMap<Socket, ReturnType<typeof setTimeout>>();
  readonly #answering = new WeakMap<Socket, number>();

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** A request has come; the connection lives as long as its answer. */
  asked(socket: Socket): void {
    this.#forget(socket);
    // Closed by its client, it would be kept by the timer, with all that it has in memory.
    if (!this.#answering.has(socket)) socket.once("close", () => this.#forget(socket));
    this.#answering.set(socket, (this.#answering.get(socket) ?? 0) + 1);
  }

  /** It has been answered. */
  answered(socket: Socket): void {
    const left = (this.#answering.get(socket) ?? 1) - 1;
    this.#answering.set(socket, left);
    if (left > 0 || socket.destroyed) return;
    const timer = setTimeout(() => socket.destroy(), this.#patienceMs);
    // The socket may be gone long before: that is no reason to keep the process.
    timer.unref();
    this.#timers.set(socket, timer);
  }

  #forget(socket: Socket): void {
    clearTimeout(this.#timers.get(socket));
  }
}
