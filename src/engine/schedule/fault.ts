import { Cron } from "croner";

const FIELDS = ["minute", "hour", "day of the month", "month", "day of the week"] as const;

/** What is wrong with a cron expression, with the place, counted from 1; undefined where each of its parts can be read. */
export function faultIn(cron: string): string | undefined {
  const words = [...cron.matchAll(/\S+/g)];
  if (words.length === 1 && words[0]?.[0].startsWith("@") === true)
    return isReadable(cron.trim()) ? undefined : `"${cron.trim()}" at character ${words[0].index + 1} is no such word`;
  for (const [place, word] of words.entries()) {
    const field = FIELDS[place];
    if (field === undefined) return `"${word[0]}" at character ${word.index + 1} is a field too many`;
    for (const part of word[0].matchAll(/[^,]*/g)) {
      if (isReadable(FIELDS.map((_, other) => (other === place ? part[0] : "*")).join(" "))) continue;
      // Between two commas there is nothing to show.
      if (part[0] === "" && word[0] !== "" && part.index > 0 && word[0][part.index - 1] !== ",") continue;
      return `"${part[0]}" at character ${word.index + part.index + 1} is no ${field}`;
    }
  }
  const missing = FIELDS[words.length];
  return missing === undefined ? undefined : `at character ${cron.trimEnd().length + 1} there is no ${missing}`;
}

function isReadable(cron: string): boolean {
  try {
    return new Cron(cron, { mode: "5-part" }).getPattern() !== undefined;
  } catch (error) {
    // The library throws TypeErrors and RangeErrors of its own.
    if (!(error instanceof Error)) throw error;
    return false;
  }
}
