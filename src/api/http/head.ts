/** What the first request of a connection begins with. */
export type RequestHead = {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** By lower-case name; of several of one name the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the body begins. */
  readonly length: number;
};

/** As much as Go's server takes. */
export const MAX_HEAD_BYTES: number = 1 << 20;

const REQUEST_LINE = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/;

/**
 * Looks at a request's head, to tell connections that will be hijacked from all others; nothing is checked here that the parser of the others
 * checks. `incomplete` until all of it is there, undefined for what is no request.
 */
export function peekHead(bytes: Buffer): RequestHead | "incomplete" | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return "incomplete";
  const [line = "", ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
  const [, method, target] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || target === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const text of lines) {
    const colon = text.indexOf(":");
    if (colon > 0) headers[text.slice(0, colon).toLowerCase()] = text.slice(colon + 1).trim();
  }
  return { method, target, headers, length: end + 4 };
}

/** Whether these bytes may be the beginning of a head, as far as the first line goes: what is none need not be waited for. */
export function mayBeRequest(bytes: Buffer): boolean {
  const end = bytes.indexOf("\n");
  const line = bytes.toString("latin1", 0, end < 0 ? Math.min(bytes.length, 32) : end + 1);
  return end < 0 ? /^[A-Z]{0,20}(?: |$)/.test(line) : /^[A-Z]+ \S+ HTTP\/1\.[01]\r\n$/.test(line);
}

const HIJACKED = /^(?:\/v[\d.]+)?(?:\/libpod)?\/(?:containers\/[^/]+\/attach|exec\/[^/]+\/start)(?:\?|$)/;

/** Whether the path is one whose connection may become a stream in both directions. */
function mayHijack(method: string, target: string): boolean {
  return method === "POST" && HIJACKED.test(target);
}

/**
 * Whether the connection is hijacked without saying so by `Upgrade`, as old clients do: what follows the body is raw bytes that no parser of
 * requests may see. A chunked body is an ordinary one.
 */
export function hijacksSilently({ method, target, headers }: RequestHead): boolean {
  const plain = headers["upgrade"] === undefined && headers["transfer-encoding"] === undefined;
  return plain && headers["expect"] === undefined && mayHijack(method, target);
}
