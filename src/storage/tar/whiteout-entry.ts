import { emptyEntry } from "./empty-entry.ts";
import type { TarEntry } from "./entry.ts";

/** The mark that something below is gone, or that nothing below shows through. Mode 0 and no time: it must not depend on when it was made. */
export function whiteoutEntry(name: string): TarEntry {
  return emptyEntry(name);
}
