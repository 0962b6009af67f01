import { badOption } from "../container/bad-option.ts";

/** The lines of `--tail` as Docker has it: undefined for all. Throws `invalid`. */
export function tailOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "all" || text.startsWith("-")) return undefined;
  if (!/^\d+$/.test(text)) throw badOption("--tail", text, "a number of lines or all");
  return Number(text);
}
