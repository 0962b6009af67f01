import { once } from "node:events";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import type { EngineAddress } from "./address.ts";
import { ByteReader } from "./reader.ts";
import { noEngine, type Wire } from "./wire.ts";

/** A request as it goes over the wire. */
export type WireRequest = {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Ask for the connection itself, as a stream in both directions. */
  readonly hijack?: boolean;
};

/** An answer: its body is to be read to the end, or left by `return`. */
export type WireResponse = {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncGenerator<Buffer, void>;
  /** Gives the connection up, where the body is not read. */
  readonly discard: () => void;
  /** Only when it was asked for, and granted. */
  readonly connection?: RawStream;
};

/** A connection that has become a stream in both directions. */
export type RawStream = {
  readonly output: AsyncGenerator<Buffer, void>;
  readonly send: (bytes: Uint8Array) => Promise<void>;
  readonly endInput: () => void;
  readonly destroy: () => void;
};

const MAX_HEAD_BYTES = 1 << 20;
const MAX_LINE_BYTES = 4096;

/** One connection's life as HTTP/1.1: a request at a time. */
export class Exchange {
  readonly #wire: Wire;
  readonly #address: EngineAddress;
  readonly #reader: ByteReader;

  constructor(wire: Wire, address: EngineAddress) {
    this.#wire = wire;
    this.#address = address;
    this.#reader = new ByteReader(wire.input);
  }

  /**
   * Asks, and resolves when the answer's head is there; what is still to be sent goes on meanwhile. `free` is called when the connection can
   * take the next request. Throws `unavailable` where it breaks off before, and the signal's reason, which ends the connection at any time.
   */
  async ask(request: WireRequest, signal: AbortSignal | undefined, free: () => void): Promise<WireResponse> {
    const abort = (): void => {
      this.#reader.fail(signal?.reason as Error);
      this.destroy();
    };
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted === true) abort();
    const over = (): void => signal?.removeEventListener("abort", abort);
    // What cannot be sent any more shows in the answer, or in there being none.
    const sent = this.#send(request).then(
      () => true,
      () => false,
    );
    try {
      const { status, headers } = await this.#head();
      if (status === 101 || (request.hijack === true && status === 200)) {
        const connection = this.#raw(over);
        return { status, headers, body: nothing(), discard: connection.destroy, connection };
      }
      const empty = request.method === "HEAD" || status === 204 || status === 304;
      const keeps = headers["connection"]?.toLowerCase() !== "close" && this.#wire.dear;
      const body = this.#body(empty ? { "content-length": "0" } : headers, async (whole) => {
        over();
        if (whole && keeps && (await sent)) free();
        else this.destroy();
      });
      const discard = (): void => {
        over();
        this.destroy();
      };
      return { status, headers, body, discard };
    } catch (error) {
      over();
      this.destroy();
      throw error;
    }
  }

  destroy(): void {
    this.#wire.destroy();
  }

  async #send({ method, target, headers, body, hijack }: WireRequest): Promise<void> {
    const lines = { ...headers, ...lengthOf(body), ...(hijack === true ? UPGRADE : {}) };
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    await this.#write(Buffer.from(`${method} ${target} HTTP/1.1\r\n${head.join("")}\r\n`, "latin1"));
    if (body === undefined) return;
    if (body instanceof Uint8Array) {
      await this.#write(body);
      return;
    }
    for await (const piece of body) {
      if (piece.length === 0) continue;
      await this.#write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]));
    }
    await this.#write(Buffer.from("0\r\n\r\n"));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { output } = this.#wire;
    if (output.destroyed || output.writableEnded) throw new Error("the connection is closed");
    if (output.write(bytes)) return;
    const closed = new AbortController();
    const stop = (): void => closed.abort();
    output.once("close", stop);
    try {
      await once(output, "drain", { signal: closed.signal });
    } finally {
      output.off("close", stop);
    }
  }

  async #head(): Promise<{ status: number; headers: Record<string, string> }> {
    for (;;) {
      const bytes = await this.#reader.until("\r\n\r\n", MAX_HEAD_BYTES).catch((error: unknown) => {
        const isPlain = error instanceof Error && !isEstibaError(error) && "code" in error;
        throw isPlain ? noEngine(this.#address, error) : error;
      });
      if (bytes === undefined) throw this.#brokenOff();
      const [line = "", ...lines] = bytes.toString("latin1").split("\r\n");
      const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1]);
      if (!Number.isInteger(status)) throw notHttp(line);
      if (status === 100) continue;
      const headers: Record<string, string> = {};
      for (const text of lines) {
        const colon = text.indexOf(":");
        if (colon > 0) headers[text.slice(0, colon).toLowerCase()] = text.slice(colon + 1).trim();
      }
      return { status, headers };
    }
  }

  #brokenOff(): EstibaError {
    const complaint = this.#wire.complaint();
    return noEngine(this.#address, complaint === undefined ? undefined : new Error(complaint));
  }

  async *#body(
    headers: Readonly<Record<string, string>>,
    done: (whole: boolean) => Promise<void>,
  ): AsyncGenerator<Buffer, void> {
    let whole = false;
    try {
      if (headers["transfer-encoding"]?.toLowerCase().includes("chunked") === true) yield* this.#chunks();
      else if (headers["content-length"] !== undefined) yield* this.#exactly(Number(headers["content-length"]));
      else
        for (let bytes = await this.#reader.next(); bytes !== undefined; bytes = await this.#reader.next()) yield bytes;
      whole = true;
    } finally {
      await done(whole);
    }
  }

  async *#chunks(): AsyncGenerator<Buffer, void> {
    for (;;) {
      const line = await this.#reader.until("\r\n", MAX_LINE_BYTES);
      const length = line === undefined ? Number.NaN : Number.parseInt(line.toString("latin1"), 16);
      if (Number.isNaN(length)) throw this.#tornOff();
      yield* this.#exactly(length);
      // The end of the chunk; after the last one there may be lines that say more, up to an empty one.
      if (length === 0) {
        await this.#skipLines();
        return;
      }
      await this.#reader.until("\r\n", MAX_LINE_BYTES);
    }
  }

  async #skipLines(): Promise<void> {
    for (;;) {
      const line = await this.#reader.until("\r\n", MAX_LINE_BYTES);
      if (line === undefined || line.length === 2) return;
    }
  }

  async *#exactly(length: number): AsyncGenerator<Buffer, void> {
    for (let left = length; left > 0; ) {
      const bytes = await this.#reader.next();
      if (bytes === undefined) throw this.#tornOff();
      if (bytes.length > left) this.#reader.unread(bytes.subarray(left));
      const piece = bytes.subarray(0, left);
      left -= piece.length;
      yield piece;
    }
  }

  #tornOff(): EstibaError {
    return new EstibaError("unavailable", {
      reason: "client.broken_off",
      what: "the engine's answer broke off before its end",
      cause: this.#wire.complaint(),
      retryable: true,
    });
  }

  #raw(over: () => void): RawStream {
    const reader = this.#reader;
    const destroy = (): void => {
      over();
      this.destroy();
    };
    return {
      output: (async function* () {
        try {
          for (let bytes = await reader.next(); bytes !== undefined; bytes = await reader.next()) yield bytes;
        } finally {
          destroy();
        }
      })(),
      send: async (bytes) => await this.#write(bytes),
      endInput: () => void this.#wire.output.end(),
      destroy,
    };
  }
}

const UPGRADE = { Connection: "Upgrade", Upgrade: "tcp" };

function lengthOf(body: WireRequest["body"]): Record<string, string> {
  if (body === undefined) return { "Content-Length": "0" };
  return body instanceof Uint8Array ? { "Content-Length": String(body.length) } : { "Transfer-Encoding": "chunked" };
}

async function* nothing(): AsyncGenerator<Buffer, void> {
  // Whatever comes is the stream's.
}

function notHttp(line: string): EstibaError {
  return new EstibaError("unavailable", {
    reason: "client.not_http",
    what: `what answers there does not speak HTTP: "${line.slice(0, 100)}"`,
    fix: "for TLS say --tlsverify; else look at the address",
  });
}
