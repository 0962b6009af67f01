/** Something that is not as it should be, and how to mend it. */
export type Finding = {
  /** A stable word for what kind of thing it is, such as `snapshot` or `cgroup`. */
  readonly kind: string;
  /** One line: what, and where. */
  readonly what: string;
  /** Mends it; undefined where nothing can be done without losing a user's data. */
  readonly repair: (() => Promise<void> | void) | undefined;
};
