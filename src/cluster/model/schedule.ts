import { parseDuration } from "../../lib/duration.ts";
import { EstibaError } from "../../lib/error.ts";
import type { ServiceSpec } from "./service.ts";

/** Labels of a service that say when a job runs: so that whatever speaks Docker's API can say it. */
export const SCHEDULE_LABELS = {
  cron: "io.estiba.schedule",
  timezone: "io.estiba.schedule.timezone",
  overlap: "io.estiba.schedule.overlap",
  deadline: "io.estiba.schedule.deadline",
  history: "io.estiba.schedule.history",
} as const;

/** What becomes of a run whose time comes while the one before goes on: it runs beside it, is left out, or takes its place. */
export const OVERLAPS = ["allow", "forbid", "replace"] as const;

/** When a job runs. */
export type Schedule = {
  /** Five fields, or a word such as `@daily`. */
  readonly cron: string;
  /** The zone whose clock counts. */
  readonly timezone: string;
  readonly overlap: (typeof OVERLAPS)[number];
  /** So late a run may begin whose time went by without a manager. */
  readonly deadlineMs: number;
  /** Runs that are kept with their tasks after they have ended. */
  readonly history: number;
};

/** One run of a job. */
export type Run = {
  /** When it was due, in milliseconds since the epoch: its name. */
  readonly at: number;
  readonly state: "running" | "complete" | "failed" | "replaced";
  readonly begunAt: number;
  readonly endedAt?: number;
};

/** How far a job is with its schedule. */
export type ScheduleStatus = {
  /** Expression and zone that this is about: of others, no time has gone by yet. */
  readonly of: string;
  /** All times up to this one have had their run, or were left out. */
  readonly after: number;
  /** The newest first. */
  readonly runs: readonly Run[];
  /** What was left out last, or is unusual otherwise, and about which time that is. */
  readonly remark?: { readonly at: number; readonly text: string };
};

const DEADLINE_MS = 600_000;
const HISTORY = 5;

/** A job's schedule; undefined for a service that has none. Throws `invalid` for labels that say nothing sensible. */
export function scheduleOf({ labels, mode }: Pick<ServiceSpec, "labels" | "mode">): Schedule | undefined {
  const cron = labels[SCHEDULE_LABELS.cron];
  if (cron === undefined) {
    const lonely = Object.values(SCHEDULE_LABELS).find((label) => labels[label] !== undefined);
    if (lonely !== undefined) throw bad(`${lonely} is of use together with ${SCHEDULE_LABELS.cron}`);
    return undefined;
  }
  if (mode.kind !== "replicated-job") throw bad(`${SCHEDULE_LABELS.cron} is for replicated jobs, not ${mode.kind}`);
  const overlap = labels[SCHEDULE_LABELS.overlap] ?? "forbid";
  if (!OVERLAPS.some((word) => word === overlap))
    throw bad(`${SCHEDULE_LABELS.overlap} is one of ${OVERLAPS.join(", ")}, not "${overlap}"`);
  const deadline = labels[SCHEDULE_LABELS.deadline];
  const deadlineMs = deadline === undefined ? DEADLINE_MS : parseDuration(deadline);
  if (deadlineMs === undefined || deadlineMs < 0)
    throw bad(`${SCHEDULE_LABELS.deadline} is a duration such as 10m, not "${deadline}"`);
  const history = labels[SCHEDULE_LABELS.history] ?? String(HISTORY);
  if (!/^\d{1,3}$/.test(history)) throw bad(`${SCHEDULE_LABELS.history} is a number of runs, not "${history}"`);
  return {
    cron,
    timezone: labels[SCHEDULE_LABELS.timezone] ?? "UTC",
    overlap: overlap as Schedule["overlap"],
    deadlineMs,
    history: Number(history),
  };
}

/** Replicated, global and so on, as people are told; a job with a schedule is `scheduled`. */
export function modeName({ labels, mode }: Pick<ServiceSpec, "labels" | "mode">): string {
  return mode.kind === "replicated-job" && labels[SCHEDULE_LABELS.cron] !== undefined ? "scheduled" : mode.kind;
}

function bad(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "service.bad_schedule",
    what,
    fix: 'for example: --mode scheduled --schedule "0 3 * * *"',
  });
}
