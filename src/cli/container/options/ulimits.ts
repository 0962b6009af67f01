import { LIMIT_NAMES, readLimits } from "../../../host/limits.ts";
import { badOption } from "../bad-option.ts";

type Limits = Record<string, { soft: number; hard: number }>;

const NO_LIMIT = -1;

/**
 * `--ulimit NAME=SOFT[:HARD]`, the last of a name counts; `host` alone copies the caller's own limits as they are now. Throws `invalid` for
 * an unknown name, a malformed value, a soft limit above the hard one.
 */
export function ulimitsOf(list: readonly string[]): Limits {
  if (!list.includes("host")) return Object.fromEntries(list.map(parseUlimit));
  if (list.length > 1) throw badOption("--ulimit", list.join(" "), "possible: host stands alone");
  return Object.fromEntries(
    Object.entries(readLimits(LIMIT_NAMES)).map(([name, { soft, hard }]) => [
      name,
      { soft: Number.isFinite(soft) ? soft : NO_LIMIT, hard: Number.isFinite(hard) ? hard : NO_LIMIT },
    ]),
  );
}

function parseUlimit(text: string): [string, { soft: number; hard: number }] {
  const match = /^(?:RLIMIT_)?([a-z]+)=(-1|\d+|unlimited)(?::(-1|\d+|unlimited))?$/i.exec(text);
  const name = (match?.[1] ?? "").toLowerCase();
  if (match === null || !LIMIT_NAMES.includes(name)) {
    throw badOption("--ulimit", text, "NAME=SOFT[:HARD] or host", `names: ${LIMIT_NAMES.join(", ")}`);
  }
  const soft = limitValue(match[2] ?? "");
  const hard = match[3] === undefined ? soft : limitValue(match[3]);
  if (hard >= 0 && (soft < 0 || soft > hard))
    throw badOption("--ulimit", text, "possible: the soft limit is above the hard one");
  return [name, { soft, hard }];
}

function limitValue(text: string): number {
  return text.toLowerCase() === "unlimited" ? NO_LIMIT : Number(text);
}
