import { EstibaError } from "../../lib/error.ts";
import { parseMoment } from "../../lib/moment.ts";
import { listContainers } from "../../state/containers.ts";
import { findVolume, type VolumeRecord } from "../../state/volumes.ts";
import type { Engine } from "../engine.ts";
import { matchesLabel } from "../label-filter.ts";

type Matches = (volume: VolumeRecord) => boolean;
type MakeFilter = (value: string, engine: Engine) => Matches;

const FILTERS: Readonly<Record<string, MakeFilter>> = {
  name: (value) => nameFilter(value),
  driver: (value) => () => value === "local",
  scope: (value) => () => value === "local",
  label: (value) => (volume) => matchesLabel(volume.labels, value),
  "label!": (value) => (volume) => !matchesLabel(volume.labels, value),
  opt: (value) => (volume) => matchesLabel(volume.options ?? {}, value),
  dangling: (value, engine) => danglingFilter(engine, isTrue("dangling", value)),
  // Docker's, for `prune`: only whether named ones count, too.
  all: (value) => {
    const wanted = isTrue("all", value);
    return (volume) => wanted || volume.anonymous;
  },
  anonymous: (value) => {
    const wanted = isTrue("anonymous", value);
    return (volume) => volume.anonymous === wanted;
  },
  until: (value) => {
    const moment = parseMoment(value, "before", Date.now());
    if (moment === undefined) throw badFilter(`until=${value} is no point in time`);
    return (volume) => volume.createdAt < moment;
  },
  since: (value, engine) => sinceFilter(engine, value),
  after: (value, engine) => sinceFilter(engine, value),
};

/**
 * Volumes that fit: of several values of one key any must, of several keys all, but for labels and what they must not be, which must all
 * (as both peers do). `keys` are those the verb has. Throws `invalid`.
 */
export function volumeFilter(
  engine: Engine,
  filters: readonly string[],
  keys: readonly string[] = Object.keys(FILTERS).filter((key) => key !== "all"),
): Matches {
  const byKey = new Map<string, Matches[]>();
  for (const text of filters) {
    const equals = text.indexOf("=");
    const key = equals < 0 ? text : text.slice(0, equals);
    const make = keys.includes(key) ? FILTERS[key] : undefined;
    if (make === undefined || equals < 0) throw badFilter(`"${key}" is an invalid volume filter`, keys);
    byKey.set(key, [...(byKey.get(key) ?? []), make(text.slice(equals + 1), engine)]);
  }
  return (volume) =>
    [...byKey].every(([key, matches]) =>
      key.startsWith("label") ? matches.every((fits) => fits(volume)) : matches.some((fits) => fits(volume)),
    );
}

function nameFilter(pattern: string): Matches {
  try {
    const expression = new RegExp(pattern);
    return ({ name }) => expression.test(name);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badFilter(`name=${pattern} is no regular expression`);
  }
}

function danglingFilter(engine: Engine, wanted: boolean): Matches {
  const used = new Set(listContainers(engine.store).flatMap(({ volumes }) => volumes.map(({ name }) => name)));
  return ({ name }) => used.has(name) !== wanted;
}

function sinceFilter(engine: Engine, name: string): Matches {
  const { createdAt } = findVolume(engine.store, name);
  return (volume) => volume.createdAt > createdAt;
}

function isTrue(key: string, value: string): boolean {
  if (/^(true|1|t)$/i.test(value)) return true;
  if (/^(false|0|f)$/i.test(value)) return false;
  throw badFilter(`${key}=${value} is neither true nor false`);
}

function badFilter(what: string, keys?: readonly string[]): EstibaError {
  return new EstibaError("invalid", {
    reason: "volume.bad_filter",
    what,
    fix: keys === undefined ? "see: estiba volume ls --help" : `known: ${keys.join(", ")}`,
  });
}
