import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isFrozen } from "../host/freezer.ts";
import { isAlive } from "../host/process.ts";
import { hasCode } from "../lib/has-code.ts";
import type { ContainerExit, ContainerRecord, ContainerState } from "../state/container.ts";
import { getState } from "../state/containers.ts";
import type { Engine } from "./engine.ts";
import { restartDelay } from "./restart-policy.ts";

/** What a container is at a moment, in the words that `ps` and `inspect` have for it. */
export type ObservedStatus = "created" | "initialized" | "running" | "paused" | "stopping" | "restarting" | "exited";

/** What is known of a container at this moment, held against the kernel's own view; taken without a lock. */
export type Observed = {
  readonly status: ObservedStatus;
  readonly state: ContainerState | undefined;
  readonly exit: ContainerExit | undefined;
};

/**
 * The container's status now. A state that says "running" counts only while the very process lives; when it has ended and the exit hook
 * has not written it down yet, the exit file speaks.
 */
export function observe(
  engine: Engine,
  record: ContainerRecord,
  state: ContainerState | undefined = getState(engine.live, record.id),
): Observed {
  if (state === undefined) return { status: "created", state, exit: undefined };
  // Also while the start is under way that its restart policy asks for.
  if (state.backoff !== undefined) return { status: "restarting", state, exit: state.exit };
  if (state.status === "exited") return { status: "exited", state, exit: state.exit };
  if (state.status === "created" || state.status === "starting" || state.status === "removing")
    return { status: "created", state, exit: undefined };
  if (isAlive(state.init)) return { status: livingStatus(state, state.status), state, exit: undefined };
  const exit = readExitFile(engine, record.id, state);
  // Somebody may have cleaned up, and even started it again, since the state was read.
  const now = exit === undefined ? getState(engine.live, record.id) : undefined;
  if (now !== undefined && !isSameRun(now, state)) return observe(engine, record, now);
  return { status: isOnItsWay(record, state, exit) ? "restarting" : "exited", state, exit };
}

/** Whether a state that was read again is still of the same run, and at the same point of it. */
export function isSameRun(now: ContainerState | undefined, { status, init }: ContainerState): boolean {
  return now?.status === status && now.init?.pid === init?.pid && now.init?.startTicks === init?.startTicks;
}

// The exit hook, a child of the monitor, is about to write the back-off down.
function isOnItsWay(record: ContainerRecord, state: ContainerState, exit: ContainerExit | undefined): boolean {
  const last = exit ?? { code: 0, startedAt: 0, finishedAt: 0 };
  return isAlive(state.monitor) && restartDelay(record, state, last) !== undefined;
}

type LivingStatus = Exclude<ObservedStatus, "created" | "restarting" | "exited">;

// A pause is written down before it is made, and the end of one after it: what is written counts only while the kernel says so too.
function livingStatus({ init }: ContainerState, status: LivingStatus): LivingStatus {
  return status === "paused" && init !== undefined && isFrozen(init.pid) === false ? "running" : status;
}

/** Whether the container's first process lives and its command has begun; it may be paused. */
export function isRunning({ status }: Pick<Observed, "status">): boolean {
  return status === "running" || status === "stopping" || status === "paused";
}

/** Whether it runs, or will by itself: its restart policy has it wait for that. */
export function isUp({ status }: Pick<Observed, "status">): boolean {
  return status === "restarting" || isRunning({ status });
}

/** Whether the container's first process lives, its command begun or not. */
export function hasProcess({ status }: Pick<Observed, "status">): boolean {
  return status === "initialized" || isRunning({ status });
}

/** The conmon that holds a container's process; undefined where none does: it may have been killed. */
export function livingMonitor({ status, state }: Pick<Observed, "status" | "state">): number | undefined {
  return hasProcess({ status }) && isAlive(state?.monitor) ? state?.monitor?.pid : undefined;
}

/** How the run ended by conmon's exit file; undefined as long as conmon has not written it. */
export function readExitFile(engine: Engine, id: string, state: ContainerState): ContainerExit | undefined {
  const path = join(engine.paths.exits, id);
  let text: string;
  let finishedAt: number;
  try {
    text = readFileSync(path, "utf8");
    finishedAt = statSync(path).ctimeMs;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  const code = Number(text.trim());
  const { startedAt = finishedAt } = state;
  return {
    code: Number.isInteger(code) ? code & 0xff : 255,
    startedAt,
    // The times of files stand still between two ticks, so a quick command would have ended before it began.
    finishedAt: Math.max(startedAt, Math.round(finishedAt)),
    oomKilled: wasOomKilled(engine, id),
  };
}

// conmon 2.1.6 leaves an empty file `oom` in its working folder, which is the bundle.
function wasOomKilled(engine: Engine, id: string): boolean {
  return statSync(join(engine.paths.bundles, id, "oom"), { throwIfNoEntry: false }) !== undefined;
}
