import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { moveToCgroup } from "../host/cgroup-mode.ts";
import { makeFolderAhead } from "../host/make-folders.ts";
import { findProcess } from "../host/process.ts";
import { type MonitorLog, type MonitorOptions, type PendingMonitor, spawnMonitor } from "../runtime/monitor.ts";
import { type OciRuntime, runtimeArgs } from "../runtime/oci-runtime.ts";
import type { ContainerRecord, ProcessId } from "../state/container.ts";
import type { Engine } from "./engine.ts";
import type { AttachRequest } from "./launch.ts";
import { notifyPlan } from "./notify.ts";
import { conmonPlaces, conmonPrefix } from "./programs.ts";
import { cgroupParent } from "./runtime-places.ts";

/** Who waits for the end in the foreground cleans up itself; only when it was killed is the exit hook needed, after these seconds. */
const HEIR_DELAY_S = 1;

/** What a container's monitor is started with. */
export type MonitorParts = {
  readonly record: ContainerRecord;
  readonly runtime: OciRuntime;
  readonly bundle: string;
  readonly attach: AttachRequest;
  readonly log: MonitorLog;
  readonly pass: readonly number[];
  readonly keep: readonly number[];
};

/** A monitor that waits. */
export type StartedMonitor = {
  readonly monitor: PendingMonitor;
  /**
   * Looks it up and has it moved into a cgroup of its own: to be called when this process has nothing better to do (the kernel keeps who asks for
   * a process that begins waiting).
   */
  readonly settle: () => SettledMonitor;
};

type SettledMonitor = {
  /** Undefined: it has ended. */
  readonly process: ProcessId | undefined;
  /** As {@link MadeContainer} has it. */
  readonly moved: Promise<boolean>;
};

/** Starts the monitor, which waits. `undo` takes it back. */
export function startMonitor(engine: Engine, parts: MonitorParts, undo: AsyncDisposableStack): StartedMonitor {
  const { record } = parts;
  // conmon makes the log in it.
  mkdirSync(ownFolder(engine, record.id), { recursive: true, mode: 0o700 });
  const monitor = undo.use(spawnMonitor(monitorOptions(engine, parts)));
  const settle = (): SettledMonitor => {
    const found: { process?: ProcessId | undefined } = {};
    // A failure of the look-up, too, is told by the promise: the network is being connected meanwhile.
    const lookUpAndMove = async (): Promise<boolean> => {
      found.process = findProcess(monitor.pid);
      return await moveMonitor(engine, record, found.process);
    };
    const moved = lookUpAndMove();
    // What comes of it is told to who begins the command; until then nobody waits for it.
    const over = Promise.allSettled([moved]);
    undo.defer(async () => void (await over));
    return { process: found.process, moved };
  };
  return { monitor, settle };
}

/** Begins the container's own folder ahead. To be waited for in any case: it must not come after what takes the folder away again. */
export function beginOwnFolder(engine: Engine, id: string): Promise<void> {
  return makeFolderAhead(ownFolder(engine, id), 0o700);
}

function ownFolder(engine: Engine, id: string): string {
  return join(engine.paths.containers, id);
}

function monitorOptions(
  engine: Engine,
  { record, runtime, bundle, attach, log, ...fds }: MonitorParts,
): MonitorOptions {
  const { id, spec } = record;
  const notify = notifyPlan(record);
  return {
    id,
    name: record.name,
    command: record.process.args[0],
    bundle,
    exits: engine.paths.exits,
    conmonPlaces: conmonPlaces(engine),
    conmonPrefix: conmonPrefix(engine),
    runtime: runtime.path,
    runtimeArgs: runtimeArgs(runtime),
    log,
    tty: spec.tty,
    interactive: spec.interactive,
    stdinStays: spec.stdinStays === true,
    // conmon stands in the bundle, which a quicker foreground command has taken away by then: Bun cannot start in a folder that is gone.
    exitCommand: ["/usr/bin/env", "-C", "/", ...engine.selfCommand, "container", "cleanup", id],
    notifySocket: notify?.byCommand === true ? notify.socket : undefined,
    timeoutSeconds: spec.process?.timeoutSeconds,
    exitDelay: attach === false ? 0 : HEIR_DELAY_S,
    ...fds,
  };
}

// Its own cgroup keeps the monitor from the caller's limits, unless the user wants it to share them.
async function moveMonitor(
  engine: Engine,
  { spec }: ContainerRecord,
  monitor: ProcessId | undefined,
): Promise<boolean> {
  if (monitor === undefined || spec.resources.cgroupWithoutMonitor === true) return false;
  return await moveToCgroup(monitor.pid, `${cgroupParent(engine)}/conmon`);
}
