import { badRequest } from "../http/api-error.ts";

/** Throws 400 in Docker's words for a filter that is not known at this place. */
export function checkFilters(filters: readonly string[], keys: readonly string[]): void {
  for (const text of filters) {
    const key = text.slice(0, text.indexOf("="));
    if (!keys.includes(key)) throw badRequest(`invalid filter '${key}'`);
  }
}
