import { type ErrorCode, isEstibaError } from "../lib/error.ts";

/** What each code of an error is as a status of HTTP. */
const STATUS = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  not_found: 404,
  conflict: 409,
  wrong_state: 409,
  in_use: 409,
  timeout: 500,
  cancelled: 500,
  unsupported: 501,
  exhausted: 507,
  corrupt: 500,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<ErrorCode, number>;

/** The status of an error: what is none of ours is 500. */
export function statusOf(error: unknown): number {
  return isEstibaError(error) ? STATUS[error.code] : 500;
}
