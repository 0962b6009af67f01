import { join } from "node:path";

/** The folder of a bundle with the files of ours that are bound into the container. */
export const BOUND_FILES = "files";

/** Where the file lies in a bundle that the container sees at `target`. */
export function boundFile(bundle: string, target: string): string {
  return join(bundle, BOUND_FILES, target.slice(1).replaceAll("/", "_"));
}
