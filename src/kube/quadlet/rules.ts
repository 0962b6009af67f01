import { nearest } from "../../lib/nearest.ts";
import { keyError, keysOf, truthOf, type UnitFile, unitError, valueOf, valuesOf, wordsOf } from "./unit-file.ts";

/**
 * What a key becomes on the command line.
 * - `text`: the value that counts, behind the option; `joined`: in one word with it
 * - `each`: every value, behind the option each
 * - `words`: every word of the values; `lower` in lower case, `prefix` before it
 * - `truth`: the option, or `OPTION=false`; `when`: these words, where the key is true
 * - `own`: read by code of its kind
 * - `refused`: the file is not converted, and `why` is the reason; `idle`: read over with a warning
 */
export type KeyRule =
  | { readonly as: "text" | "joined" | "each" | "truth"; readonly option: string }
  | { readonly as: "when"; readonly words: readonly string[] }
  | { readonly as: "words"; readonly option: string; readonly lower?: true; readonly prefix?: string }
  | { readonly as: "own" }
  | { readonly as: "refused" | "idle"; readonly why: string };

/** The keys of a group, in the order of their options. */
export type KeyRules = Readonly<Record<string, KeyRule>>;

export function text(option: string): KeyRule {
  return { as: "text", option };
}

export function joined(option: string): KeyRule {
  return { as: "joined", option };
}

export function each(option: string): KeyRule {
  return { as: "each", option };
}

export function words(option: string, how: { readonly lower?: true; readonly prefix?: string } = {}): KeyRule {
  return { as: "words", option, ...how };
}

export function truth(option: string): KeyRule {
  return { as: "truth", option };
}

export function when(...given: string[]): KeyRule {
  return { as: "when", words: given };
}

export function refused(why: string): KeyRule {
  return { as: "refused", why };
}

export function idle(why: string): KeyRule {
  return { as: "idle", why };
}

/** Keys that code of a kind reads. */
export function ownKeys(...keys: string[]): KeyRules {
  return Object.fromEntries(keys.map((key) => [key, { as: "own" } as const]));
}

/** What every group has. */
const COMMON: KeyRules = {
  ContainersConfModule: refused(
    "modules of containers.conf are not read; name one file: Environment=CONTAINERS_CONF=FILE in [Service]",
  ),
  ...ownKeys("GlobalArgs", "PodmanArgs", "ServiceName"),
};

const QUADLET: KeyRules = ownKeys("DefaultDependencies");

/** A group's keys with those that every group has. */
export function allKeys(rules: KeyRules): KeyRules {
  return { ...rules, ...COMMON };
}

/** The words of all keys of a table, in its order; none for keys that are not set, or that code reads. */
export function tableWords(unit: UnitFile, group: string, rules: KeyRules): string[] {
  return Object.entries(rules).flatMap(([key, rule]) => optionWords(unit, group, key, rule));
}

function optionWords(unit: UnitFile, group: string, key: string, rule: KeyRule): string[] {
  switch (rule.as) {
    case "text":
    case "joined": {
      const value = valueOf(unit, group, key);
      if (value === undefined) return [];
      return rule.as === "text" ? [rule.option, value] : [`${rule.option}${value}`];
    }
    case "each":
      return valuesOf(unit, group, key).flatMap((value) => [rule.option, value]);
    case "words": {
      const { option, prefix = "", lower } = rule;
      const found = wordsOf(unit, group, key);
      return found.flatMap((word) => [option, `${prefix}${lower === true ? word.toLowerCase() : word}`]);
    }
    case "truth": {
      const value = truthOf(unit, group, key);
      return value === undefined ? [] : [value ? rule.option : `${rule.option}=false`];
    }
    case "when":
      return truthOf(unit, group, key) === true ? [...rule.words] : [];
    case "own":
    case "refused":
    case "idle":
      return [];
  }
}

/** Throws `invalid` for keys that are unknown or refused, with the line; gives warnings of those that do nothing. */
export function checkKeys(unit: UnitFile, group: string, rules: KeyRules): string[] {
  checkKnown(unit, "Quadlet", QUADLET);
  const known = allKeys(rules);
  checkKnown(unit, group, known);
  return keysOf(unit, group).flatMap(({ key, line }): string[] => {
    const rule = known[key];
    if (rule?.as === "refused") throw keyError(unit, group, key, [`${key} is not possible here`, rule.why]);
    return rule?.as === "idle" ? [`${unit.path}:${line}: ${key} has no effect: ${rule.why}`] : [];
  });
}

function checkKnown(unit: UnitFile, group: string, rules: KeyRules): void {
  for (const { key, line } of keysOf(unit, group)) {
    if (Object.hasOwn(rules, key)) continue;
    const close = nearest(key, Object.keys(rules));
    const fix = close === undefined ? "see docs/quadlet.md for the keys" : `did you mean ${close}?`;
    throw unitError(unit.path, line, `unsupported key '${key}' in group '${group}'`, fix);
  }
}
