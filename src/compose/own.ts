import type { Environment } from "./service.ts";

/** What a service says under `x-estiba`, which other implementations pass over. */
export type Own = {
  /** The pod that it is part of, with the other services that name it. */
  readonly pod?: string;
  /** A container that becomes unhealthy is restarted. */
  readonly restart_unhealthy?: boolean;
  readonly replica?: ReplicaParts;
  /** Its containers are started at these times, and not by `up`. */
  readonly schedule?: Schedule;
};

/** What each container of a service has for itself; `{{.Index}}` is its number. */
export type ReplicaParts = {
  readonly container_name?: string;
  readonly hostname?: string;
  readonly environment?: Environment;
  /** Volumes, by their names in the file, of which each container has one of its own. */
  readonly volumes?: readonly string[];
};

export type Schedule = {
  /** Minute, hour, day of the month, month, day of the week. */
  readonly cron: string;
  readonly timezone?: string;
  readonly missed?: "skip" | "run";
};
