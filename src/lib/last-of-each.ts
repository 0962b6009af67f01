/** Variables `NAME=value`, each name once: at its first place, with its last value. */
export function lastOfEach(env: readonly string[]): string[] {
  return [...new Map(env.map((entry) => [entry.split("=", 1)[0], entry])).values()];
}
