import type { Origin } from "../lib/yaml/node.ts";

/** Where values of a project came from, by path: `["services", "web", "ports", 0]`. */
export type Sources = {
  /** The origin of the value, or of the nearest thing around it that was written in a file; undefined for what only defaults made. */
  readonly of: (path: readonly (string | number)[]) => Origin | undefined;
};
