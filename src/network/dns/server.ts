import { describeError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import { formatAnswer, parseQuery, RCODE } from "./message.ts";
import { Turns } from "./turns.ts";
import { framed, type Upstream } from "./upstream.ts";
import { answer, type Zone } from "./zone.ts";

const PORT = 53;
const MOST_CLIENTS = 256;
const IDLE_SECONDS = 10;
const MOST_TRIES = 5;

type Context = {
  /** The names at this moment. */
  readonly zone: () => Zone;
  readonly upstream: Upstream;
};

type Client = { rest: Buffer };

/**
 * Answers names on one address, by UDP and TCP, until it is disposed. Throws the system's error where the address cannot be bound: it is
 * not there, or another server has the port.
 */
export async function serveAddress(address: string, context: Context): Promise<Disposable> {
  const turns = new Turns();
  const udp = await Bun.udpSocket({
    hostname: address,
    port: PORT,
    socket: {
      data: (socket, bytes, port, source) => {
        // The bytes are the socket's own, and used again for the next one.
        void respond(Uint8Array.from(bytes), { source, tcp: false, turns, ...context }).then((reply) => {
          if (reply !== undefined) sendTo(socket, reply, { port, address: source });
        });
      },
      // A client that has gone: nobody is left to tell.
      error: (_socket, error) => logDebug(() => `the name server on ${address}: ${describeError(error)}`),
    },
  });
  const clients = new Set<unknown>();
  try {
    const tcp = Bun.listen<Client>({
      hostname: address,
      port: PORT,
      socket: {
        open: (socket) => {
          if (clients.size >= MOST_CLIENTS) socket.end();
          clients.add(socket);
          socket.data = { rest: Buffer.alloc(0) };
          socket.timeout(IDLE_SECONDS);
        },
        timeout: (socket) => void socket.end(),
        close: (socket) => void clients.delete(socket),
        data: (socket, bytes) => {
          socket.timeout(IDLE_SECONDS);
          const { messages, rest } = unframed(Buffer.concat([socket.data.rest, bytes]));
          socket.data.rest = rest;
          for (const message of messages) {
            const options = { source: socket.remoteAddress, tcp: true, turns, ...context };
            void respond(message, options).then((reply) => {
              if (reply !== undefined) socket.write(framed(reply));
            });
          }
        },
      },
    });
    return {
      [Symbol.dispose]: () => {
        udp.close();
        tcp.stop(true);
      },
    };
  } catch (error) {
    udp.close();
    throw error;
  }
}

type Receiver = { readonly port: number; readonly address: string };

/**
 * What the kernel says when it is to send may be about an earlier datagram, whose client has gone: this one has not left then, and is sent
 * again.
 */
function sendTo(socket: Bun.udp.Socket<"buffer">, reply: Uint8Array, { port, address }: Receiver): void {
  for (let tries = 1; !socket.closed; tries++) {
    try {
      socket.send(reply, port, address);
      return;
    } catch (error) {
      if (tries < MOST_TRIES) continue;
      // There is no way to this client: it will ask again, or has gone.
      logDebug(() => `answering ${address}: ${describeError(error)}`);
      return;
    }
  }
}

type Asking = Context & { readonly source: string; readonly tcp: boolean; readonly turns: Turns };

async function respond(
  bytes: Uint8Array,
  { source, tcp, turns, zone, upstream }: Asking,
): Promise<Uint8Array | undefined> {
  const query = parseQuery(bytes);
  // What cannot be read is not answered: it may be anything.
  if (query === undefined) return undefined;
  const verdict = answer(zone(), source, query, turns.next(query));
  const limit = tcp ? undefined : query.limit;
  if (!("forward" in verdict)) return formatAnswer(query, verdict.rcode, verdict.answers, limit);
  const { servers } = verdict;
  const key = `${query.name} ${query.type} ${query.edns} ${tcp}`;
  const failure = formatAnswer(query, RCODE.SERVFAIL, [], limit);
  try {
    return (await upstream.ask(bytes, key, { tcp, ...(servers === undefined ? {} : { servers }) })) ?? failure;
  } catch (error) {
    // Whatever went wrong with one foreign question, the others go on being answered.
    logDebug(() => `asking for ${query.name}: ${describeError(error)}`);
    return failure;
  }
}

function unframed(bytes: Buffer): { messages: Uint8Array[]; rest: Buffer } {
  const messages: Uint8Array[] = [];
  let at = 0;
  while (at + 2 <= bytes.length && at + 2 + bytes.readUInt16BE(at) <= bytes.length) {
    const end = at + 2 + bytes.readUInt16BE(at);
    messages.push(Uint8Array.from(bytes.subarray(at + 2, end)));
    at = end;
  }
  return { messages, rest: Buffer.from(bytes.subarray(at)) };
}
