import type { IncomingMessage } from "node:http";
import type { Reply } from "./call.ts";

/** A request that has been answered, as logs, metrics and traces see it. */
export type Answered = {
  /** `X-Reference-Id` of the answer; the client's own where it has sent one. */
  readonly id: string;
  readonly method: string;
  /** Without the query: that may hold what is nobody's business. */
  readonly path: string;
  /** The path's pattern, such as `/containers/{id}/json`; undefined where there is none. */
  readonly route: string | undefined;
  readonly status: number;
  /** What an answer that is an error says. */
  readonly error: string | undefined;
  readonly userAgent: string | undefined;
  readonly traceparent: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Until the last byte, or until the client had gone. */
  readonly durationMs: number;
};

/** Is told of every request that has been answered. Must not throw. */
export type Observer = (answered: Answered) => void;

/** The client went before there was an answer: nginx's number, which nobody is sent. */
const CLIENT_GONE = 499;

/** A request on its way. */
export type Observation = {
  readonly id: string;
  /** Its route is known. */
  readonly routed: (pattern: string) => void;
  /** Its answer is; undefined for none, because the client has gone. */
  readonly replied: (reply: Reply | undefined, upgraded?: boolean) => void;
  /** It is over: who observes is told. */
  readonly over: () => void;
};

/** Begins to watch a request. */
export function observeRequest(
  { method = "", url = "", headers }: Pick<IncomingMessage, "method" | "url" | "headers">,
  observers: readonly Observer[],
): Observation {
  const id = ownId(headers["x-reference-id"] ?? headers["x-request-id"]) ?? crypto.randomUUID();
  const startedAt = Date.now();
  const before = performance.now();
  const seen: { route?: string; status: number; error?: string | undefined } = { status: CLIENT_GONE };
  return {
    id,
    routed: (pattern) => {
      seen.route = pattern.slice(pattern.indexOf(" ") + 1);
    },
    replied: (reply, upgraded = false) => {
      if (reply === undefined) return;
      seen.status = "hijack" in reply ? (upgraded ? 101 : 200) : reply.status;
      if (seen.status >= 400 && "json" in reply) seen.error = messageOf(reply.json);
    },
    over: () => {
      const { route, status, error } = seen;
      const [userAgent, traceparent] = [single(headers["user-agent"]), single(headers["traceparent"])];
      const durationMs = performance.now() - before;
      const path = url.split("?")[0] ?? "";
      for (const tell of observers)
        tell({ id, method, path, route, status, error, userAgent, traceparent, startedAt, durationMs });
    },
  };
}

// What is sent back, and logged, is harmless in both.
function ownId(value: string | string[] | undefined): string | undefined {
  const text = single(value);
  return text !== undefined && /^[\w.:-]{1,128}$/.test(text) ? text : undefined;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function messageOf(json: unknown): string | undefined {
  if (typeof json !== "object" || json === null || !("message" in json)) return undefined;
  return typeof json.message === "string" ? json.message : undefined;
}
