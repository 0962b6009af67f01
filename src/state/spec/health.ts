/** What is done with a container that has become unhealthy. */
export type HealthAction = "none" | "kill" | "restart" | "stop";

/**
 * The command of a check in the image format's words: `["CMD", ...argv]` or `["CMD-SHELL", script]`; or what is asked from the host, of the
 * container's own address where the host is empty: `["HTTP", "http://HOST:PORT/PATH", "HEADER: VALUE"...]`, `["TCP", "HOST:PORT"]`.
 */
export type HealthTest = readonly string[];

/** A check that has to pass before the regular one begins (Podman's `--health-startup-*`). */
export type StartupCheck = {
  readonly test: HealthTest;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failures after which the container is restarted; 0 never. */
  readonly retries: number;
  /** Successes that are needed; 0 counts as 1. */
  readonly successes: number;
};

/** How a container is checked, with nothing left to decide: options and image joined. */
export type HealthCheck = {
  readonly test: HealthTest;
  /** Between two checks; 0 leaves them to `healthcheck run`. */
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Failures in a row that make it unhealthy. */
  readonly retries: number;
  /** After the start, failures do not count for so long. */
  readonly startPeriodMs: number;
  /** Between two checks within the start period. */
  readonly startIntervalMs: number;
  readonly onFailure: HealthAction;
  /** `local` (in the container's state), `events_logger`, or the absolute path of a folder. */
  readonly logDestination: string;
  /** Entries kept; 0 keeps all. */
  readonly maxLogCount: number;
  /** Characters of output kept of each check; 0 keeps all. */
  readonly maxLogSize: number;
  readonly startup?: StartupCheck;
};

/** What a user asks of health checks; what is missing comes from the image, then from the defaults. `test: ["NONE"]` turns them off. */
export type HealthOptions = Partial<HealthCheck>;

/** One check as it went. */
export type HealthResult = {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number;
  /** 0 passed; -1 it took too long or could not be run. */
  readonly exitCode: number;
  readonly output: string;
};

/** How healthy the current run is. In `inspect`: State.Health (Status, FailingStreak, Log of Start, End, ExitCode, Output). */
export type HealthState = {
  readonly status: "starting" | "healthy" | "unhealthy";
  /** Failures in a row that counted. */
  readonly failingStreak: number;
  /** Newest last. */
  readonly log: readonly HealthResult[];
  /** When the last check was over, milliseconds since the epoch. */
  readonly checkedAt?: number;
  /** Only with a start-up check: how it goes. */
  readonly startup?: { readonly passed: boolean; readonly successes: number; readonly failures: number };
};
