import { type ErrorCode, EstibaError, isEstibaError } from "./error.ts";

/** An error as it travels between processes. */
export type WireError = {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly what: string;
  readonly fix?: string | undefined;
  readonly details?: Record<string, unknown>;
};

/** An error on its way to the command that asked. One that was not foreseen keeps its text. */
export function toWire(error: unknown): WireError {
  if (isEstibaError(error)) {
    const { code, reason, message, fix, details } = error;
    return { code, reason, what: message, fix, details };
  }
  return { code: "internal", reason: "cluster.failed", what: error instanceof Error ? error.message : String(error) };
}

/** The error that was sent. */
export function fromWire({ code, reason, what, fix, details = {} }: WireError): EstibaError {
  return new EstibaError(code, { reason, what, details, ...(fix === undefined ? {} : { fix }) });
}
