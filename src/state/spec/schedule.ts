/** When a container is started by itself. */
export type ScheduleSpec = {
  /** Five fields: minute, hour, day of the month, month, day of the week; or a word such as `@daily`. */
  readonly cron: string;
  /** The zone whose clock counts, such as `Europe/Berlin`. */
  readonly timezone: string;
  /** A time that passed while nobody could start it: it is left out, or made up for, once. */
  readonly missed: "skip" | "run";
};
