import { readFileSync } from "node:fs";
import { hasCode } from "../../lib/has-code.ts";
import { nameserversOf } from "../address.ts";
import { isTruncated, keepSeconds } from "./message.ts";

const PORT = 53;
const PATIENCE_MS = 2_500;
const MOST_SERVERS = 3;
const MOST_AT_ONCE = 512;
const MOST_KEPT = 1_000;
const MOST_SECONDS = 300;
/** Nobody listens there, or no way leads there: the next server is asked. */
const UNREACHABLE = [
  "ECONNREFUSED",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ETIMEDOUT",
  "EAFNOSUPPORT",
  "EADDRNOTAVAIL",
  "EACCES",
  "EPERM",
] as const;

type Kept = { readonly answer: Uint8Array; readonly until: number };

/** Asks other name servers. Answers are kept as long as they say, up to five minutes and a thousand of them. */
export class Upstream implements Disposable {
  readonly #kept = new Map<string, Kept>();
  #asking = 0;

  /** Keeps nothing any longer. */
  [Symbol.dispose](): void {
    this.#kept.clear();
  }

  /** The answer of the first server that gives one, with the query's id; undefined when none did in time. */
  async ask(
    query: Uint8Array,
    key: string,
    options: { servers?: readonly string[]; tcp: boolean },
  ): Promise<Uint8Array | undefined> {
    const servers = (options.servers ?? hostServers()).slice(0, MOST_SERVERS);
    const cacheKey = `${servers.join(" ")} ${key}`;
    const kept = this.#kept.get(cacheKey);
    if (kept !== undefined && kept.until > performance.now()) return withId(kept.answer, query);
    if (this.#asking >= MOST_AT_ONCE) return undefined;
    this.#asking += 1;
    try {
      for (const server of servers) {
        const answer = await (options.tcp ? askByTcp(server, query) : askByUdp(server, query));
        if (answer === undefined) continue;
        this.#keep(cacheKey, answer);
        return answer;
      }
      return undefined;
    } finally {
      this.#asking -= 1;
    }
  }

  #keep(key: string, answer: Uint8Array): void {
    const seconds = Math.min(MOST_SECONDS, keepSeconds(answer));
    if (seconds === 0 || isTruncated(answer)) return;
    // The oldest goes: a Map keeps the order of insertion.
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, { answer: answer.slice(), until: performance.now() + seconds * 1_000 });
  }
}

/** The name servers of the host; those on its loopback addresses can be reached from here. */
function hostServers(): string[] {
  try {
    return nameserversOf(readFileSync("/etc/resolv.conf", "utf8"));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

function withId(answer: Uint8Array, query: Uint8Array): Uint8Array {
  const own = answer.slice();
  own.set(query.subarray(0, 2));
  return own;
}

// A socket of its own per question: the kernel's random port is half of what a forger would have to guess.
async function askByUdp(server: string, query: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await exchangeByUdp(server, query);
  } catch (error) {
    if (hasCode(error, ...UNREACHABLE)) return undefined;
    throw error;
  }
}

async function exchangeByUdp(server: string, query: Uint8Array): Promise<Uint8Array | undefined> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
  const socket = await Bun.udpSocket({
    connect: { hostname: server, port: PORT },
    socket: {
      data: (_socket, bytes) => {
        if (bytes.length >= 12 && bytes[0] === query[0] && bytes[1] === query[1]) resolve(Uint8Array.from(bytes));
      },
      error: () => resolve(undefined),
    },
  });
  const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  try {
    socket.send(query);
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.close();
  }
}

async function askByTcp(server: string, query: Uint8Array): Promise<Uint8Array | undefined> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
  const parts: Uint8Array[] = [];
  const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  try {
    using socket = await Bun.connect({
      hostname: server,
      port: PORT,
      socket: {
        data: (_socket, bytes) => {
          parts.push(Uint8Array.from(bytes));
          const all = Buffer.concat(parts);
          if (all.length >= 2 && all.length >= 2 + all.readUInt16BE(0))
            resolve(all.subarray(2, 2 + all.readUInt16BE(0)));
        },
        close: () => resolve(undefined),
        error: () => resolve(undefined),
      },
    });
    socket.write(framed(query));
    return await promise;
  } catch (error) {
    if (hasCode(error, ...UNREACHABLE)) return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A message as it goes by TCP: after its length. */
export function framed(message: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message]);
}
