/** A text that values came from: a Compose file, an env file, the standard input. */
export type SourceFile = { readonly name: string; readonly text: string };

/** Where a value was written, and what else went into it. */
export type Origin = {
  readonly file: SourceFile;
  readonly offset: number;
  /** Variables that were put into it, each with what gave it its value: `TAG (.env:3)`. */
  readonly via?: readonly string[];
};

/** Where values of a project came from, by path: `["services", "web", "ports", 0]`. */
export type Sources = {
  /** The origin of the value, or of the nearest thing around it that was written in a file; undefined for what only defaults made. */
  readonly of: (path: readonly (string | number)[]) => Origin | undefined;
};
