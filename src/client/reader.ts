import type { Readable } from "node:stream";

const MOST_WAITING = 16;

/** Reads a stream of bytes piece by piece, as somebody asks for them: else the other end waits. */
export class ByteReader {
  readonly #stream: Readable;
  readonly #waiting: Buffer[] = [];
  #ended = false;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on("data", (bytes: Buffer) => {
      this.#waiting.push(bytes);
      if (this.#waiting.length >= MOST_WAITING) stream.pause();
      this.#wake();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    stream.on("end", end);
    stream.on("close", end);
    stream.on("error", (error) => this.fail(error));
  }

  /** What waits, and who asks later, gets this error. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#ended = true;
    this.#wake();
  }

  /** The next piece; undefined at the end. Throws what the connection broke off with. */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const bytes = this.#waiting.shift();
      if (bytes !== undefined) return bytes;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return undefined;
      this.#stream.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#ended || this.#waiting.length > 0) resolve();
      });
    }
  }

  /** Puts bytes back: they are read next. */
  unread(bytes: Buffer): void {
    if (bytes.length > 0) this.#waiting.unshift(bytes);
  }

  /** Up to and with a mark; undefined when it ends before. Throws RangeError beyond `most` bytes. */
  async until(mark: string, most: number): Promise<Buffer | undefined> {
    let seen: Buffer = Buffer.alloc(0);
    for (;;) {
      const at = seen.indexOf(mark);
      if (at >= 0) {
        const end = at + mark.length;
        this.unread(seen.subarray(end));
        return seen.subarray(0, end);
      }
      if (seen.length > most) throw new RangeError(`more than ${most} bytes without an end`);
      const bytes = await this.next();
      if (bytes === undefined) return undefined;
      seen = seen.length === 0 ? bytes : Buffer.concat([seen, bytes]);
    }
  }
}
