import { configFiles, placeOfKey } from "../config/containers-conf.ts";
import { EstibaError } from "../lib/error.ts";
import type { ConfiguredWord } from "./configured.ts";

type Given = Readonly<Record<string, unknown>>;

/**
 * An error about an option, in the words of the key of containers.conf that stands for it, with file, line and column; as it is where the
 * user wrote the option, or no key did.
 */
export function inTheirWords(error: unknown, defaults: readonly ConfiguredWord[], given: Given): unknown {
  if (!(error instanceof EstibaError)) return error;
  const { option, value } = error.details;
  if (typeof option !== "string" || typeof value !== "string" || !error.message.startsWith(option)) return error;
  const name = option.slice(2).split(" ")[0] ?? "";
  const { key } = defaults.find(({ word }) => word.startsWith(`--${name}=`) && word.endsWith(value)) ?? {};
  if (key === undefined || isTyped(given[name], value)) return error;
  const place = placeOfKey(configFiles(process.env), key);
  return new EstibaError(error.code, {
    reason: "config.bad_value",
    what: `${place === undefined ? "containers.conf" : place}: ${key}${error.message.slice(option.length)}`,
    cause: error.cause,
    fix: "change it there, or take it out",
    details: { key, value },
  });
}

function isTyped(given: unknown, value: string): boolean {
  return Array.isArray(given) ? given.some((item) => String(item).endsWith(value)) : String(given) === value;
}
