/** The closed set of error codes. cli/exit.ts and api/status.ts map them; nothing else does. */
export type ErrorCode =
  | "invalid"
  | "not_found"
  | "conflict"
  | "wrong_state"
  | "in_use"
  | "denied"
  | "unauthenticated"
  | "unavailable"
  | "timeout"
  | "cancelled"
  | "unsupported"
  | "exhausted"
  | "corrupt"
  | "internal";

type ErrorParts = {
  /** A stable slug such as `image.manifest_unknown`. */
  reason: string;
  /** What was refused or failed: lower case, quotes the input. */
  what: string;
  /** What lies underneath, kept whole. */
  cause?: unknown;
  /** One imperative line that mends it, where there is one. */
  fix?: string;
  /** Typed facts for programs, without secrets. */
  details?: Record<string, unknown>;
  /** True when the same call may succeed later without a change. */
  retryable?: boolean;
};

/** The one error class of Estiba: a code to act on, a sentence to read, and the cause beneath. */
export class EstibaError extends Error {
  override readonly name = "EstibaError";
  readonly code: ErrorCode;
  readonly reason: string;
  readonly fix: string | undefined;
  readonly details: Record<string, unknown>;
  readonly retryable: boolean;

  constructor(code: ErrorCode, parts: ErrorParts) {
    super(parts.what, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.reason = parts.reason;
    this.fix = parts.fix;
    this.details = parts.details ?? {};
    this.retryable = parts.retryable ?? false;
  }
}

/** True when the value is an EstibaError, of one of the given codes where codes are given. */
export function isEstibaError(value: unknown, ...codes: ErrorCode[]): value is EstibaError {
  return value instanceof EstibaError && (codes.length === 0 || codes.includes(value.code));
}

/** The message of the error and of each cause below it, joined by ": " (each sentence once). */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let current: unknown = error; current !== undefined && current !== null; ) {
    const text =
      current instanceof Error
        ? plainMessage(current, parts.length === 0)
        : typeof current === "string"
          ? current
          : JSON.stringify(current);
    if (text !== "" && !parts.some((part) => part.includes(text))) parts.push(text);
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.join(": ");
}

/**
 * A failed system call in the words of libc: Node's has the errno's name before it, and call and path behind it. Where no sentence before
 * it says what was tried, call and path stand in front.
 */
function plainMessage({ message }: Error, alone: boolean): string {
  const [, text, call, path] = /^E[A-Z0-9]+: ([^,]+), (\w+)(?: '([^]*)')?$/.exec(message) ?? [];
  if (text === undefined) return message;
  return alone ? `${[call, path].filter((word) => word !== undefined).join(" ")}: ${text}` : text;
}

/** An error without the failures of undoing that were stacked on it (`await using`), and those failures: they ride beside it, never instead. */
export function splitCleanup(error: unknown): { readonly cause: unknown; readonly cleanup: readonly unknown[] } {
  const cleanup: unknown[] = [];
  let cause = error;
  while (cause instanceof SuppressedError) {
    cleanup.unshift(cause.error);
    cause = cause.suppressed;
  }
  return { cause, cleanup };
}
