import { EstibaError } from "../lib/error.ts";
import { parseMoment } from "../lib/moment.ts";

/**
 * The value of `--since` or `--until` in milliseconds since the epoch: a time, or a duration, which for `--since` is a while ago and for
 * `--until`, as with Podman, a while from now.
 */
export function momentOf(option: "--since" | "--until", text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const at = parseMoment(text, option === "--since" ? "before" : "after", Date.now());
  if (at !== undefined) return at;
  throw new EstibaError("invalid", {
    reason: "cli.bad_time",
    what: `parsing ${option} "${text}": unable to interpret time value`,
    fix: "write it as 10m, 2026-01-31T12:00:00Z or a Unix time",
    details: { option, value: text },
  });
}
