import { parseDuration } from "../../lib/duration.ts";
import { badOption } from "../container/bad-option.ts";

export const CERT_OPTIONS = {
  "cert-expiry": {
    kind: "string",
    value: "DURATION",
    help: "How long certificates of nodes are good for (default 2160h0m0s)",
  },
} as const;

/** Throws `invalid` for what is no time. */
export function certExpiry(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return Math.round(ms);
  throw badOption("--cert-expiry", text, "a duration such as 720h");
}
