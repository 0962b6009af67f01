import type { LogEntry } from "../../engine/log/entry.ts";
import { writeAll } from "../context.ts";

type Source = {
  /** In front of each line, with a space behind it; empty for none. */
  readonly label: string;
  readonly details: string;
  readonly colored: boolean;
};

type PrinterOptions = {
  readonly timestamps: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly sources: readonly Source[];
};

/** Podman's, in its order. */
const COLORS = ["37m", "31m", "33m", "34m", "35m", "36m", "32m"];
const FLUSH_BYTES = 65_536;

/** A stream of one container. */
type Channel = { readonly fd: 1 | 2; readonly source: number; inLine: boolean };

/**
 * Writes entries of logs to stdout and stderr. The pieces of a line stand together, with the prefix in front of the first one; when another
 * line comes between, what was begun stays a line of its own. Output is collected, and written at the end of each call, in its order.
 */
export class LogPrinter {
  readonly #options: PrinterOptions;
  readonly #channels = new Map<string, Channel>();
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #fd: 1 | 2 = 1;
  /** Whose line is not at its end yet, by descriptor. */
  readonly #open: { 1?: Channel; 2?: Channel } = {};
  #listened = true;

  constructor(options: PrinterOptions) {
    this.#options = options;
  }

  /** False when nobody reads any more. */
  print(source: number, entries: readonly LogEntry[]): boolean {
    for (const entry of entries) {
      if (this.#isWanted(entry)) this.#write(this.#channel(source, entry.stream), entry);
      if (!this.#listened) return false;
    }
    this.#flush();
    return this.#listened;
  }

  #isWanted({ time }: LogEntry): boolean {
    const { since, until } = this.#options;
    if (since === undefined && until === undefined) return true;
    const at = Date.parse(time);
    return at >= (since ?? Number.NEGATIVE_INFINITY) && at <= (until ?? Number.POSITIVE_INFINITY);
  }

  #channel(source: number, stream: LogEntry["stream"]): Channel {
    const key = `${source} ${stream}`;
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const channel: Channel = { fd: stream === "stdout" ? 1 : 2, source, inLine: false };
    this.#channels.set(key, channel);
    return channel;
  }

  #write(channel: Channel, { time, partial, text }: LogEntry): void {
    const { label = "", details = "", colored = false } = this.#options.sources[channel.source] ?? {};
    const other = this.#open[channel.fd];
    if (other !== undefined && other !== channel) {
      this.#put(channel.fd, NEWLINE);
      other.inLine = false;
    }
    const prefix = channel.inLine ? "" : `${label}${this.#options.timestamps ? `${zulu(time)} ` : ""}${details}`;
    const color = COLORS[channel.source % COLORS.length] ?? "";
    if (colored) this.#put(channel.fd, Buffer.from(`\u001B[${color}`));
    if (prefix !== "") this.#put(channel.fd, Buffer.from(prefix));
    this.#put(channel.fd, text);
    if (colored) this.#put(channel.fd, RESET);
    if (!partial) this.#put(channel.fd, NEWLINE);
    channel.inLine = partial;
    if (partial) this.#open[channel.fd] = channel;
    else delete this.#open[channel.fd];
  }

  #put(fd: 1 | 2, bytes: Uint8Array): void {
    if (fd !== this.#fd || this.#pendingBytes > FLUSH_BYTES) this.#flush();
    this.#fd = fd;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    if (!writeAll(this.#fd, Buffer.concat(this.#pending))) this.#listened = false;
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}

const NEWLINE: Uint8Array = Buffer.from("\n");
const RESET: Uint8Array = Buffer.from("\u001B[0m");

/** Go writes UTC as Z. */
function zulu(time: string): string {
  return time.replace(/[+-]00:00$/, "Z");
}
