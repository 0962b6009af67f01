/** One scheme of a WWW-Authenticate header; scheme and parameter names in lower case (RFC 9110, 11.6.1). */
export type Challenge = { scheme: string; parameters: Record<string, string> };

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const SEPARATOR = /[\s,]*/y;

/** Parses a WWW-Authenticate header into its challenges; text that breaks the grammar ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position;
    const match = pattern.exec(header);
    if (match === null) return undefined;
    position = pattern.lastIndex;
    return match;
  };
  for (;;) {
    take(SEPARATOR);
    const word = take(TOKEN)?.[0];
    if (word === undefined) return challenges;
    const current = challenges.at(-1);
    if (header[position] === "=" && current !== undefined) {
      position += 1;
      const value = take(QUOTED)?.[1]?.replace(/\\(.)/g, "$1") ?? take(TOKEN)?.[0];
      if (value === undefined) return challenges;
      current.parameters[word.toLowerCase()] = value;
    } else {
      challenges.push({ scheme: word.toLowerCase(), parameters: {} });
    }
  }
}
