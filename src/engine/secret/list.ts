import { EstibaError } from "../../lib/error.ts";
import { findSecret, listSecrets, type NamedSecret } from "../../state/secrets.ts";
import { readSecretFile } from "../../storage/secret-file.ts";
import type { Engine } from "../engine.ts";
import { matchesLabel } from "../label-filter.ts";
import { dataMissing } from "./use.ts";

type Matches = (secret: NamedSecret) => boolean;

const FILTERS: Readonly<Record<string, (value: string) => Matches>> = {
  id: (value) => (secret) => secret.id.startsWith(value),
  name: (value) => {
    const pattern = patternOf(value);
    return ({ name }) => pattern.test(name);
  },
  label: (value) => (secret) => matchesLabel(secret.labels, value),
  "label!": (value) => (secret) => !matchesLabel(secret.labels, value),
};

/** The secrets that fit, by name: of several values of one key any must, of several keys and of labels all. Throws `invalid` for a bad filter. */
export function selectSecrets(engine: Engine, filters: readonly string[]): NamedSecret[] {
  const byKey = new Map<string, Matches[]>();
  for (const text of filters) {
    const equals = text.indexOf("=");
    const make = equals < 0 ? undefined : FILTERS[text.slice(0, equals)];
    if (make === undefined) throw badFilter(`invalid filter "${text}"`);
    const key = text.slice(0, equals);
    byKey.set(key, [...(byKey.get(key) ?? []), make(text.slice(equals + 1))]);
  }
  return listSecrets(engine.store).filter((secret) =>
    [...byKey].every(([key, matches]) =>
      key.startsWith("label") ? matches.every((fits) => fits(secret)) : matches.some((fits) => fits(secret)),
    ),
  );
}

/** The data of a secret, for who asks for it in so many words. Throws `not_found`, `corrupt`. */
export function revealSecret(engine: Engine, nameOrId: string): Buffer {
  const { id, name } = findSecret(engine.store, nameOrId);
  const data = readSecretFile(engine.paths.secrets, id);
  if (data === undefined) throw dataMissing(name);
  return data;
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badFilter(`name=${text} is no regular expression`);
  }
}

function badFilter(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "secret.bad_filter",
    what,
    fix: `known: ${Object.keys(FILTERS).join(", ")}`,
  });
}
