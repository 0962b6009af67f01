import { isLogged, writeLog } from "../../lib/log.ts";
import type { Answered } from "../http/observed.ts";

/** A line per request at the level info, at the level error for those that failed by no fault of the client's. */
export function logRequest({ id, method, path, route, status, error, userAgent, durationMs }: Answered): void {
  // 501 and 503 are answers like others: what is asked for is not here.
  const level = status === 500 ? "error" : "info";
  if (!isLogged(level)) return;
  writeLog(level, `${method} ${path}`, {
    method,
    path,
    route,
    status,
    duration_ms: Math.round(durationMs * 1000) / 1000,
    request_id: id,
    user_agent: userAgent,
    error,
  });
}
