import { modeName } from "../../cluster/model/schedule.ts";
import type { Service } from "../../cluster/model/service.ts";
import { matchesLabel } from "../../engine/label-filter.ts";
import { EstibaError } from "../../lib/error.ts";

type Filter<T> = (one: T) => boolean;

/** `--filter` of `service ls`: values of one key are alternatives, keys must all hold; labels each. Throws `invalid`. */
export function parseServiceFilters(texts: readonly string[]): Filter<Service> {
  return parseFilters(texts, {
    id:
      (value) =>
      ({ id }) =>
        id.startsWith(value),
    name:
      (value) =>
      ({ spec }) =>
        spec.name.startsWith(value),
    mode:
      (value) =>
      ({ spec }) =>
        modeName(spec) === value,
    label:
      (value) =>
      ({ spec }) =>
        matchesLabel(spec.labels, value),
  });
}

/** Filters of any kind, by their keys. Throws `invalid` for a key that there is not. */
export function parseFilters<T>(
  texts: readonly string[],
  known: Readonly<Record<string, (value: string) => Filter<T>>>,
): Filter<T> {
  const byKey = new Map<string, Filter<T>[]>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    const key = equals < 0 ? text : text.slice(0, equals);
    const make = Object.hasOwn(known, key) ? known[key] : undefined;
    if (equals < 0 || make === undefined) throw badFilter(text, Object.keys(known));
    byKey.set(key, [...(byKey.get(key) ?? []), make(text.slice(equals + 1))]);
  }
  return (one) =>
    [...byKey].every(([key, filters]) =>
      key.endsWith("label") ? filters.every((test) => test(one)) : filters.some((test) => test(one)),
    );
}

function badFilter(text: string, known: readonly string[]): EstibaError {
  return new EstibaError("invalid", {
    reason: "cluster.unknown_filter",
    what: `invalid filter "${text}"`,
    fix: `write KEY=VALUE; known: ${known.toSorted().join(", ")}`,
  });
}
