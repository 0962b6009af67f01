import { EstibaError } from "../lib/error.ts";
import type { ProcessDefaults } from "./image-config.ts";

type Apply = (process: ProcessDefaults, value: string, change: string) => ProcessDefaults;

const INSTRUCTIONS: Readonly<Record<string, Apply>> = {
  CMD: (process, value, change) => ({ ...process, cmd: commandOf(value, change) }),
  ENTRYPOINT: (process, value, change) => ({ ...process, entrypoint: commandOf(value, change) }),
  ENV: (process, value, change) => ({ ...process, env: withEnv(process.env, pairsOf(value, change)) }),
  EXPOSE: (process, value, change) => ({
    ...process,
    exposedPorts: union(
      process.exposedPorts,
      value.split(/\s+/).map((port) => portOf(port, change)),
    ),
  }),
  LABEL: (process, value, change) => ({
    ...process,
    labels: { ...process.labels, ...Object.fromEntries(pairsOf(value, change)) },
  }),
  ONBUILD: (process, value) => ({ ...process, onBuild: [...process.onBuild, value] }),
  STOPSIGNAL: (process, value) => ({ ...process, stopSignal: value }),
  USER: (process, value) => ({ ...process, user: value }),
  VOLUME: (process, value, change) => ({
    ...process,
    volumes: union(process.volumes, jsonList(value, change) ?? value.split(/\s+/)),
  }),
  WORKDIR: (process, value) => ({ ...process, workingDir: value }),
};

/**
 * Applies one Containerfile instruction to a config, as `--change` has it: `CMD ["a"]`, `CMD a b` (through /bin/sh -c), `ENV A=b`; `=` may
 * stand for the first blank. Throws `invalid` (`image.bad_change`) for an unknown or malformed instruction.
 */
export function applyChange(process: ProcessDefaults, change: string): ProcessDefaults {
  const match = /^\s*([A-Za-z]+)(?:\s*=\s*|\s+)(\S.*?)\s*$/s.exec(change);
  const apply = INSTRUCTIONS[match?.[1]?.toUpperCase() ?? ""];
  if (match === null || apply === undefined) {
    throw badChange(change, `it must begin with one of ${Object.keys(INSTRUCTIONS).join(", ")}`);
  }
  return apply(process, match[2] ?? "", change);
}

function commandOf(value: string, change: string): string[] {
  return jsonList(value, change) ?? ["/bin/sh", "-c", value];
}

function jsonList(value: string, change: string): string[] | undefined {
  if (!value.startsWith("[")) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch (error) {
    throw badChange(change, "the list is not JSON", error);
  }
  if (Array.isArray(parsed) && parsed.every((item) => typeof item === "string")) return parsed;
  throw badChange(change, "the list may only hold strings");
}

/** `A=b C="d e"`, or the old form `A b`. */
function pairsOf(value: string, change: string): [string, string][] {
  if (!/^[^\s=]+=/.test(value)) {
    const [key = "", ...rest] = value.split(/\s+/);
    if (rest.length === 0) throw badChange(change, `"${key}" has no value`);
    return [[key, value.slice(key.length).trim()]];
  }
  const pairs: [string, string][] = [];
  const pattern = /\s*([^\s=]+)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:[^\s"'\\]|\\.)*)(?=\s|$)/gy;
  let end = 0;
  for (const match of value.matchAll(pattern)) {
    pairs.push([unquote(match[1] ?? ""), unquote(match[2] ?? "")]);
    end = match.index + match[0].length;
  }
  if (value.slice(end).trim() !== "") throw badChange(change, `cannot read "${value.slice(end).trim()}"`);
  return pairs;
}

function unquote(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  return (text.startsWith('"') ? text.slice(1, -1) : text).replace(/\\(.)/g, "$1");
}

function withEnv(env: readonly string[], pairs: readonly [string, string][]): string[] {
  const entries = new Map(env.map((entry) => [entry.slice(0, entry.indexOf("=")), entry]));
  for (const [key, value] of pairs) entries.set(key, `${key}=${value}`);
  return [...entries.values()];
}

function portOf(text: string, change: string): string {
  const match = /^(\d{1,5}(?:-\d{1,5})?)(?:\/(tcp|udp|sctp))?$/.exec(text.toLowerCase());
  if (match === null) throw badChange(change, `"${text}" is no port`);
  return `${match[1]}/${match[2] ?? "tcp"}`;
}

function union(first: readonly string[], second: readonly string[]): string[] {
  return [...new Set([...first, ...second])].sort();
}

function badChange(change: string, why: string, cause?: unknown): EstibaError {
  return new EstibaError("invalid", {
    reason: "image.bad_change",
    what: `invalid change "${change.slice(0, 200)}": ${why}`,
    cause,
  });
}
