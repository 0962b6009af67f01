import { checkFilters } from "../filters.ts";

/** Whether one of these values fits, by key; a key of labels wants all of its values. */
export type Tests<T> = Readonly<Record<string, (one: T, value: string) => boolean>>;

/** What all of a request's filters let through: of several values of one key any counts, of labels each. Throws 400 for a key that is not known. */
export function filterOf<T>(filters: readonly string[], tests: Tests<T>): (one: T) => boolean {
  checkFilters(filters, Object.keys(tests));
  const byKey = Map.groupBy(filters, (text) => text.slice(0, text.indexOf("=")));
  return (one) =>
    [...byKey].every(([key, texts]) => {
      const fits = (text: string): boolean => tests[key]?.(one, text.slice(key.length + 1)) === true;
      return key.endsWith("label") ? texts.every(fits) : texts.some(fits);
    });
}
