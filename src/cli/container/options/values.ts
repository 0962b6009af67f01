import { parseSize } from "../../../lib/size.ts";
import { badOption } from "../bad-option.ts";

/** A list of KEY=VALUE as an object; the value may be missing. Throws `invalid` naming the option. */
export function keyValues(option: string, list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((text) => {
      const equals = text.indexOf("=");
      const key = equals < 0 ? text : text.slice(0, equals);
      if (key === "") throw badOption(option, text, "KEY=VALUE");
      return [key, equals < 0 ? "" : text.slice(equals + 1)];
    }),
  );
}

/** A size in bytes, such as 512m. Throws `invalid` naming the option. */
export function sizeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseSize(text);
  if (bytes === undefined) throw badOption(option, text, "a size", "for example 512m or 2g");
  return bytes;
}
