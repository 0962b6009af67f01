import { begunWithin } from "../../lib/begun-within.ts";
import { describeError, EstibaError, isEstibaError } from "../../lib/error.ts";

/** Whom one trusts, and how one proves who one is. PEM. */
export type EtcdTls = { readonly ca: string; readonly cert: string; readonly key: string };

export type EtcdPlace = {
  /** Such as `https://10.0.0.1:2379`. */
  readonly endpoints: readonly string[];
  /** Asked for at each call: certificates are renewed. */
  readonly tls?: () => EtcdTls;
};

/** One that does not answer for so long is passed over. etcd itself would take seven seconds to say that it has no quorum. */
const DEADLINE_MS = 1_000;
/** All attempts together. */
const PATIENCE_MS = 2_000;
const ROUND_MS = 100;
export const WATCH = "/v3/watch";

/** A client of etcd's JSON gateway, which goes on to the next endpoint when one does not answer. */
export type EtcdClient = {
  /** One call. Throws `unavailable` when no endpoint answers, and what {@link failure} says. */
  readonly call: <T>(path: string, body: object) => Promise<T>;
  /** A stream of answers, without end. */
  readonly stream: (path: string, body: object, signal: AbortSignal) => AsyncGenerator;
};

export function openEtcdClient({ endpoints, tls }: EtcdPlace): EtcdClient {
  const turn = { next: 0, moved: new AbortController() };
  const moveOn = (): void => {
    turn.next += 1;
    const { moved } = turn;
    turn.moved = new AbortController();
    moved.abort();
  };
  const post = async (path: string, body: object, signal: AbortSignal): Promise<Response> =>
    await fetch(`${endpoints[turn.next % endpoints.length]}${path}`, {
      method: "POST",
      // A member that has lost the others ends its streams; what else it has is asked for in spite of that.
      ...(path === WATCH ? { headers: { "Grpc-Metadata-hasleader": "true" } } : {}),
      body: JSON.stringify(body),
      signal,
      // Bun ends silent streams otherwise, after six minutes.
      timeout: false,
      ...(tls === undefined ? {} : { tls: tls() }),
    });
  return {
    call: async <T>(path: string, body: object): Promise<T> => {
      const failures: unknown[] = [];
      const until = performance.now() + PATIENCE_MS;
      for (let left = PATIENCE_MS; left > 0; left = until - performance.now()) {
        try {
          const response = await post(path, body, AbortSignal.timeout(Math.min(DEADLINE_MS, left)));
          const text = await response.text();
          if (response.ok) return JSON.parse(text) as T;
          throw failure(text);
        } catch (error) {
          if (isEstibaError(error) && error.code !== "unavailable") throw error;
          failures.push(error);
          moveOn();
          // What may have been done is not done twice: the caller looks.
          if (path.endsWith("/txn") && !neverArrived(error)) break;
          // None listens at this moment.
          if (failures.length % endpoints.length === 0) await Bun.sleep(ROUND_MS);
        }
      }
      throw unreachable(endpoints, failures.at(-1));
    },
    stream: async function* (path, body, signal) {
      // One that answers no calls tells no news, either.
      const ends = [signal, turn.moved.signal];
      const response = await begunWithin(DEADLINE_MS, ends, async (either) => await post(path, body, either));
      if (!response.ok || response.body === null) throw failure(await response.text());
      yield* lines(response.body);
    },
  };
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const parts = `${rest}${decoder.decode(chunk, { stream: true })}`.split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part.trim() !== "") yield JSON.parse(part);
  }
}

// The connection was refused: nobody has read the request.
function neverArrived(error: unknown): boolean {
  return /ConnectionRefused|Unable to connect/.test(String(error));
}

/** gRPC's codes, as the gateway gives them. */
const RESOURCE_EXHAUSTED = 8;
const UNAVAILABLE = [4, 13, 14];
const DENIED = [7, 16];

/** What etcd's refusal means. */
export function failure(text: string): EstibaError {
  const { code, message } = messageOf(text);
  if (code === RESOURCE_EXHAUSTED || message.includes("database space exceeded")) {
    return new EstibaError("exhausted", {
      reason: "cluster.store_full",
      what: "the cluster's store is full",
      cause: message,
      fix: "compact and defragment it: etcdctl compact, etcdctl defrag, etcdctl alarm disarm",
      retryable: true,
    });
  }
  if (DENIED.includes(code)) {
    return new EstibaError("denied", {
      reason: "cluster.store_denied",
      what: "etcd refuses this manager",
      cause: message,
      fix: "give it a certificate whose CA etcd trusts: --etcd-cert and --etcd-key",
    });
  }
  const isDown = UNAVAILABLE.includes(code) || /context deadline exceeded|no leader/.test(message);
  return isDown
    ? new EstibaError("unavailable", { reason: "cluster.no_quorum", what: message, retryable: true })
    : new EstibaError("internal", { reason: "cluster.store_refused", what: `etcd refused a request: ${message}` });
}

function messageOf(text: string): { code: number; message: string } {
  try {
    const { code = 0, message, error } = JSON.parse(text) as { code?: number; message?: string; error?: string };
    return { code, message: message ?? error ?? text };
  } catch (error) {
    if (error instanceof SyntaxError) return { code: 0, message: text.trim() };
    throw error;
  }
}

function unreachable(endpoints: readonly string[], cause: unknown): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.store_unreachable",
    what: `the cluster's store does not answer at ${endpoints.join(", ")}`,
    cause: describeError(cause),
    fix: "see whether a majority of its members runs: etcdctl endpoint health. Tasks run on meanwhile",
    retryable: true,
  });
}
