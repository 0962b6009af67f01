import { nearest } from "../../lib/nearest.ts";
import type { LogicalLine } from "./lines.ts";
import { type Source, syntaxError } from "./source.ts";
import type { Flag } from "./words.ts";

/** `text` takes one value, `texts` may be given several times, `flag` is true unless it says false. */
type FlagKind = "text" | "texts" | "flag";

/** The flags of each instruction; those not named here take none. */
const FLAGS: Readonly<Record<string, Readonly<Record<string, FlagKind>>>> = {
  from: { platform: "text" },
  run: { mount: "texts", network: "text", security: "text" },
  copy: { from: "text", chown: "text", chmod: "text", link: "flag", parents: "flag", exclude: "texts" },
  add: {
    chown: "text",
    chmod: "text",
    link: "flag",
    checksum: "text",
    "keep-git-dir": "flag",
    unpack: "flag",
    exclude: "texts",
  },
  healthcheck: { interval: "text", timeout: "text", "start-period": "text", "start-interval": "text", retries: "text" },
};

/** The flags of one instruction by name, checked. */
export type FlagValues = {
  readonly text: (name: string) => string | undefined;
  readonly texts: (name: string) => string[];
  readonly flag: (name: string) => boolean | undefined;
};

/** Throws `invalid` with the place for a flag that is unknown, given twice, or without its value. */
export function checkFlags(source: Source, line: LogicalLine, kind: string, flags: readonly Flag[]): FlagValues {
  const known = FLAGS[kind] ?? {};
  const values = new Map<string, string[]>();
  for (const { name, value, index } of flags) {
    const type = Object.hasOwn(known, name) ? known[name] : undefined;
    const place = line.placeOf(index);
    if (type === undefined) {
      const guess = nearest(name, Object.keys(known));
      const fix = guess === undefined ? undefined : `did you mean --${guess}?`;
      throw syntaxError(source, place, `unknown flag: --${name} (of ${kind.toUpperCase()})`, { fix });
    }
    if (values.has(name) && type !== "texts") throw syntaxError(source, place, `duplicate flag specified: --${name}`);
    if (type !== "flag" && value === undefined) throw syntaxError(source, place, `missing a value on flag: --${name}`);
    if (type === "flag" && !["true", "false", undefined].includes(value?.toLowerCase()))
      throw syntaxError(source, place, `expecting true or false on flag --${name}, not "${value}"`);
    values.set(name, [...(values.get(name) ?? []), value ?? "true"]);
  }
  return {
    text: (name) => values.get(name)?.at(-1),
    texts: (name) => values.get(name) ?? [],
    flag: (name) => {
      const value = values.get(name)?.at(-1);
      return value === undefined ? undefined : value.toLowerCase() === "true";
    },
  };
}
